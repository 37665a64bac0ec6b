-- Batches whose run has not ended.
SELECT r.batch_no, list(c.connection_id ORDER BY r.request_no) AS ids, r.first_date, r.last_date, max(r.dagster_run_id) AS dagster_run_id,
    min(r.requested_at) AS requested_at
FROM sync_request AS r
JOIN connection AS c USING (connection_no)
WHERE r.batch_no IS NOT NULL AND r.ended_at IS NULL
GROUP BY r.batch_no, r.first_date, r.last_date
ORDER BY r.batch_no
