-- Who has touched these accounts since, field by field: later runs, and people on the platform (no run). Whoever takes an account over from
-- another connection (a transfer, a change of provider) touches all of it, since the fields are theirs from then on, changed or not. Undos,
-- and what undos have reversed, touch nothing: runs can be taken back one after the other, the newest first.
CREATE OR REPLACE TEMP TABLE undo_touch AS
WITH version AS (
    SELECT
        v.account_no, v.version_no AS place, v.run_no, lag(v.version_no) OVER later IS NOT NULL AS is_later,
        list_where(
            ['email', 'first_name', 'last_name', 'birth_name', 'language', 'phone', 'birth_date', 'start_date', 'exit_date', 'employee_number'],
            [
                v.email IS DISTINCT FROM lag(v.email) OVER later,
                v.first_name IS DISTINCT FROM lag(v.first_name) OVER later,
                v.last_name IS DISTINCT FROM lag(v.last_name) OVER later,
                v.birth_name IS DISTINCT FROM lag(v.birth_name) OVER later,
                v.language IS DISTINCT FROM lag(v.language) OVER later,
                v.phone IS DISTINCT FROM lag(v.phone) OVER later,
                v.birth_date IS DISTINCT FROM lag(v.birth_date) OVER later,
                v.start_date IS DISTINCT FROM lag(v.start_date) OVER later,
                v.exit_date IS DISTINCT FROM lag(v.exit_date) OVER later,
                v.employee_number IS DISTINCT FROM lag(v.employee_number) OVER later
            ]
        ) AS fields
    FROM undo_account AS u
    JOIN account_version AS v ON v.account_no = u.account_no AND v.version_no >= u.left_version_no
    WHERE u.version_no <> u.left_version_no
    WINDOW later AS (PARTITION BY v.account_no ORDER BY v.version_no)
),
event AS (
    SELECT account_no, place, run_no, unnest(fields) AS field FROM version WHERE is_later
    UNION ALL
    SELECT u.account_no, p.pay_no, p.run_no, 'pay'
    FROM undo_account AS u
    JOIN pay_version AS p ON p.account_no = u.account_no AND p.pay_no > coalesce(u.run_pay_no, u.former_pay_no, 0)
    WHERE p.run_no > (SELECT undone_run_no FROM undoing)
    UNION ALL
    SELECT u.account_no, 0, e.by_run_no, unnest(CASE
        WHEN e.reason <> 'undone' AND s.connection_no <> e.connection_no THEN (SELECT list_concat(['link', 'pay'], account_fields) FROM undoing)
        ELSE ['link']
    END)
    FROM undo_account AS u
    JOIN link_ended AS e ON e.account_no = u.account_no AND e.by_run_no > (SELECT undone_run_no FROM undoing)
    JOIN sync_run AS s ON s.run_no = e.by_run_no
    UNION ALL
    SELECT u.account_no, 0, l.from_run_no, 'link'
    FROM undo_account AS u
    JOIN link AS l ON l.account_no = u.account_no AND l.from_run_no > (SELECT undone_run_no FROM undoing)
)
SELECT e.account_no, e.field, max_by({run_no: e.run_no}, e.place).run_no AS run_no  -- the last one; null: an edit
FROM event AS e
WHERE (e.run_no IS NULL OR e.run_no NOT IN (SELECT run_no FROM undo))
    AND NOT EXISTS (
        FROM reversal AS r
        WHERE r.undone_run_no = e.run_no AND r.account_no = e.account_no AND r.result = 'reversed'
            AND CASE e.field WHEN 'pay' THEN list_has_any(r.fields, (SELECT pay_fields FROM undoing)) ELSE list_contains(r.fields, e.field) END
    )
GROUP BY e.account_no, e.field
