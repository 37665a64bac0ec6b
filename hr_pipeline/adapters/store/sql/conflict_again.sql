UPDATE conflict AS c
SET last_run_no = s.run_no, runs = c.runs + 1, candidates = s.candidates, inputs_hash = s.inputs_hash
FROM conflict_seen AS s
WHERE c.state = 'open' AND s.connection_no = c.connection_no AND s.external_id = c.external_id AND s.code = c.code
