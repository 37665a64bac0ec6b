-- Requests of a batch whose run has ended: those it has served, those of a company that was stopped meanwhile, or all of them. A batch may have
-- had several runs: a request's is the newest that made a sync run of its connection, if any did.
UPDATE sync_request AS r
SET ended_at = $ended, dagster_run_id = coalesce(m.dagster_run_id, r.dagster_run_id)
FROM connection AS c
LEFT JOIN (
    SELECT connection_no, arg_max(dagster_run_id, run_no) AS dagster_run_id
    FROM sync_run
    WHERE dagster_run_id IN (SELECT unnest($runs::VARCHAR[]))
    GROUP BY connection_no
) AS m ON m.connection_no = c.connection_no
WHERE c.connection_no = r.connection_no AND r.batch_no = $batch AND r.ended_at IS NULL AND ($all OR NOT c.active OR m.connection_no IS NOT NULL)
