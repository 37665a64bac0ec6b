UPDATE account AS a
SET email_hash = CASE WHEN v.email_key IS NOT NULL THEN hash(v.email_key) END,
    name_hash = CASE WHEN v.name_key IS NOT NULL THEN hash(v.name_key) END,
    birth_name_hash = CASE WHEN v.birth_name_key IS NOT NULL THEN hash(v.birth_name_key) END
FROM account_version AS v
WHERE v.version_no = a.version_no
