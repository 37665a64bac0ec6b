UPDATE absence AS a
SET to_run_no = r.run_no
FROM run AS r JOIN batch AS b ON b.connection_no = r.connection_no
WHERE r.connection_no = a.connection_no AND r.applied AND NOT b.is_older AND a.to_run_no IS NULL
    AND NOT EXISTS (FROM absent AS x WHERE x.connection_no = a.connection_no AND x.external_id = a.external_id)
