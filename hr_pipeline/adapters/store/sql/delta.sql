-- One join tells the people nobody needs to look at (linked, same hash, nothing against them) from all others. Rows without
-- `row` are links that the snapshot does not list. Narrow on purpose: only the few it finds are read whole (`judged`).
CREATE OR REPLACE TEMP TABLE delta AS
SELECT
    s.connection_no, s.row, s.external_id, s.row_hash, s.email_key, s.employee_number, s.in_scope, s.reject_code, s.shared_marks,
    coalesce(s.connection_no, l.connection_no) AS of_connection_no,
    l.external_id AS link_external_id,
    l.account_no AS link_account_no,
    x.exclusion_no IS NOT NULL AS is_excluded
FROM staged AS s
FULL OUTER JOIN (SELECT l.* FROM link AS l WHERE l.connection_no IN (SELECT connection_no FROM batch)) AS l
    ON l.connection_no = s.connection_no AND l.external_id = s.external_id
LEFT JOIN excluded_now AS x ON x.connection_no = s.connection_no AND x.external_id = s.external_id
WHERE s.row_hash IS DISTINCT FROM l.row_hash
    OR s.reject_code IS NOT NULL
    OR NOT s.in_scope
    OR s.shared_marks <> 0
    OR x.exclusion_no IS NOT NULL
