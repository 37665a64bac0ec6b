-- A question that is asked again. What was decided or deferred stays so while its inputs do; a decision that could not be carried out by a
-- run that applied is open again too. A held run takes no decision back.
UPDATE conflict AS c
SET last_run_no = s.run_no, runs = c.runs + 1, candidates = s.candidates,
    inputs_hash = CASE WHEN s.settles OR c.state = 'open' THEN s.inputs_hash ELSE c.inputs_hash END,
    inputs = CASE WHEN s.settles OR c.state = 'open' THEN s.inputs ELSE c.inputs END,
    state = CASE WHEN s.settles AND (c.inputs_hash <> s.inputs_hash OR c.state = 'decided') THEN 'open' ELSE c.state END,
    changed = CASE
        WHEN s.settles AND c.inputs_hash <> s.inputs_hash AND c.state <> 'open' THEN list_sort(list_filter(
            list_distinct(list_concat(map_keys(c.inputs), map_keys(s.inputs))), lambda part: c.inputs[part] IS DISTINCT FROM s.inputs[part]
        ))
        ELSE c.changed
    END
FROM conflict_seen AS s
WHERE c.state <> 'closed' AND s.connection_no = c.connection_no AND s.external_id = c.external_id AND s.code = c.code
