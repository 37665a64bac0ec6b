-- Whether the platform knows an e-mail or a name of those without a link: by what accounts are matched by now, or after this plan. And
-- whether their companies have accounts that nobody works under (those whom this night changes or misses included, to be looked at).
WITH wanted_name AS (
    SELECT hash(name_key) AS name_hash FROM judged WHERE path = 'unlinked'
    UNION ALL
    SELECT hash(birth_name_key) FROM judged WHERE path = 'unlinked' AND birth_name_key IS NOT NULL
),
known_name AS (
    SELECT name_hash FROM account
    UNION ALL SELECT birth_name_hash FROM account
    UNION ALL SELECT name_hash FROM account_after
    UNION ALL SELECT birth_name_hash FROM account_after
),
known_email AS (
    SELECT email_hash FROM account
    UNION ALL SELECT email_hash FROM account_after
)
SELECT 'emails' AS kind, count(*) AS accounts FROM known_email WHERE email_hash IN (SELECT hash(email_key) FROM judged WHERE path = 'unlinked')
UNION ALL
SELECT 'names', count(*) FROM known_name WHERE name_hash IN (FROM wanted_name)
UNION ALL
SELECT 'idle', count(*) FROM (
    SELECT company_no FROM account WHERE connection_no IS NULL OR exit_date < (SELECT max(date) FROM batch)
    UNION ALL SELECT company_no FROM account_after WHERE exit_date IS NOT NULL
    UNION ALL SELECT b.company_no FROM absent AS m JOIN batch AS b ON b.connection_no = m.connection_no
)
WHERE company_no IN (SELECT b.company_no FROM judged AS u JOIN batch AS b ON b.connection_no = u.connection_no WHERE u.path = 'unlinked')
