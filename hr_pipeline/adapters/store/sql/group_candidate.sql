-- A transfer with a new e-mail: the same name and the same birth date, both known, as somebody linked in another company of the group.
INSERT INTO group_candidate BY NAME
SELECT DISTINCT u.connection_no, u.row, a.account_no
FROM judged AS u
JOIN batch AS b ON b.connection_no = u.connection_no AND b.group_name IS NOT NULL
JOIN company AS o ON o.group_name = b.group_name AND o.company_no <> b.company_no
JOIN account AS a ON a.company_no = o.company_no AND a.connection_no IS NOT NULL
JOIN account_version AS v ON v.version_no = a.version_no AND v.birth_date = u.birth_date
WHERE u.path = 'unlinked'
    AND (a.name_hash IN (hash(u.name_key), hash(u.birth_name_key)) OR a.birth_name_hash IN (hash(u.name_key), hash(u.birth_name_key)))
    AND (v.name_key IN (u.name_key, u.birth_name_key) OR v.birth_name_key IN (u.name_key, u.birth_name_key))
    AND NOT EXISTS (FROM email_decision AS e WHERE e.connection_no = u.connection_no AND e.row = u.row)
