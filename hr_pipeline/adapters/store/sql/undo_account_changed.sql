UPDATE account AS a
SET version_no = b.version_no, pay_no = b.pay_no, company_no = b.company_no, connection_no = b.connection_no, email_hash = b.email_hash,
    name_hash = b.name_hash, birth_name_hash = b.birth_name_hash, exit_date = b.exit_date
FROM (
    SELECT b.account_no, v.version_no, v.exit_date,
        CASE WHEN NOT b.pay_goes THEN b.pay_no WHEN b.former_pay_no IS NOT NULL THEN b.new_pay_no END AS pay_no,
        CASE WHEN b.link_goes THEN b.former_company_no ELSE b.company_no END AS company_no,
        CASE WHEN b.link_goes THEN b.former_connection_no ELSE b.connection_no END AS connection_no,
        CASE WHEN v.email_key IS NOT NULL THEN hash(v.email_key) END AS email_hash,
        CASE WHEN v.name_key IS NOT NULL THEN hash(v.name_key) END AS name_hash,
        CASE WHEN v.birth_name_key IS NOT NULL THEN hash(v.birth_name_key) END AS birth_name_hash
    FROM undo_back AS b
    JOIN account_version AS v ON v.version_no = coalesce(b.new_version_no, b.version_no)
    WHERE NOT b.goes
    ORDER BY b.account_no
) AS b
WHERE b.account_no = a.account_no
