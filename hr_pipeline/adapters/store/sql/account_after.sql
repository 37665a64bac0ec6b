-- What accounts will be matched by once the linked people's changes are in, so that a relaunch decides the same.
INSERT INTO account_after BY NAME
SELECT
    x.account_no, x.company_no, x.connection_no, x.version_no, hash(x.email_key) AS email_hash, hash(x.name_key) AS name_hash,
    CASE WHEN x.birth_name_key IS NOT NULL THEN hash(x.birth_name_key) END AS birth_name_hash,
    x.email_key, x.name_key, x.birth_name_key, x.first_name, x.last_name, x.birth_name, x.birth_date, x.exit_date
FROM change AS x
LEFT JOIN email_claim AS c ON c.connection_no = x.connection_no AND c.row = x.row
WHERE len(x.person_changed) > 0 AND c.refused IS NULL AND NOT x.gross_held
