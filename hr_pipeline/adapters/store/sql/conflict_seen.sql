-- Conflicts of this run, one per employee and code: a question that stays keeps its number, its start and its count.
CREATE OR REPLACE TEMP TABLE conflict_seen AS
SELECT d.connection_no, d.external_id, d.code, r.run_no,
    coalesce(max(k.candidates), '[]') AS candidates,
    coalesce(bit_xor(k.inputs), 0) AS inputs_hash
FROM decision AS d
JOIN run AS r ON r.connection_no = d.connection_no
LEFT JOIN candidate AS k ON k.connection_no = d.connection_no AND k.row = d.row
WHERE d.outcome = 'conflict' AND r.listed
GROUP BY d.connection_no, d.external_id, d.code, r.run_no
