INSERT INTO account_version BY NAME
SELECT (SELECT coalesce(max(version_no), 0) + 1 FROM account_version) AS version_no, $account_no AS account_no, NULL::BIGINT AS run_no, $now AS recorded_at,
    $date AS effective_date, $email AS email, $first_name AS first_name, $last_name AS last_name, $birth_name AS birth_name, $language AS language,
    $phone AS phone, $birth_date AS birth_date, $start_date AS start_date, $exit_date AS exit_date, $employee_number AS employee_number,
    FALSE AS phone_inferred, $email_key AS email_key, $name_key AS name_key, $birth_name_key AS birth_name_key
