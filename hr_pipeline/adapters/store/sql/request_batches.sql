-- Batches whose run has not ended. The moment of a batch is that of all its requests, the served ones too: it is part of its name.
SELECT r.batch_no, list(c.connection_id ORDER BY r.request_no) FILTER (r.ended_at IS NULL) AS ids, r.first_date, r.last_date,
    max(r.dagster_run_id) FILTER (r.ended_at IS NULL) AS dagster_run_id, min(r.requested_at) AS requested_at
FROM sync_request AS r
JOIN connection AS c USING (connection_no)
WHERE r.batch_no IN (SELECT batch_no FROM sync_request WHERE batch_no IS NOT NULL AND ended_at IS NULL)
GROUP BY r.batch_no, r.first_date, r.last_date
ORDER BY r.batch_no
