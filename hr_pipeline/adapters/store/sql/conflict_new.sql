-- Questions that are not asked yet; one that was deferred before, with these very inputs, is not asked again.
INSERT INTO conflict BY NAME
SELECT
    (SELECT coalesce(max(conflict_no), 0) FROM conflict) + row_number() OVER (ORDER BY s.connection_no, s.external_id, s.code) AS conflict_no,
    s.connection_no, s.external_id, s.code, s.inputs_hash, s.inputs, s.candidates,
    CASE
        WHEN EXISTS (
            FROM resolution AS r
            WHERE r.ended_at IS NULL AND r.choice = 'defer' AND r.connection_no = s.connection_no AND r.external_id = s.external_id AND r.code = s.code
                AND r.inputs_hash = s.inputs_hash
        ) THEN 'deferred'
        ELSE 'open'
    END AS state,
    s.run_no AS since_run_no, s.run_no AS last_run_no, 1 AS runs
FROM conflict_seen AS s
WHERE NOT EXISTS (
    FROM conflict AS c WHERE c.state <> 'closed' AND c.connection_no = s.connection_no AND c.external_id = s.external_id AND c.code = s.code
)
