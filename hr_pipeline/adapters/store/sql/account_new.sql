INSERT INTO account BY NAME
SELECT
    n.account_no, n.company_no, n.connection_no, n.version_no, n.pay_no,
    CASE WHEN j.email_key IS NOT NULL AND is_set(b.always_mask | b.first_mask, 0) THEN hash(j.email_key) END AS email_hash,
    hash(j.name_key) AS name_hash,
    CASE WHEN j.birth_name_key IS NOT NULL AND is_set(b.always_mask | b.first_mask, 3) THEN hash(j.birth_name_key) END AS birth_name_hash,
    first_kept(8, j.exit_date, b.always_mask, b.first_mask) AS exit_date,
    n.run_no AS created_run_no
FROM new_account AS n
JOIN judged AS j ON j.connection_no = n.connection_no AND j.row = n.row
JOIN batch AS b ON b.connection_no = n.connection_no
ORDER BY n.account_no
