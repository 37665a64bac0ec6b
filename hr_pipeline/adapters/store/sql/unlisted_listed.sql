-- Who belongs to a run without being an employee of its snapshot: linked people it does not list (of a held run: whom its plan misses, about whom
-- nothing was concluded), and pay without a person. What `code` somebody missing has is told by the columns from `days` on, as of the run; what
-- was found out since counts for the newest run.
WITH gone AS (
    SELECT a.external_id, a.account_no, a.missing_from_run_no AS since_run_no, NULL AS guard,
        days_missing(a.connection_no, a.missing_from_run_no, r.run_no + 1, NULL)::INTEGER AS days, n.settings,
        a.closed_run_no IS NOT DISTINCT FROM r.run_no AS is_closed_by_rule, a.closed_on, a.exit_before,
        coalesce(a.closed_at <= r.finished_at, FALSE) AS was_closed,
        CASE WHEN a.looked_up_at <= r.finished_at OR NOT EXISTS (
            FROM sync_run AS k WHERE k.connection_no = r.connection_no AND k.unchanged_derived AND k.run_no > r.run_no
        ) THEN a.found END AS found,
        a.found_last_day
    FROM sync_run AS r
    JOIN connection AS n ON n.connection_no = r.connection_no
    JOIN absence AS a ON a.connection_no = r.connection_no AND a.missing_from_run_no <= r.run_no AND (a.to_run_no IS NULL OR a.to_run_no > r.run_no)
        AND (a.missing_to_run_no IS NULL OR a.missing_to_run_no > r.run_no)
    WHERE r.run_no = $run_no AND r.applied AND $only IN ('missing', 'STILL_MISSING', 'CLOSED_MISSING')
    UNION ALL BY NAME
    SELECT k.external_id, k.account_no, k.guard
    FROM sync_run AS r
    JOIN plan_counted AS k ON k.plan_id = r.plan_id AND k.row IS NULL
    WHERE r.run_no = $run_no AND NOT r.applied AND $only = 'missing'
)
SELECT g.external_id, 'missing' AS outcome, g.guard AS code, NULL AS field, NULL AS rule, s.date AS since, g.days AS runs, 'a' || g.account_no AS account_id,
    []::VARCHAR[] AS changed, []::VARCHAR[] AS warnings, v.first_name, v.last_name,
    g.days, g.settings, g.is_closed_by_rule, g.was_closed AND v.exit_date IS NOT DISTINCT FROM g.closed_on AS was_closed, g.found,
    CASE WHEN g.found IS NOT NULL THEN g.found_last_day END AS found_last_day,
    CASE WHEN g.closed_on IS NOT NULL AND v.exit_date IS NOT DISTINCT FROM g.closed_on THEN g.exit_before ELSE v.exit_date END AS exit_date
FROM gone AS g
LEFT JOIN sync_run AS s ON s.run_no = g.since_run_no
LEFT JOIN account AS c ON c.account_no = g.account_no
LEFT JOIN account_version AS v ON v.version_no = c.version_no
UNION ALL
SELECT p.external_id, NULL, p.code, p.field, p.rule, r.date, 1, NULL, [], [p.code], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM problem AS p
JOIN sync_run AS r USING (run_no)
WHERE p.run_no = $run_no AND p.row IS NULL AND $only = p.code
ORDER BY external_id
