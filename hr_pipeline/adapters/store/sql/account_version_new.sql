INSERT INTO account_version BY NAME
SELECT
    n.version_no, n.account_no, n.run_no, $now AS recorded_at, n.date AS effective_date,
    first_kept(0, j.email, b.always_mask, b.first_mask) AS email,
    first_kept(1, j.first_name, b.always_mask, b.first_mask) AS first_name,
    first_kept(2, j.last_name, b.always_mask, b.first_mask) AS last_name,
    first_kept(3, j.birth_name, b.always_mask, b.first_mask) AS birth_name,
    first_kept(4, j.language, b.always_mask, b.first_mask) AS language,
    first_kept(5, j.phone, b.always_mask, b.first_mask) AS phone,
    first_kept(6, j.birth_date, b.always_mask, b.first_mask) AS birth_date,
    first_kept(7, j.start_date, b.always_mask, b.first_mask) AS start_date,
    first_kept(8, j.exit_date, b.always_mask, b.first_mask) AS exit_date,
    first_kept(9, j.employee_number, b.always_mask, b.first_mask) AS employee_number,
    j.phone_inferred,
    first_kept(0, j.email_key, b.always_mask, b.first_mask) AS email_key,
    j.name_key,
    first_kept(3, j.birth_name_key, b.always_mask, b.first_mask) AS birth_name_key
FROM new_account AS n
JOIN judged AS j ON j.connection_no = n.connection_no AND j.row = n.row
JOIN batch AS b ON b.connection_no = n.connection_no
ORDER BY n.account_no
