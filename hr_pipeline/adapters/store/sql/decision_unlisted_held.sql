-- … and the plainly unchanged of a held run, who are not in `decision` yet.
INSERT INTO decision BY NAME
SELECT s.connection_no, s.row, s.external_id, s.row_hash, 'held' AS outcome, h.code, h.field, l.account_no, 0 AS version_no, FALSE AS person_changes,
    FALSE AS pay_changes, s.pay_rows, s.pay_rows_rejected, 'unchanged' AS planned_outcome
FROM staged AS s
JOIN hold AS h USING (connection_no)
JOIN link AS l ON l.connection_no = s.connection_no AND l.external_id = s.external_id
WHERE NOT EXISTS (FROM decision AS d WHERE d.connection_no = s.connection_no AND d.row = s.row)
