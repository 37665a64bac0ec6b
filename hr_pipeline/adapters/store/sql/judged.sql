-- The order of §3 up to the point where the platform's accounts are looked at. Duplicates are counted again without the
-- excluded: leaving one of two people out is how HR settles a shared address.
CREATE OR REPLACE TEMP TABLE judged AS
WITH contested AS (
    SELECT connection_no, row, external_id, email_key, employee_number, shared_marks
    FROM delta
    WHERE shared_marks <> 0 AND in_scope AND NOT is_excluded
),
by_id AS (
    SELECT connection_no, external_id FROM contested WHERE shared_marks & 1 = 1 AND external_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1
),
by_email AS (
    SELECT connection_no, email_key FROM contested WHERE shared_marks & 2 = 2 AND email_key IS NOT NULL GROUP BY ALL HAVING count(*) > 1
),
by_number AS (
    SELECT connection_no, employee_number FROM contested WHERE shared_marks & 4 = 4 AND employee_number IS NOT NULL GROUP BY ALL HAVING count(*) > 1
),
duplicate AS (
    SELECT c.connection_no, c.row,
        CASE
            WHEN i.external_id IS NOT NULL THEN 'DUPLICATE_EXTERNAL_ID'
            WHEN m.email_key IS NOT NULL THEN 'DUPLICATE_EMAIL'
            WHEN n.employee_number IS NOT NULL AND b.employee_number_unique THEN 'DUPLICATE_EMPLOYEE_NUMBER'
        END AS code
    FROM contested AS c
    JOIN batch AS b ON b.connection_no = c.connection_no
    LEFT JOIN by_id AS i ON i.connection_no = c.connection_no AND i.external_id = c.external_id
    LEFT JOIN by_email AS m ON m.connection_no = c.connection_no AND m.email_key = c.email_key
    LEFT JOIN by_number AS n ON n.connection_no = c.connection_no AND n.employee_number = c.employee_number
)
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
