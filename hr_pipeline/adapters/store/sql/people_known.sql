-- People whom the store knows under what was typed: by the provider's id, also of those without an account; by account, address, number or name.
-- An account without a link is told as such, of the company of the connection asked for.
WITH asked AS (
    SELECT connection_no, company_no
    FROM connection
    WHERE $connection_id::VARCHAR IS NULL OR connection_id = $connection_id
),
account_meant AS (
    SELECT a.account_no, a.company_no, a.account_no IS NOT DISTINCT FROM $account_no OR v.employee_number = $text AS is_id
    FROM account AS a
    JOIN account_version AS v USING (version_no)
    WHERE a.account_no = $account_no
        OR (a.email_hash = hash($email_key::VARCHAR) AND v.email_key = $email_key)
        OR v.employee_number = $text
        OR ($name::VARCHAR IS NOT NULL AND is_named(v.name_key || coalesce('|' || string_split(v.birth_name_key, '|')[2], ''), $words::VARCHAR[], $name))
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
    SELECT connection_no, external_id, NULL::BIGINT AS account_no, TRUE AS is_id FROM id_known
    UNION ALL
    SELECT l.connection_no, l.external_id, NULL, m.is_id FROM account_meant AS m JOIN link AS l USING (account_no)
    UNION ALL
    SELECT NULL, NULL, m.account_no, m.is_id FROM account_meant AS m
    WHERE NOT EXISTS (FROM link AS l WHERE l.account_no = m.account_no) AND m.company_no IN (SELECT company_no FROM asked)
)
SELECT connection_no, external_id, account_no, bool_or(coalesce(is_id, FALSE)) AS is_id
FROM found
WHERE connection_no IS NULL OR connection_no IN (SELECT connection_no FROM asked)
GROUP BY ALL
