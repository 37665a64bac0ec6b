SELECT r.*, s.detail
FROM reporting.sync_runs AS r
JOIN sync_run AS s ON 'r' || s.run_no = r.sync_run_id
WHERE ($connection_id IS NULL OR r.connection_id = $connection_id)
    AND ($dagster_run_id IS NULL OR r.dagster_run_id = $dagster_run_id)
    AND ($run_nos IS NULL OR s.run_no IN (SELECT unnest($run_nos::BIGINT[])))
ORDER BY s.run_no DESC
LIMIT coalesce($limit::BIGINT, 9223372036854775807)
