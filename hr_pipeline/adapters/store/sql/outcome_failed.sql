-- Everybody of a connection whose plan could not be applied.
INSERT INTO outcome BY NAME
SELECT $run_no AS run_no, row::INTEGER AS row, external_id, 'failed' AS outcome, $code AS code, $run_no AS since_run_no, 1 AS runs
FROM staged
WHERE connection_no = $connection_no
