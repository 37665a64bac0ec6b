-- Whether the platform knows an e-mail or a name of those without a link: by what accounts are matched by now, or after this plan.
WITH asked AS (
    SELECT hash(email_key) AS email_hash, unnest([hash(name_key), CASE WHEN birth_name_key IS NOT NULL THEN hash(birth_name_key) END]) AS name_hash
    FROM judged
    WHERE path = 'unlinked'
),
known AS (
    SELECT email_hash, name_hash, birth_name_hash FROM account
    UNION ALL
    SELECT email_hash, name_hash, birth_name_hash FROM account_after
)
SELECT
    count(*) FILTER (email_hash IN (SELECT email_hash FROM asked)) AS emails,
    count(*) FILTER (name_hash IN (SELECT name_hash FROM asked) OR birth_name_hash IN (SELECT name_hash FROM asked)) AS names
FROM known
