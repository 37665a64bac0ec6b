UPDATE connection AS c
SET last_run_no = CASE WHEN r.applied THEN r.run_no ELSE c.last_run_no END,
    last_listed_run_no = CASE WHEN r.listed THEN r.run_no ELSE c.last_listed_run_no END,
    last_applied_date = CASE WHEN r.applied THEN b.date ELSE c.last_applied_date END,
    last_source = CASE WHEN r.listed THEN b.source ELSE c.last_source END
FROM run AS r JOIN batch AS b ON b.connection_no = r.connection_no
WHERE r.connection_no = c.connection_no AND NOT b.is_older
