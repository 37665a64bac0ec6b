-- A replay of an older snapshot lists everybody: who was in it does not follow from today's links.
INSERT INTO outcome BY NAME
SELECT r.run_no, s.row::INTEGER AS row, s.external_id, 'unchanged' AS outcome, l.account_no, r.run_no AS since_run_no, 1 AS runs
FROM staged AS s
JOIN run AS r ON r.connection_no = s.connection_no
JOIN batch AS b ON b.connection_no = s.connection_no
JOIN link AS l ON l.connection_no = s.connection_no AND l.external_id = s.external_id
WHERE b.is_older AND r.listed AND NOT EXISTS (FROM decision AS d WHERE d.connection_no = s.connection_no AND d.row = s.row)
