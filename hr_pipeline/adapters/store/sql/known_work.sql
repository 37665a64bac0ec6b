-- Whether the platform knows an e-mail or a name of those without a link: by what accounts are matched by now, or after this plan.
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
