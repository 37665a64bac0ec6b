-- §3.3: employees who share an id, an e-mail or a number within their snapshot. Counted again without the excluded: leaving one of
-- two people out is how HR settles a shared address. An id is shared with somebody out of scope too, who stays that: whose the pay is, which
-- comes by id, can't be told.
INSERT INTO duplicate BY NAME
WITH contested AS (
    SELECT s.connection_no, s.row, s.external_id, s.email_key, s.employee_number, s.in_scope, s.shared_marks
    FROM delta AS d
    JOIN staged AS s ON s.row_hash = d.row_hash AND s.connection_no = d.connection_no AND s.row = d.row
    ANTI JOIN excluded_now AS x ON x.connection_no = s.connection_no AND x.external_id = s.external_id
    WHERE d.shared_marks <> 0
),
by_id AS (
    SELECT connection_no, external_id FROM contested WHERE shared_marks & 1 = 1 AND external_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1
),
by_email AS (
    SELECT connection_no, email_key FROM contested WHERE shared_marks & 2 = 2 AND email_key IS NOT NULL GROUP BY ALL HAVING count(*) > 1
),
by_number AS (
    SELECT connection_no, employee_number FROM contested WHERE shared_marks & 4 = 4 AND employee_number IS NOT NULL GROUP BY ALL HAVING count(*) > 1
)
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
WHERE c.in_scope
