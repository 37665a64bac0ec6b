-- Who belongs to a run without being an employee of its snapshot: linked people it does not list, and pay without a person.
WITH gone AS (
    SELECT a.external_id, 'missing' AS outcome,
        CASE
            WHEN a.closed_run_no = r.run_no THEN 'CLOSED_MISSING'
            WHEN t.times >= coalesce((n.settings::JSON ->> 'missing_runs')::INTEGER, 3) THEN 'STILL_MISSING'
        END AS code,
        NULL AS field, NULL AS rule, s.date AS since, t.times AS runs,
        'a' || a.account_no AS account_id, []::VARCHAR[] AS changed, []::VARCHAR[] AS warnings, v.first_name, v.last_name
    FROM sync_run AS r
    JOIN connection AS n ON n.connection_no = r.connection_no
    JOIN absence AS a ON a.connection_no = r.connection_no AND a.missing_from_run_no <= r.run_no AND (a.to_run_no IS NULL OR a.to_run_no > r.run_no)
        AND (a.missing_to_run_no IS NULL OR a.missing_to_run_no > r.run_no)
    JOIN sync_run AS s ON s.run_no = a.missing_from_run_no
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT k.snapshot_id) AS times FROM sync_run AS k
        WHERE k.connection_no = a.connection_no AND k.unchanged_derived AND k.run_no BETWEEN a.missing_from_run_no AND r.run_no
            AND k.run_no NOT IN (SELECT undone_run_no FROM undo)
    ) AS t
    JOIN account AS c ON c.account_no = a.account_no
    JOIN account_version AS v ON v.version_no = c.version_no
    WHERE r.run_no = $run_no AND r.applied AND $only IN ('missing', 'STILL_MISSING', 'CLOSED_MISSING')
)
FROM gone
WHERE $only IN ('missing', code)
UNION ALL
SELECT p.external_id, NULL, p.code, p.field, p.rule, r.date, 1, NULL, [], [p.code], NULL, NULL
FROM problem AS p
JOIN sync_run AS r USING (run_no)
WHERE p.run_no = $run_no AND p.row IS NULL AND $only = p.code
ORDER BY external_id
