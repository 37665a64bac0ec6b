-- A conflict with what its decision has to be checked against.
SELECT
    k.connection_no, c.connection_id, c.active, c.company_no, m.group_name, k.external_id, k.code, k.candidates, k.inputs, k.inputs_hash, k.state,
    EXISTS (FROM link AS l WHERE l.connection_no = k.connection_no AND l.external_id = k.external_id) AS is_linked,
    (SELECT r.choice || ' ' || r.ended_why FROM resolution AS r WHERE r.conflict_no = k.conflict_no AND r.ended_at IS NOT NULL ORDER BY r.resolution_no DESC LIMIT 1) AS ended_why
FROM conflict AS k
JOIN connection AS c ON c.connection_no = k.connection_no
JOIN company AS m ON m.company_no = c.company_no
WHERE k.conflict_no = $conflict_no
