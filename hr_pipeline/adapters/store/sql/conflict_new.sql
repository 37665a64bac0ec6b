INSERT INTO conflict BY NAME
SELECT
    (SELECT coalesce(max(conflict_no), 0) FROM conflict) + row_number() OVER (ORDER BY s.connection_no, s.external_id, s.code) AS conflict_no,
    s.connection_no, s.external_id, s.code, s.inputs_hash, s.candidates, 'open' AS state, s.run_no AS since_run_no, s.run_no AS last_run_no, 1 AS runs
FROM conflict_seen AS s
WHERE NOT EXISTS (
    FROM conflict AS c WHERE c.state = 'open' AND c.connection_no = s.connection_no AND c.external_id = s.external_id AND c.code = s.code
)
