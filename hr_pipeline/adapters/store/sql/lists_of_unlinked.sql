-- The list that each connection's people without an account are in: the one decided about last, or, where none was, the one pulled last.
-- And who they are: `there` are in it, `perhaps` (let go of once, by an undo or for another connection) may be; null where no id tells them all.
WITH asked AS (
    SELECT connection_no, connection_id, last_listed_run_no
    FROM connection
    WHERE $connection_id::VARCHAR IS NULL OR connection_id = $connection_id
),
turned_away AS (
    SELECT n.connection_no, CASE WHEN count(*) = count(o.external_id) THEN list(DISTINCT o.external_id) END AS ids
    FROM asked AS n
    JOIN outcome AS o ON o.run_no = n.last_listed_run_no
    ANTI JOIN link AS l ON l.connection_no = n.connection_no AND l.external_id = o.external_id
    GROUP BY n.connection_no
),
let_go AS (
    SELECT e.connection_no, list(DISTINCT e.external_id) AS ids
    FROM link_ended AS e
    ANTI JOIN link AS l ON l.connection_no = e.connection_no AND l.external_id = e.external_id
    GROUP BY e.connection_no
),
newest AS (
    SELECT connection_no, max_by(snapshot_id, pulled_at) AS snapshot_id FROM snapshot GROUP BY connection_no
)
SELECT n.connection_no, n.connection_id, s.snapshot_id,
    CASE WHEN n.last_listed_run_no IS NOT NULL AND (t.connection_no IS NULL OR t.ids IS NOT NULL) THEN coalesce(t.ids, []) END AS there,
    coalesce(g.ids, []) AS perhaps
FROM asked AS n
LEFT JOIN turned_away AS t ON t.connection_no = n.connection_no
LEFT JOIN let_go AS g ON g.connection_no = n.connection_no
LEFT JOIN sync_run AS r ON r.run_no = n.last_listed_run_no
LEFT JOIN newest AS w ON w.connection_no = n.connection_no
JOIN snapshot AS s ON s.snapshot_id = coalesce(r.snapshot_id, w.snapshot_id)
WHERE n.last_listed_run_no IS NULL OR t.connection_no IS NOT NULL OR g.connection_no IS NOT NULL
ORDER BY n.connection_no
