-- How a closed conflict ended: the sync run that applied its decision, else the first that no longer asked, and what it made of the employee. No
-- outcome is kept of somebody plainly unchanged; of whoever is not listed any more there is none.
WITH ending AS (
    SELECT k.connection_no, k.external_id, coalesce(
        (
            SELECT max(e.ended_by_run_no) FROM resolution AS e
            WHERE e.conflict_no = k.conflict_no AND e.ended_why = 'applied'
        ),
        (
            SELECT min(r.run_no)
            FROM sync_run AS r
            WHERE r.connection_no = k.connection_no AND r.run_no > k.last_run_no AND r.plan_id IS NOT NULL AND r."trigger" <> 'undo'
                AND r.code IS DISTINCT FROM 'SNAPSHOT_EMPTY'
                AND NOT EXISTS (
                    FROM sync_run AS b
                    WHERE b.connection_no = r.connection_no AND b.run_no < r.run_no AND b.applied AND b."trigger" <> 'undo' AND b.date > r.date
                )
        )
    ) AS run_no
    FROM conflict AS k
    WHERE k.conflict_no = $conflict_no AND k.state = 'closed'
)
SELECT 'r' || e.run_no AS sync_run_id, r.finished_at AS at, r."trigger",
    coalesce(o.outcome, CASE WHEN l.account_no IS NOT NULL AND a.external_id IS NULL THEN 'unchanged' END) AS outcome,
    'a' || coalesce(o.account_no, l.account_no) AS account_id
FROM ending AS e
JOIN sync_run AS r ON r.run_no = e.run_no
LEFT JOIN outcome AS o ON o.run_no = e.run_no AND o.external_id = e.external_id
LEFT JOIN link AS l ON l.connection_no = e.connection_no AND l.external_id = e.external_id AND l.from_run_no < e.run_no
LEFT JOIN absence AS a ON a.connection_no = e.connection_no AND a.external_id = e.external_id AND a.from_run_no <= e.run_no
    AND (a.to_run_no IS NULL OR a.to_run_no > e.run_no)
LIMIT 1
