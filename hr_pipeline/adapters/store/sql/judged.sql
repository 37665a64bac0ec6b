-- The order of §3 up to the point where the platform's accounts are looked at.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT
    s.*,
    d.link_account_no,
    CASE
        WHEN d.is_excluded THEN 'excluded'
        WHEN NOT d.in_scope THEN 'out_of_scope'
        WHEN d.reject_code IS NOT NULL THEN 'rejected'
        WHEN u.code IS NOT NULL THEN 'duplicate'
        WHEN d.link_account_no IS NOT NULL THEN 'linked'
        ELSE 'unlinked'
    END AS path,
    u.code AS duplicate_code
FROM delta AS d
JOIN staged AS s ON s.row_hash = d.row_hash AND s.connection_no = d.connection_no AND s.row = d.row
LEFT JOIN duplicate AS u ON u.connection_no = d.connection_no AND u.row = d.row
