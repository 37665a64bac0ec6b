WITH asked AS (
    -- Which ones comes first: there are millions of runs after a year of many connections, and `reporting.sync_runs` names each by a text.
    SELECT *
    FROM sync_run
    WHERE ($connection_id IS NULL OR connection_no IN (SELECT connection_no FROM connection WHERE connection_id = $connection_id))
        AND ($dagster_run_id IS NULL OR dagster_run_id = $dagster_run_id)
        AND ($run_nos IS NULL OR run_no IN (SELECT unnest($run_nos::BIGINT[])))
    ORDER BY run_no DESC
    LIMIT coalesce($limit::BIGINT, 9223372036854775807)
)
SELECT 'r' || s.run_no AS sync_run_id, c.connection_id, c.provider, m.name AS company, s.*,
    'r' || u.undone_run_no AS undoes, 'r' || d.run_no AS undone_by, d.is_partly AS undone_partly,
    coalesce(o.people, 0) AS pay_orphans, nullif(e.release.owner, '') AS released_by, nullif(e.release.reason, '') AS release_reason
FROM asked AS s
JOIN connection AS c USING (connection_no)
JOIN company AS m USING (company_no)
LEFT JOIN undo AS u ON u.run_no = s.run_no
LEFT JOIN (
    SELECT undone_run_no, max(run_no) AS run_no, max_by(kept + impossible > 0, run_no) AS is_partly FROM undo GROUP BY undone_run_no
) AS d ON d.undone_run_no = s.run_no
LEFT JOIN (
    SELECT used_run_no, max_by({owner: owner, reason: reason}, release_no) AS release FROM release WHERE used_run_no IS NOT NULL GROUP BY used_run_no
) AS e ON e.used_run_no = s.run_no
LEFT JOIN (
    SELECT run_no, count(DISTINCT coalesce(external_id, '')) AS people
    FROM problem
    WHERE code = 'PAY_ORPHAN' AND row IS NULL AND run_no IN (SELECT run_no FROM asked)
    GROUP BY run_no
) AS o ON o.run_no = s.run_no
ORDER BY s.run_no DESC
