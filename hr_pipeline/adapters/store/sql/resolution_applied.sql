UPDATE resolution AS r
SET ended_at = $now, ended_by_run_no = n.run_no, ended_why = 'applied'
FROM settled AS s
JOIN decision AS d ON d.connection_no = s.connection_no AND d.row = s.row AND d.outcome IN ('created', 'linked', 'transferred')
JOIN run AS n ON n.connection_no = s.connection_no AND n.applied
WHERE r.resolution_no = s.resolution_no
