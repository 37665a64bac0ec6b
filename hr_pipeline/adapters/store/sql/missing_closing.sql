-- Those whom the rule closes (`missing_due`) in a run that applies, with the numbers of their new versions.
CREATE OR REPLACE TEMP TABLE missing_closing AS
SELECT d.* REPLACE (a.version_no AS old_version_no), r.run_no,
    (SELECT coalesce(max(version_no), 0) FROM account_version) + row_number() OVER (ORDER BY d.account_no) AS version_no
FROM missing_due AS d
JOIN run AS r ON r.connection_no = d.connection_no AND r.applied
JOIN account AS a ON a.account_no = d.account_no
