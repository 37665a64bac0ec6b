-- Of people in kept lists (`kept_person`): those without an account whom what was typed means.
SELECT k.place
FROM kept_person AS k
WHERE NOT EXISTS (FROM link AS l WHERE l.connection_no = k.connection_no AND l.external_id = k.external_id)
    AND (
        k.external_id = $text OR k.employee_number = $text OR k.email_key = $email_key::VARCHAR
        OR ($name::VARCHAR IS NOT NULL AND is_named(k.names, $words::VARCHAR[], $name))
    )
ORDER BY k.place
