-- Former values, field by field, in a version of the undo's own; the other fields stay as they are now.
INSERT INTO account_version BY NAME
SELECT
    b.new_version_no AS version_no, b.account_no, u.run_no, u.at AS recorded_at, u.date AS effective_date,
    CASE WHEN list_contains(b.fields, 'email') THEN f.email ELSE v.email END AS email,
    CASE WHEN list_contains(b.fields, 'first_name') THEN f.first_name ELSE v.first_name END AS first_name,
    CASE WHEN list_contains(b.fields, 'last_name') THEN f.last_name ELSE v.last_name END AS last_name,
    CASE WHEN list_contains(b.fields, 'birth_name') THEN f.birth_name ELSE v.birth_name END AS birth_name,
    CASE WHEN list_contains(b.fields, 'language') THEN f.language ELSE v.language END AS language,
    CASE WHEN list_contains(b.fields, 'phone') THEN f.phone ELSE v.phone END AS phone,
    CASE WHEN list_contains(b.fields, 'birth_date') THEN f.birth_date ELSE v.birth_date END AS birth_date,
    CASE WHEN list_contains(b.fields, 'start_date') THEN f.start_date ELSE v.start_date END AS start_date,
    CASE WHEN list_contains(b.fields, 'exit_date') THEN f.exit_date ELSE v.exit_date END AS exit_date,
    CASE WHEN list_contains(b.fields, 'employee_number') THEN f.employee_number ELSE v.employee_number END AS employee_number,
    CASE WHEN list_contains(b.fields, 'phone') THEN f.phone_inferred ELSE v.phone_inferred END AS phone_inferred,
    CASE WHEN list_contains(b.fields, 'email') THEN f.email_key ELSE v.email_key END AS email_key,
    joined_key(
        CASE WHEN list_contains(b.fields, 'first_name') THEN f.name_key ELSE v.name_key END,
        CASE WHEN list_contains(b.fields, 'last_name') THEN f.name_key ELSE v.name_key END
    ) AS name_key,
    CASE WHEN list_contains(b.fields, 'birth_name') AND f.birth_name IS NOT NULL OR NOT list_contains(b.fields, 'birth_name') AND v.birth_name IS NOT NULL
        THEN joined_key(
            CASE WHEN list_contains(b.fields, 'first_name') THEN f.name_key ELSE v.name_key END,
            CASE WHEN list_contains(b.fields, 'birth_name') THEN f.birth_name_key ELSE v.birth_name_key END
        )
    END AS birth_name_key
FROM undo_back AS b
CROSS JOIN undoing AS u
JOIN account_version AS v ON v.version_no = b.version_no
JOIN account_version AS f ON f.version_no = b.former_version_no
WHERE b.person_goes
ORDER BY b.account_no
