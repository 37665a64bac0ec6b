-- Answers that wait for their day: the transfer is decided, the employment begins later. Such a question stays decided, also of somebody whom a
-- list has left out for a while, so that a person can still answer otherwise.
UPDATE conflict AS c
SET state = 'decided', last_run_no = n.run_no
FROM unlinked_decision AS u
JOIN resolution AS r ON r.resolution_no = u.resolution_no
JOIN run AS n ON n.connection_no = u.connection_no AND n.applied
WHERE u.code = 'TRANSFER_UPCOMING' AND c.conflict_no = r.conflict_no
