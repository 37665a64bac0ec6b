-- Requests of a batch whose run has ended: those it has served, those of a company that was stopped meanwhile, or all of them.
UPDATE sync_request AS r
SET ended_at = $ended
FROM connection AS c
WHERE c.connection_no = r.connection_no AND r.batch_no = $batch AND r.ended_at IS NULL
    AND ($all OR NOT c.active OR r.connection_no IN (SELECT connection_no FROM sync_run WHERE dagster_run_id IN (SELECT unnest($runs::VARCHAR[]))))
