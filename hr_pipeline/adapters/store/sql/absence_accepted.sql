-- Whoever is missing in a run that somebody released or approved was accepted as missing.
UPDATE absence AS a
SET accepted = TRUE
FROM absent AS x
JOIN batch AS b ON b.connection_no = x.connection_no AND b.is_accepted
JOIN run AS r ON r.connection_no = x.connection_no AND r.applied
WHERE a.connection_no = x.connection_no AND a.external_id = x.external_id AND a.to_run_no IS NULL
