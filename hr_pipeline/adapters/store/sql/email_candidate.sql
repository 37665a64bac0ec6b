-- §3.5: the account that has the e-mail of an employee without a link, and what ties it to whom.
CREATE OR REPLACE TEMP TABLE email_candidate AS
WITH asked AS (
    SELECT u.connection_no, u.row, u.email_key, hash(u.email_key) AS email_hash, u.name_key, u.birth_name_key, u.birth_date, b.company_no,
        b.group_name, b.date, u.first_name, u.last_name, u.birth_name
    FROM judged AS u
    JOIN batch AS b ON b.connection_no = u.connection_no
    WHERE u.path = 'unlinked'
),
found AS (
    SELECT q.*, a.account_no, a.company_no AS of_company_no, a.connection_no AS held_by, v.version_no, v.name_key AS account_name_key,
        v.birth_name_key AS account_birth_name_key, v.birth_date AS account_birth_date, v.exit_date, v.first_name AS account_first_name,
        v.last_name AS account_last_name, v.birth_name AS account_birth_name
    FROM asked AS q
    JOIN account AS a ON a.email_hash = q.email_hash
    JOIN account_version AS v ON v.version_no = a.version_no AND v.email_key = q.email_key
    WHERE NOT EXISTS (FROM account_after AS f WHERE f.account_no = a.account_no)
    UNION ALL
    SELECT q.*, f.account_no, f.company_no, f.connection_no, f.version_no, f.name_key, f.birth_name_key, f.birth_date, f.exit_date, f.first_name,
        f.last_name, f.birth_name
    FROM asked AS q
    JOIN account_after AS f ON f.email_key = q.email_key
)
SELECT
    f.connection_no, f.row, f.account_no, f.version_no, f.held_by, f.of_company_no = f.company_no AS same_company,
    f.group_name IS NOT NULL AND o.group_name IS NOT DISTINCT FROM f.group_name AS same_group,
    coalesce(f.account_name_key IN (f.name_key, f.birth_name_key), FALSE) OR coalesce(f.account_birth_name_key IN (f.name_key, f.birth_name_key), FALSE) AS same_name,
    f.birth_date IS NULL OR f.account_birth_date IS NULL OR f.birth_date = f.account_birth_date AS birth_dates_agree,
    coalesce(f.exit_date < f.date, FALSE) OR m.account_no IS NOT NULL OR coalesce(NOT c.active, FALSE) AS ended_or_gone,
    f.first_name, f.last_name, f.birth_name, f.account_first_name, f.account_last_name, f.account_birth_name
FROM found AS f
JOIN company AS o ON o.company_no = f.of_company_no
LEFT JOIN absent AS m ON m.account_no = f.account_no
LEFT JOIN connection AS c ON c.connection_no = f.held_by  -- one that was stopped says nothing of anybody any more
