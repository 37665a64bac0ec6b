-- A sync run with the plan it waits on, whole or in some rows, and whether anything came after it.
SELECT
    r.run_no, c.connection_id, r.connection_no, c.active, r.code, p.plan_id, p.hash AS plan_hash, r.snapshot_id, r.date,
    (SELECT count(*) FROM outcome AS o WHERE o.run_no = r.run_no AND o.outcome = 'held' AND o.code = 'HELD_GROSS') AS held_rows,
    (SELECT max(n.run_no) FROM sync_run AS n WHERE n.connection_no = r.connection_no AND n.run_no > r.run_no AND n.trigger <> 'undo') AS newer_run_no,
    EXISTS (FROM release AS e WHERE e.run_no = r.run_no AND e.used_run_no IS NOT NULL) AS is_used
FROM sync_run AS r
JOIN connection AS c USING (connection_no)
LEFT JOIN plan AS p ON p.run_no = r.run_no AND p.plan_id = r.plan_id
WHERE r.run_no = $run_no
