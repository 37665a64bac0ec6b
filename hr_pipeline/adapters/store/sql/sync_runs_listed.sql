SELECT r.*, s.detail, 'r' || u.undone_run_no AS undoes, 'r' || d.run_no AS undone_by, d.is_partly AS undone_partly,
    e.release.owner AS released_by, e.release.reason AS release_reason
FROM reporting.sync_runs AS r
JOIN sync_run AS s ON 'r' || s.run_no = r.sync_run_id
LEFT JOIN undo AS u ON u.run_no = s.run_no
LEFT JOIN (
    SELECT undone_run_no, max(run_no) AS run_no, max_by(kept + impossible > 0, run_no) AS is_partly FROM undo GROUP BY undone_run_no
) AS d ON d.undone_run_no = s.run_no
LEFT JOIN (
    SELECT used_run_no, max_by({owner: owner, reason: reason}, release_no) AS release FROM release WHERE used_run_no IS NOT NULL GROUP BY used_run_no
) AS e ON e.used_run_no = s.run_no
WHERE ($connection_id IS NULL OR r.connection_id = $connection_id)
    AND ($dagster_run_id IS NULL OR r.dagster_run_id = $dagster_run_id)
    AND ($run_nos IS NULL OR s.run_no IN (SELECT unnest($run_nos::BIGINT[])))
ORDER BY s.run_no DESC
LIMIT coalesce($limit::BIGINT, 9223372036854775807)
