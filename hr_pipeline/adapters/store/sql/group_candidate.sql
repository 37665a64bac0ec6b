-- A transfer with a new e-mail: the same name and the same birth date, both known, as somebody linked in another company of the group; by the
-- values that linked people have after this night, so that a relaunch decides the same.
INSERT INTO group_candidate BY NAME
WITH asked AS (
    SELECT u.connection_no, u.row, u.name_key, u.birth_name_key, u.birth_date, o.company_no
    FROM judged AS u
    JOIN batch AS b ON b.connection_no = u.connection_no AND b.group_name IS NOT NULL
    JOIN company AS o ON o.group_name = b.group_name AND o.company_no <> b.company_no
    WHERE u.path = 'unlinked' AND u.birth_date IS NOT NULL
        AND NOT EXISTS (FROM email_decision AS e WHERE e.connection_no = u.connection_no AND e.row = u.row)
),
linked AS (
    SELECT a.account_no, a.company_no, v.birth_date, v.name_key, v.birth_name_key
    FROM account AS a
    JOIN account_version AS v ON v.version_no = a.version_no
    WHERE a.connection_no IS NOT NULL AND a.account_no NOT IN (SELECT account_no FROM account_after)
        AND a.company_no IN (SELECT company_no FROM asked)
        AND (
            a.name_hash IN (SELECT unnest([hash(name_key), hash(birth_name_key)]) FROM asked)
            OR a.birth_name_hash IN (SELECT unnest([hash(name_key), hash(birth_name_key)]) FROM asked)
        )
    UNION ALL
    SELECT account_no, company_no, birth_date, name_key, birth_name_key FROM account_after
)
SELECT DISTINCT q.connection_no, q.row, l.account_no
FROM asked AS q
JOIN linked AS l ON l.company_no = q.company_no AND l.birth_date = q.birth_date
WHERE l.name_key IN (q.name_key, q.birth_name_key) OR l.birth_name_key IN (q.name_key, q.birth_name_key)
