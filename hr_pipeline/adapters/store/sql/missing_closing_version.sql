INSERT INTO account_version BY NAME
SELECT v.* REPLACE (c.version_no AS version_no, c.run_no AS run_no, $now AS recorded_at, c.date AS effective_date, c.closed_on AS exit_date)
FROM missing_closing AS c
JOIN account_version AS v ON v.version_no = c.old_version_no
ORDER BY c.account_no
