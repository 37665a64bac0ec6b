-- The newest requests, and how long each waited for its run.
SELECT 'q' || r.request_no AS request_id, c.connection_id, r.first_date AS "from", r.last_date AS "to",
    CASE WHEN r.ended_at IS NOT NULL THEN 'ended' WHEN r.started_at IS NOT NULL THEN 'running' ELSE 'queued' END AS state, r.requested_by,
    r.requested_at, r.dagster_run_id, round(epoch(r.started_at - r.requested_at), 1)::DOUBLE AS waited_seconds
FROM sync_request AS r
JOIN connection AS c USING (connection_no)
ORDER BY r.request_no DESC
LIMIT $limit
