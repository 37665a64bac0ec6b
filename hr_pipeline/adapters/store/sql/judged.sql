-- The order of §3 up to the point where the platform's accounts are looked at. Of a `moved` employment nothing is written.
CREATE OR REPLACE TEMP TABLE judged AS
WITH looked_at AS (
    SELECT s.* FROM delta AS d JOIN staged AS s ON s.row_hash = d.row_hash AND s.connection_no = d.connection_no AND s.row = d.row
)
SELECT
    s.*,
    l.account_no AS link_account_no,
    m.account_no AS moved_account_no,
    CASE
        WHEN x.exclusion_no IS NOT NULL THEN 'excluded'
        WHEN NOT s.in_scope THEN 'out_of_scope'
        WHEN s.reject_code IS NOT NULL THEN 'rejected'
        WHEN u.code IS NOT NULL THEN 'duplicate'
        WHEN l.account_no IS NOT NULL THEN 'linked'
        WHEN m.account_no IS NOT NULL THEN 'moved'
        ELSE 'unlinked'
    END AS path,
    u.code AS duplicate_code
FROM looked_at AS s
LEFT JOIN link_in_question AS l ON l.connection_no = s.connection_no AND l.external_id = s.external_id
LEFT JOIN excluded_now AS x ON x.connection_no = s.connection_no AND x.external_id = s.external_id
LEFT JOIN duplicate AS u ON u.connection_no = s.connection_no AND u.row = s.row
LEFT JOIN moved AS m ON m.connection_no = s.connection_no AND m.external_id = s.external_id AND s.start_date <= m.ended_on
