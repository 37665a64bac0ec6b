INSERT INTO problem BY NAME
SELECT r.run_no, p.row::INTEGER AS row, p.external_id, p.code, p.field, p.rule, p.blocking
FROM staged_problem AS p
JOIN run AS r ON r.connection_no = p.connection_no
LEFT JOIN decision AS d ON d.connection_no = p.connection_no AND d.row = p.row
WHERE r.listed AND (d.outcome IS NULL OR d.outcome NOT IN ('excluded', 'out_of_scope'))
UNION ALL BY NAME
SELECT r.run_no, x.row::INTEGER AS row, x.external_id, 'CLEAR_BLOCKED' AS code, unnest(x.clears_blocked) AS field, 'no value at the provider' AS rule, FALSE AS blocking
FROM change AS x
JOIN run AS r ON r.connection_no = x.connection_no
WHERE r.applied
UNION ALL BY NAME
SELECT r.run_no, x.row::INTEGER AS row, x.external_id, 'PAY_RETROACTIVE' AS code, x.field, x.rule, FALSE AS blocking
FROM retroactive AS x
JOIN decision AS d ON d.connection_no = x.connection_no AND d.row = x.row
JOIN run AS r ON r.connection_no = x.connection_no
WHERE r.applied AND d.outcome = 'updated'
