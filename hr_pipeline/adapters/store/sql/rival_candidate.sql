-- An e-mail that somebody gets in this batch with a new account or a new link, and that others without a link have too: to them it is
-- the account that they would have met, had its connection been synchronised before. So a relaunch decides the same. Who is linked has
-- it, else the oldest connection.
CREATE OR REPLACE TEMP TABLE email_candidate AS
WITH contested AS (
    SELECT u.*, row_number() OVER (PARTITION BY u.email_key ORDER BY u.outcome NOT IN ('created', 'linked'), u.outcome DESC, u.connection_no, u.row) AS place
    FROM unlinked_decision AS u
    WHERE u.email_key IN (
        SELECT email_key FROM unlinked_decision GROUP BY email_key HAVING count(*) > 1 AND bool_or(outcome IN ('created', 'linked'))
    )
),
known AS (
    SELECT c.*, b.company_no, b.group_name, b.date, j.name_key, j.birth_name_key, j.birth_date, j.exit_date, j.first_name, j.last_name, j.birth_name
    FROM contested AS c
    JOIN judged AS j ON j.connection_no = c.connection_no AND j.row = c.row
    JOIN batch AS b ON b.connection_no = c.connection_no
)
SELECT
    r.connection_no, r.row, w.account_no, w.connection_no AS held_by, w.company_no = r.company_no AS same_company,
    r.group_name IS NOT NULL AND w.group_name IS NOT DISTINCT FROM r.group_name AS same_group,
    coalesce(w.name_key IN (r.name_key, r.birth_name_key), FALSE) OR coalesce(w.birth_name_key IN (r.name_key, r.birth_name_key), FALSE) AS same_name,
    r.birth_date IS NULL OR w.birth_date IS NULL OR r.birth_date = w.birth_date AS birth_dates_agree,
    coalesce(w.exit_date < r.date, FALSE) AS ended_or_gone,
    r.first_name, r.last_name, r.birth_name, w.first_name AS account_first_name, w.last_name AS account_last_name, w.birth_name AS account_birth_name
FROM known AS r
JOIN known AS w ON w.email_key = r.email_key AND w.place = 1
WHERE r.place > 1
