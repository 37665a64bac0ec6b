-- Those who wait for a sync of today that a run is about to make anyway: served by that run, as a batch of its own.
UPDATE sync_request AS r
SET batch_no = (SELECT coalesce(max(batch_no), 0) + 1 FROM sync_request), dagster_run_id = $run
FROM connection AS c
WHERE c.connection_no = r.connection_no AND r.batch_no IS NULL AND r.ended_at IS NULL AND r.first_date IS NULL
    AND c.connection_id IN (SELECT unnest($connections::VARCHAR[]))
