-- §3.6 and §3.7: accounts of the same company that bear the employee's name (either name, birth name too) and that nobody
-- works under: unlinked (and not tied to somebody else by e-mail in this plan), left, missing from this snapshot, or of a connection that was stopped.
INSERT INTO name_candidate BY NAME
WITH asked AS (
    SELECT u.connection_no, u.row, u.birth_date, b.company_no, b.date,
        unnest(list_distinct([hash(u.name_key), CASE WHEN u.birth_name_key IS NOT NULL THEN hash(u.birth_name_key) END])) AS wanted
    FROM judged AS u
    JOIN batch AS b ON b.connection_no = u.connection_no
    WHERE u.path = 'unlinked' AND NOT EXISTS (FROM email_decision AS e WHERE e.connection_no = u.connection_no AND e.row = u.row)
),
bearer AS (
    SELECT account_no, company_no, name_hash FROM account WHERE name_hash IN (SELECT wanted FROM asked) AND account_no NOT IN (SELECT account_no FROM account_after)
    UNION ALL
    SELECT account_no, company_no, birth_name_hash FROM account
    WHERE birth_name_hash IN (SELECT wanted FROM asked) AND account_no NOT IN (SELECT account_no FROM account_after)
    UNION ALL SELECT account_no, company_no, name_hash FROM account_after
    UNION ALL SELECT account_no, company_no, birth_name_hash FROM account_after
),
found AS (
    SELECT DISTINCT q.* EXCLUDE (wanted), r.account_no
    FROM asked AS q
    JOIN bearer AS r ON r.company_no = q.company_no AND r.name_hash = q.wanted
)
SELECT
    f.connection_no, f.row, f.account_no, a.version_no,
    a.connection_no IS NULL AND NOT coalesce(a.exit_date < f.date, FALSE) AS is_free,
    coalesce(v.birth_date = f.birth_date, FALSE) AS same_birth_date
FROM found AS f
JOIN account AS a ON a.account_no = f.account_no
JOIN account_version AS v ON v.version_no = a.version_no
LEFT JOIN account_after AS n ON n.account_no = f.account_no
LEFT JOIN absent AS m ON m.account_no = f.account_no
LEFT JOIN connection AS c ON c.connection_no = a.connection_no
WHERE (a.connection_no IS NULL OR coalesce(CASE WHEN n.account_no IS NOT NULL THEN n.exit_date ELSE v.exit_date END < f.date, FALSE) OR m.account_no IS NOT NULL OR NOT c.active)
    AND NOT EXISTS (FROM email_decision AS e WHERE e.account_no = f.account_no AND e.code IS NULL)
    -- Listed with a last day gone by, and new today: those who are new in one snapshot are two people, in a relaunch of it too.
    AND NOT (a.connection_no IS NOT NULL AND m.account_no IS NULL AND EXISTS (FROM sync_run AS r WHERE r.run_no = a.created_run_no AND r.date = f.date))
