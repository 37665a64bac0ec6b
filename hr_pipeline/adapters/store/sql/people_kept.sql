-- Of people in kept lists (`kept_person`): those without an account whom what was typed means. Exact is whatever no part of a name was needed for.
SELECT k.place,
    coalesce(k.external_id = $text, FALSE) OR coalesce(k.employee_number = $text, FALSE) OR coalesce(k.email_key = $email_key::VARCHAR, FALSE)
        OR coalesce(is_full_name(k.names, $name::VARCHAR), FALSE) AS is_exact
FROM kept_person AS k
WHERE NOT EXISTS (FROM link AS l WHERE l.connection_no = k.connection_no AND l.external_id = k.external_id)
    AND (
        k.external_id = $text OR k.employee_number = $text OR k.email_key = $email_key::VARCHAR
        OR ($name::VARCHAR IS NOT NULL AND is_named(k.names, $words::VARCHAR[], $name))
    )
ORDER BY k.place
