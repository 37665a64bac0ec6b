UPDATE account AS a
SET version_no = v.version_no,
    email_hash = CASE WHEN v.email_key IS NOT NULL THEN hash(v.email_key) END,
    name_hash = CASE WHEN v.name_key IS NOT NULL THEN hash(v.name_key) END,
    birth_name_hash = CASE WHEN v.birth_name_key IS NOT NULL THEN hash(v.birth_name_key) END,
    exit_date = v.exit_date
FROM (SELECT * FROM account_version WHERE account_no = $account_no ORDER BY version_no DESC LIMIT 1) AS v
WHERE a.account_no = $account_no
