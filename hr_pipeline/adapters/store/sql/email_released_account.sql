UPDATE account AS a
SET version_no = v.version_no, email_hash = NULL
FROM (
    SELECT v.account_no, max(v.version_no) AS version_no
    FROM account_version AS v
    JOIN settled AS s ON s.releases_email_of = v.account_no
    JOIN decision AS d ON d.connection_no = s.connection_no AND d.row = s.row AND d.outcome IN ('created', 'linked', 'transferred')
    GROUP BY v.account_no
) AS v
WHERE v.account_no = a.account_no
