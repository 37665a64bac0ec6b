-- One join tells the people nobody needs to look at (linked, everything as last applied, nothing against them) from all others. It
-- joins fixed-width hashes, which cover the external id; only the few left over are joined with their links by id. Rows without
-- `row` are links that the snapshot does not list. Narrow on purpose: those found are read whole in `judged`.
CREATE OR REPLACE TEMP TABLE delta AS
WITH unmet AS (
    SELECT
        s.connection_no, s.row, s.external_id, s.row_hash, s.in_scope, s.reject_code, s.shared_marks, x.exclusion_no IS NOT NULL AS is_excluded,
        l.connection_no AS link_connection_no, l.external_id AS link_external_id, l.account_no AS link_account_no
    FROM staged AS s
    FULL OUTER JOIN (FROM link WHERE connection_no IN (SELECT connection_no FROM batch)) AS l
        ON l.connection_no = s.connection_no AND l.row_hash = s.row_hash
    LEFT JOIN excluded_now AS x ON x.connection_no = s.connection_no AND x.external_id = s.external_id
    WHERE s.row IS NULL OR l.row_hash IS NULL OR s.reject_code IS NOT NULL OR NOT s.in_scope OR s.shared_marks <> 0 OR x.exclusion_no IS NOT NULL
)
SELECT
    u.connection_no, u.row, u.row_hash, u.in_scope, u.reject_code, u.shared_marks, u.is_excluded, u.connection_no AS of_connection_no,
    l.external_id AS link_external_id, l.account_no AS link_account_no
FROM unmet AS u
LEFT JOIN link AS l ON l.connection_no = u.connection_no AND l.external_id = u.external_id
WHERE u.row IS NOT NULL
UNION ALL
SELECT
    u.connection_no, u.row, u.row_hash, u.in_scope, u.reject_code, u.shared_marks, u.is_excluded, u.link_connection_no AS of_connection_no,
    u.link_external_id, u.link_account_no
FROM unmet AS u
ANTI JOIN unmet AS s ON s.connection_no = u.link_connection_no AND s.external_id = u.link_external_id
WHERE u.row IS NULL
