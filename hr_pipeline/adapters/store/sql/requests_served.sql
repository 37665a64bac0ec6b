-- Requests of today whose sync run of their connection is there already: served, though the run goes on with others or nobody has noticed its end.
UPDATE sync_request AS r
SET ended_at = s.finished_at
FROM sync_run AS s
WHERE s.connection_no = r.connection_no AND s.dagster_run_id = r.dagster_run_id AND r.ended_at IS NULL AND r.first_date IS NULL
    AND r.connection_no IN (SELECT unnest($connections::INTEGER[]))
