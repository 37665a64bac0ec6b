-- The newest decision about a conflict, the run that applied it, and the newest undo of that run that reversed something of the employee.
SELECT
    r.choice, CASE WHEN r.account_no IS NOT NULL THEN 'a' || r.account_no END AS account_id, r.owner, r.reason, r.decided_at, r.ended_at, r.ended_why,
    CASE WHEN r.ended_why = 'applied' THEN 'r' || r.ended_by_run_no END AS applied_by,
    (SELECT 'r' || max(x.run_no) FROM reversal AS x
        WHERE r.ended_why = 'applied' AND x.undone_run_no = r.ended_by_run_no AND x.external_id = r.external_id AND x.result = 'reversed') AS undone_by
FROM resolution AS r
WHERE r.conflict_no = $conflict_no
ORDER BY r.resolution_no DESC
LIMIT 1
