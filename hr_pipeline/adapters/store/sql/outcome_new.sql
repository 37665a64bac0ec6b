-- One row per employee that is not plainly unchanged; since when and for how many runs follow from the run before.
INSERT INTO outcome BY NAME
SELECT
    r.run_no, d.row::INTEGER AS row, d.external_id, d.outcome, d.code, d.field, d.rule,
    coalesce(n.account_no, d.account_no) AS account_no,
    d.changed,
    coalesce(p.since_run_no, r.run_no) AS since_run_no,
    coalesce(p.runs, 0) + 1 AS runs,
    d.takes_effect
FROM decision AS d
JOIN run AS r ON r.connection_no = d.connection_no
JOIN batch AS b ON b.connection_no = d.connection_no
LEFT JOIN new_account AS n ON n.connection_no = d.connection_no AND n.row = d.row
LEFT JOIN (
    SELECT run_no, external_id, outcome, code, min(since_run_no) AS since_run_no, max(runs) AS runs
    FROM outcome
    WHERE run_no IN (SELECT last_listed_run_no FROM batch) AND (outcome NOT IN ('created', 'linked', 'updated', 'unchanged', 'transferred') OR takes_effect IS NOT NULL)
    GROUP BY ALL
) AS p ON p.run_no = b.last_listed_run_no AND p.external_id = d.external_id AND p.outcome = d.outcome AND p.code IS NOT DISTINCT FROM d.code
WHERE r.listed AND (
    d.outcome <> 'unchanged'
    OR d.takes_effect IS NOT NULL
    OR b.is_older
    -- Who moved away has no link here that it could be derived from.
    OR EXISTS (FROM judged AS j WHERE j.connection_no = d.connection_no AND j.row = d.row AND j.path = 'moved')
)
ORDER BY r.run_no, d.row
