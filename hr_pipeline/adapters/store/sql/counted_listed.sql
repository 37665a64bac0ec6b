-- Whom the guards of a held run counted, one row per person, as outcomes are told, with their `guards`: whom it misses first, then people of
-- the snapshot. Of rows held alone too.
WITH of_run AS (
    SELECT k.row, k.external_id, k.account_no, list_sort(list(DISTINCT k.guard)) AS guards, list_sort(list_distinct(flatten(list(k.fields)))) AS changed
    FROM sync_run AS r
    JOIN plan_counted AS k ON k.plan_id = r.plan_id
    WHERE r.run_no = $run_no AND NOT r.applied AND k.guard IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT o.row, o.external_id, NULL, ['HELD_GROSS'], ['gross_amount']
    FROM outcome AS o
    WHERE o.run_no = $run_no AND o.outcome = 'held' AND o.code = 'HELD_GROSS'
)
SELECT k.external_id, coalesce(o.outcome, 'missing') AS outcome, CASE WHEN k.row IS NULL THEN k.guards[1] ELSE o.code END AS code, o.field, o.rule,
    s.date AS since, o.runs, 'a' || coalesce(o.account_no, k.account_no) AS account_id, k.changed,
    (SELECT coalesce(list(DISTINCT p.code ORDER BY p.code), []) FROM problem AS p WHERE p.run_no = $run_no AND NOT p.blocking AND p.external_id = k.external_id)
        AS warnings,
    k.guards, v.first_name, v.last_name
FROM of_run AS k
LEFT JOIN outcome AS o ON o.run_no = $run_no AND o.row = k.row
LEFT JOIN sync_run AS s ON s.run_no = o.since_run_no
LEFT JOIN account AS a ON a.account_no = coalesce(o.account_no, k.account_no)
LEFT JOIN account_version AS v ON v.version_no = a.version_no
ORDER BY k.row IS NOT NULL, k.external_id, k.row
