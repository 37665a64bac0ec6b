-- Conflicts of this run, one per employee and code: a question that stays keeps its number, its start and its count. An older list asks
-- nothing: newer ones have settled what was open then, or ask it themselves.
CREATE OR REPLACE TEMP TABLE conflict_seen AS
SELECT d.connection_no, d.external_id, d.code, r.run_no, r.applied AS settles,
    coalesce(max(k.candidates), '[]') AS candidates,
    min_by(i.inputs, d.row) AS inputs,
    coalesce(bit_xor(i.inputs_hash), 0) AS inputs_hash
FROM decision AS d
JOIN run AS r ON r.connection_no = d.connection_no
JOIN batch AS b ON b.connection_no = d.connection_no
LEFT JOIN candidate AS k ON k.connection_no = d.connection_no AND k.row = d.row
LEFT JOIN conflict_input AS i ON i.connection_no = d.connection_no AND i.row = d.row
WHERE d.outcome = 'conflict' AND r.listed AND NOT b.is_older
GROUP BY ALL
