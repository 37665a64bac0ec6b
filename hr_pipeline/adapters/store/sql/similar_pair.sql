-- Pairs that may be one person though their names differ (docs/matching.md, SIMILAR_NAME): whom nothing else tied to anybody, and accounts of
-- the same company that nobody works under. Only those who share a birth date, or a part of the name where a birth date is unknown, are
-- brought together; `names_alike` judges them. Whoever is asked about a namesake is shown those born on the same day as well.
CREATE OR REPLACE TEMP TABLE similar_pair AS
WITH asked AS (
    SELECT u.connection_no, u.row, u.outcome, b.company_no, b.date, j.first_name, j.last_name, j.birth_name, j.birth_date,
        split_part(j.name_key, '|', 1) AS first_half, split_part(j.name_key, '|', 2) AS last_half, split_part(j.birth_name_key, '|', 2) AS birth_half
    FROM unlinked_decision AS u
    JOIN judged AS j ON j.connection_no = u.connection_no AND j.row = u.row
    JOIN batch AS b ON b.connection_no = u.connection_no
    WHERE u.outcome = 'created' OR u.code IN ('SAME_NAME', 'REHIRE', 'AMBIGUOUS_CANDIDATES')
),
known AS (
    SELECT a.account_no, a.company_no, a.connection_no, a.created_run_no, a.exit_date, v.first_name, v.last_name, v.birth_name, v.birth_date, v.name_key, v.birth_name_key
    FROM account AS a
    JOIN account_version AS v ON v.version_no = a.version_no
    WHERE a.company_no IN (SELECT company_no FROM asked) AND a.account_no NOT IN (SELECT account_no FROM account_after)
        AND (a.connection_no IS NULL OR a.exit_date < (SELECT max(date) FROM batch) OR a.account_no IN (SELECT account_no FROM absent))
    UNION ALL
    SELECT f.account_no, f.company_no, f.connection_no, a.created_run_no, f.exit_date, f.first_name, f.last_name, f.birth_name, f.birth_date, f.name_key,
        f.birth_name_key
    FROM account_after AS f
    JOIN account AS a ON a.account_no = f.account_no
),
idle AS (
    SELECT k.*, k.connection_no IS NULL OR k.account_no IN (SELECT account_no FROM absent) AS is_idle,
        split_part(name_key, '|', 1) AS first_half, split_part(name_key, '|', 2) AS last_half, split_part(birth_name_key, '|', 2) AS birth_half
    FROM known AS k
    WHERE k.account_no NOT IN (SELECT account_no FROM unlinked_decision WHERE outcome IN ('linked', 'transferred'))
),
asked_block AS (
    SELECT q.*, unnest([
        'born ' || birth_date, 'first ' || first_half, 'last ' || last_half, 'last ' || birth_half, 'letters ' || first_half || last_half,
        'letters ' || last_half || first_half
    ]) AS block
    FROM asked AS q
),
idle_block AS (
    SELECT i.*, unnest([
        'born ' || birth_date, 'first ' || first_half, 'last ' || last_half, 'last ' || birth_half, 'letters ' || first_half || last_half,
        'letters ' || last_half || first_half
    ]) AS block
    FROM idle AS i
)
SELECT DISTINCT
    q.connection_no, q.row, i.account_no, q.first_name, q.last_name, q.birth_name, i.first_name AS account_first_name,
    i.last_name AS account_last_name, i.birth_name AS account_birth_name, q.birth_date = i.birth_date AS same_birth_date
FROM asked_block AS q
JOIN idle_block AS i ON i.company_no = q.company_no AND i.block = q.block
WHERE (i.is_idle OR i.exit_date < q.date) AND coalesce(q.birth_date = i.birth_date, q.outcome = 'created')
    AND NOT EXISTS (FROM name_candidate AS n WHERE n.connection_no = q.connection_no AND n.row = q.row AND n.account_no = i.account_no)
    AND NOT EXISTS (FROM email_decision AS e WHERE e.connection_no = q.connection_no AND e.row = q.row)
    AND NOT (NOT i.is_idle AND EXISTS (FROM sync_run AS r WHERE r.run_no = i.created_run_no AND r.date = q.date))  -- new in one snapshot: two people
