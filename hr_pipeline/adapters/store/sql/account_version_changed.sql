INSERT INTO account_version BY NAME
SELECT
    n.version_no, n.account_no, n.run_no, $now AS recorded_at, b.date AS effective_date, x.email, x.first_name, x.last_name, x.birth_name,
    x.language, x.phone, x.birth_date, x.start_date, x.exit_date, x.employee_number,
    CASE WHEN x.phone IS DISTINCT FROM x.old_phone THEN x.phone_inferred ELSE x.old_phone_inferred END AS phone_inferred,
    x.email_key, x.name_key, x.birth_name_key
FROM new_version AS n
JOIN change AS x ON x.connection_no = n.connection_no AND x.row = n.row
JOIN batch AS b ON b.connection_no = n.connection_no
WHERE n.person_changes
ORDER BY n.account_no
