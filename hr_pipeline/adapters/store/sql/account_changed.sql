UPDATE account AS a
SET version_no = n.version_no, pay_no = n.pay_no, company_no = n.company_no, connection_no = n.connection_no, email_hash = n.email_hash, name_hash = n.name_hash,
    birth_name_hash = n.birth_name_hash, exit_date = n.exit_date
FROM (
    SELECT n.account_no, n.version_no, n.pay_no, n.connection_no, b.company_no, x.exit_date,
        CASE WHEN x.email_key IS NOT NULL THEN hash(x.email_key) END AS email_hash,
        CASE WHEN x.name_key IS NOT NULL THEN hash(x.name_key) END AS name_hash,
        CASE WHEN x.birth_name_key IS NOT NULL THEN hash(x.birth_name_key) END AS birth_name_hash
    FROM new_version AS n
    JOIN change AS x ON x.connection_no = n.connection_no AND x.row = n.row
    JOIN batch AS b ON b.connection_no = n.connection_no
    ORDER BY n.account_no
) AS n
WHERE n.account_no = a.account_no
