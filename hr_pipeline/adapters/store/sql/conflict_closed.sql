-- Questions that are no longer asked. A decision that a held run could not carry out waits on.
UPDATE conflict AS c
SET state = 'closed'
FROM run AS r JOIN batch AS b ON b.connection_no = r.connection_no
WHERE c.state <> 'closed' AND r.connection_no = c.connection_no AND r.listed AND NOT b.is_older AND c.last_run_no <> r.run_no
    AND (r.applied OR c.state <> 'decided')
