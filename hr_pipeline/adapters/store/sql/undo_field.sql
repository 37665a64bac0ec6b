-- What the undone run changed of each account that it did not create, field by field: `pay` stands for pay with its components, `link` for
-- links, company and connection. One row per field, with why it stays as it is, if it does.
CREATE OR REPLACE TEMP TABLE undo_field AS
WITH compared AS (
    SELECT u.account_no, unnest(list_where(
        ['email', 'first_name', 'last_name', 'birth_name', 'language', 'phone', 'birth_date', 'start_date', 'exit_date', 'employee_number'],
        [
            r.email IS DISTINCT FROM f.email,
            r.first_name IS DISTINCT FROM f.first_name,
            r.last_name IS DISTINCT FROM f.last_name,
            r.birth_name IS DISTINCT FROM f.birth_name,
            r.language IS DISTINCT FROM f.language,
            r.phone IS DISTINCT FROM f.phone,
            r.birth_date IS DISTINCT FROM f.birth_date,
            r.start_date IS DISTINCT FROM f.start_date,
            r.exit_date IS DISTINCT FROM f.exit_date,
            r.employee_number IS DISTINCT FROM f.employee_number
        ]
    )) AS field, f.version_no IS NOT NULL AS is_known
    FROM undo_account AS u
    JOIN account_version AS r ON r.version_no = u.run_version_no
    LEFT JOIN account_version AS f ON f.version_no = u.former_version_no
    WHERE NOT u.is_created
    UNION ALL
    SELECT u.account_no, 'pay', u.has_lineage AND (u.former_pay_no IS NULL OR p.pay_no IS NOT NULL)
    FROM undo_account AS u
    LEFT JOIN pay_version AS p ON p.pay_no = u.former_pay_no
    WHERE NOT u.is_created
        -- A transfer starts the pay afresh, even with none.
        AND (u.run_pay_no IS NOT NULL OR (u.former_pay_no IS NOT NULL AND u.came))
    UNION ALL
    SELECT u.account_no, 'link', u.has_lineage FROM undo_account AS u WHERE u.is_tied AND NOT u.is_created
)
SELECT c.account_no, c.field,
    CASE WHEN t.field IS NOT NULL THEN 'kept' WHEN NOT c.is_known THEN 'impossible' ELSE 'reversed' END AS result,
    CASE
        WHEN t.field IS NOT NULL THEN CASE WHEN t.run_no IS NULL THEN 'UNDO_TOUCHED_BY_EDIT' ELSE 'UNDO_TOUCHED_BY_RUN' END
        WHEN NOT c.is_known THEN 'UNDO_NO_LINEAGE'
    END AS code,
    t.run_no AS by_run_no, NULL::BIGINT AS by_account_no
FROM compared AS c
JOIN undo_account AS u ON u.account_no = c.account_no
LEFT JOIN undo_touch AS t ON t.account_no = c.account_no AND t.field = c.field
WHERE NOT CASE c.field WHEN 'pay' THEN list_has_any(u.already, (SELECT pay_fields FROM undoing)) ELSE list_contains(u.already, c.field) END
