-- People whom the store knows under what was typed: by the provider's id, also of those without an account; by account, address, number or name.
-- An account without a link is told as such, of the company of the connection asked for. Exact is whatever no part of a name was needed for.
WITH asked AS (
    SELECT connection_no, company_no
    FROM connection
    WHERE $connection_id::VARCHAR IS NULL OR connection_id = $connection_id
),
named AS (
    SELECT version_no, employee_number, email_key, name_key || coalesce('|' || split_part(birth_name_key, '|', 2), '') AS names
    FROM account_version
),
account_meant AS (
    SELECT a.account_no, a.company_no, v.names,
        a.account_no IS NOT DISTINCT FROM $account_no OR v.employee_number IS NOT DISTINCT FROM $text AS is_id,
        v.email_key IS NOT DISTINCT FROM $email_key::VARCHAR AND $email_key IS NOT NULL OR coalesce(is_full_name(v.names, $name::VARCHAR), FALSE) AS is_whole
    FROM account AS a
    JOIN named AS v USING (version_no)
    WHERE a.account_no = $account_no
        OR (a.email_hash = hash($email_key::VARCHAR) AND v.email_key = $email_key)
        OR v.employee_number = $text
        OR ($name::VARCHAR IS NOT NULL AND is_named(v.names, $words::VARCHAR[], $name))
),
id_known AS (
    SELECT connection_no, external_id FROM link WHERE external_id = $text
    UNION
    SELECT connection_no, external_id FROM link_ended WHERE external_id = $text
    UNION
    SELECT connection_no, external_id FROM exclusion WHERE external_id = $text
    UNION
    SELECT r.connection_no, o.external_id FROM outcome AS o JOIN sync_run AS r USING (run_no) WHERE o.external_id = $text
),
found AS (
    SELECT connection_no, external_id, NULL::BIGINT AS account_no, NULL AS company_no, NULL AS names, TRUE AS is_id, TRUE AS is_exact FROM id_known
    UNION ALL
    SELECT l.connection_no, l.external_id, NULL, NULL, m.names, m.is_id, m.is_id OR m.is_whole FROM account_meant AS m JOIN link AS l USING (account_no)
    UNION ALL
    SELECT NULL, NULL, m.account_no, m.company_no, m.names, m.is_id, m.is_id OR m.is_whole FROM account_meant AS m
    WHERE NOT EXISTS (FROM link AS l WHERE l.account_no = m.account_no) AND m.company_no IN (SELECT company_no FROM asked)
),
once AS (
    SELECT connection_no, external_id, account_no, any_value(company_no) AS company_no, any_value(names) AS names,
        bool_or(is_id) AS is_id, bool_or(is_exact) AS is_exact
    FROM found
    WHERE connection_no IS NULL OR connection_no IN (SELECT connection_no FROM asked)
    GROUP BY connection_no, external_id, account_no
)
SELECT o.connection_no, o.external_id, o.account_no, o.is_id, o.is_exact, m.name AS company,
    coalesce(o.names, v.name_key) AS names
FROM once AS o
LEFT JOIN connection AS c ON c.connection_no = o.connection_no
LEFT JOIN company AS m ON m.company_no = coalesce(c.company_no, o.company_no)
LEFT JOIN link AS l ON l.connection_no = o.connection_no AND l.external_id = o.external_id
LEFT JOIN account AS a ON a.account_no = l.account_no
LEFT JOIN account_version AS v ON v.version_no = a.version_no
