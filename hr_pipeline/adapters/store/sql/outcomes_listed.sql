-- One row per employee of one run: those who need attention first, then as the provider lists them.
WITH warned AS (
    SELECT external_id, list(DISTINCT code ORDER BY code) AS warnings
    FROM problem
    WHERE run_no = $run_no AND NOT blocking
    GROUP BY external_id
)
SELECT o.external_id, o.outcome, o.code, o.field, o.rule, o.takes_effect, s.date AS since, o.runs, o.account_id, o.changed, coalesce(w.warnings, []) AS warnings,
    v.first_name, v.last_name
FROM reporting.outcomes AS o
LEFT JOIN sync_run AS s ON 'r' || s.run_no = o.since_run_id
LEFT JOIN warned AS w ON w.external_id = o.external_id
LEFT JOIN account AS a ON 'a' || a.account_no = o.account_id
LEFT JOIN account_version AS v ON v.version_no = a.version_no
WHERE o.sync_run_id = $run AND ($only IS NULL OR o.code = $only OR o.outcome = $only OR list_contains(w.warnings, $only))
ORDER BY o.outcome NOT IN ('conflict', 'rejected', 'held', 'failed'), o.outcome = 'unchanged', o.outcome, o.external_id
