-- What a plan has to do beyond the plainly unchanged.
SELECT
    count(*) FILTER (path = 'linked') AS linked,
    count(*) FILTER (path = 'unlinked') AS unlinked,
    (SELECT count(*) FROM account WHERE email_hash IN (SELECT hash(email_key) FROM judged WHERE path = 'unlinked')) AS known_emails,
    (
        SELECT count(*) FROM account
        WHERE name_hash IN (SELECT hash(name_key) FROM judged WHERE path = 'unlinked')
            OR name_hash IN (SELECT hash(birth_name_key) FROM judged WHERE path = 'unlinked' AND birth_name_key IS NOT NULL)
            OR birth_name_hash IN (SELECT hash(name_key) FROM judged WHERE path = 'unlinked')
            OR birth_name_hash IN (SELECT hash(birth_name_key) FROM judged WHERE path = 'unlinked' AND birth_name_key IS NOT NULL)
    ) AS known_names
FROM judged
