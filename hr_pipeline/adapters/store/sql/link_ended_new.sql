-- The former employments of those who are tied anew: by a transfer, or hired again under another id. Where the link's own connection is
-- part of the batch, its run tonight is the last that may derive an outcome from it.
INSERT INTO link_ended BY NAME
SELECT
    l.connection_no, l.external_id, l.account_no, l.from_run_no,
    coalesce(r.run_no, n.run_no) AS to_run_no,
    $now AS ended_at, n.run_no AS by_run_no,
    CASE WHEN s.choice = 'transfer' THEN 'transfer' ELSE 'rehire' END AS reason,
    v.start_date AS started_on,
    coalesce(v.exit_date, greatest(v.start_date, x.start_date - 1)) AS ended_on
FROM new_version AS n
JOIN settled AS s ON s.connection_no = n.connection_no AND s.row = n.row
JOIN change AS x ON x.connection_no = n.connection_no AND x.row = n.row
JOIN account_version AS v ON v.version_no = x.version_no
JOIN link AS l ON l.account_no = n.account_no
LEFT JOIN run AS r ON r.connection_no = l.connection_no
WHERE n.is_new_link
