-- Decisions whose question is asked anew: it rests on other inputs by now, or a run that applied could not carry the decision out.
UPDATE resolution AS r
SET ended_at = $now, ended_by_run_no = s.run_no, ended_why = CASE WHEN s.inputs_hash <> r.inputs_hash OR s.code <> r.code THEN 'inputs changed' ELSE 'not possible' END
FROM conflict_seen AS s
WHERE r.ended_at IS NULL AND r.connection_no = s.connection_no AND r.external_id = s.external_id AND (r.code = s.code OR r.choice <> 'defer')
    AND s.settles AND (s.inputs_hash <> r.inputs_hash OR r.choice IN ('link', 'create', 'transfer'))
