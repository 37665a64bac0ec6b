-- Who belongs to a run without being an employee of its snapshot: linked people it does not list, and pay without a person.
SELECT a.external_id, 'missing' AS outcome, NULL AS code, NULL AS field, NULL AS rule, s.date AS since,
    (SELECT count(*) FROM sync_run AS n WHERE n.connection_no = r.connection_no AND n.applied AND n.run_no BETWEEN a.from_run_no AND r.run_no) AS runs,
    'a' || a.account_no AS account_id, []::VARCHAR[] AS changed, []::VARCHAR[] AS warnings, v.first_name, v.last_name
FROM sync_run AS r
JOIN absence AS a ON a.connection_no = r.connection_no AND a.from_run_no <= r.run_no AND (a.to_run_no IS NULL OR a.to_run_no > r.run_no)
JOIN sync_run AS s ON s.run_no = a.from_run_no
JOIN account AS c ON c.account_no = a.account_no
JOIN account_version AS v ON v.version_no = c.version_no
WHERE r.run_no = $run_no AND r.applied AND $only = 'missing' AND (c.exit_date IS NULL OR c.exit_date >= r.date)
UNION ALL
SELECT p.external_id, NULL, p.code, p.field, p.rule, r.date, 1, NULL, [], [p.code], NULL, NULL
FROM problem AS p
JOIN sync_run AS r USING (run_no)
WHERE p.run_no = $run_no AND p.row IS NULL AND $only = p.code
ORDER BY external_id
