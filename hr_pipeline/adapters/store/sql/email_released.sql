-- A closed account whose address belongs to somebody else by now, as a person decided: it keeps everything but the address.
INSERT INTO account_version BY NAME
SELECT v.* REPLACE (
    (SELECT max(version_no) FROM account_version) + row_number() OVER (ORDER BY a.account_no) AS version_no, r.run_no AS run_no, $now AS recorded_at,
    b.date AS effective_date, NULL AS email, NULL AS email_key
)
FROM settled AS s
JOIN decision AS d ON d.connection_no = s.connection_no AND d.row = s.row AND d.outcome IN ('created', 'linked', 'transferred')
JOIN run AS r ON r.connection_no = s.connection_no
JOIN batch AS b ON b.connection_no = s.connection_no
JOIN account AS a ON a.account_no = s.releases_email_of
JOIN account_version AS v ON v.version_no = a.version_no
