-- The list that each connection's people without an account are in: the one decided about last, or, where none was, the one pulled last.
WITH asked AS (
    SELECT connection_no, connection_id, last_listed_run_no
    FROM connection
    WHERE $connection_id::VARCHAR IS NULL OR connection_id = $connection_id
),
turned_away AS (
    SELECT DISTINCT n.connection_no
    FROM asked AS n
    JOIN outcome AS o ON o.run_no = n.last_listed_run_no
    ANTI JOIN link AS l ON l.connection_no = n.connection_no AND l.external_id = o.external_id
),
let_go AS (
    SELECT DISTINCT e.connection_no
    FROM link_ended AS e
    ANTI JOIN link AS l ON l.connection_no = e.connection_no AND l.external_id = e.external_id
),
newest AS (
    SELECT connection_no, max_by(snapshot_id, pulled_at) AS snapshot_id FROM snapshot GROUP BY connection_no
)
SELECT n.connection_no, n.connection_id, s.snapshot_id, n.last_listed_run_no
FROM asked AS n
LEFT JOIN sync_run AS r ON r.run_no = n.last_listed_run_no
LEFT JOIN newest AS w ON w.connection_no = n.connection_no
JOIN snapshot AS s ON s.snapshot_id = coalesce(r.snapshot_id, w.snapshot_id)
WHERE n.last_listed_run_no IS NULL OR n.connection_no IN (FROM turned_away) OR n.connection_no IN (FROM let_go)
ORDER BY n.connection_no
