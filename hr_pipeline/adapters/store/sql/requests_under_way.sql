-- The request under way of each of these connections, for the same days.
SELECT 'q' || r.request_no AS request_id, c.connection_id, r.first_date AS "from", r.last_date AS "to",
    CASE WHEN r.started_at IS NULL THEN 'queued' ELSE 'running' END AS state, r.requested_by, r.requested_at, r.dagster_run_id
FROM sync_request AS r
JOIN connection AS c USING (connection_no)
WHERE r.ended_at IS NULL AND r.connection_no IN (SELECT unnest($connections::INTEGER[]))
    AND r.first_date IS NOT DISTINCT FROM $first::DATE AND r.last_date IS NOT DISTINCT FROM $last::DATE
ORDER BY r.request_no
