-- The newest requests, how long each waited for its run, and what came of it: its sync runs, and once it has ended the worst of their statuses.
WITH newest AS (
    FROM sync_request
    ORDER BY request_no DESC
    LIMIT $limit
),
made AS (
    SELECT n.request_no, list('r' || s.run_no ORDER BY s.run_no) AS sync_run_ids,
        arg_max(s.status, list_position(['success', 'partial', 'error'], s.status)) AS status
    FROM newest AS n
    JOIN sync_run AS s ON s.dagster_run_id = n.dagster_run_id AND s.connection_no = n.connection_no
    GROUP BY n.request_no
)
SELECT 'q' || r.request_no AS request_id, c.connection_id, r.first_date AS "from", r.last_date AS "to",
    CASE WHEN r.ended_at IS NOT NULL THEN 'ended' WHEN r.started_at IS NOT NULL THEN 'running' ELSE 'queued' END AS state, r.requested_by,
    r.requested_at, r.dagster_run_id, round(epoch(r.started_at - r.requested_at), 1)::DOUBLE AS waited_seconds,
    CASE WHEN r.ended_at IS NOT NULL THEN m.status END AS status, coalesce(m.sync_run_ids, []) AS sync_run_ids
FROM newest AS r
JOIN connection AS c USING (connection_no)
LEFT JOIN made AS m USING (request_no)
ORDER BY r.request_no DESC
