-- Kept snapshots, newest first, with the sync runs that used each.
WITH used AS (
    SELECT snapshot_id, list('r' || run_no ORDER BY run_no) AS runs FROM sync_run WHERE snapshot_id IS NOT NULL GROUP BY snapshot_id
)
SELECT s.snapshot_id, c.connection_id, s.date, s.pulled_at, s.employees, s.pay_records, s.bytes, coalesce(u.runs, []) AS runs,
    row_number() OVER (PARTITION BY s.connection_no ORDER BY s.pulled_at DESC, s.snapshot_id) = 1 AS newest
FROM snapshot AS s
JOIN connection AS c USING (connection_no)
LEFT JOIN used AS u ON u.snapshot_id = s.snapshot_id
WHERE $connection_id IS NULL OR c.connection_id = $connection_id
ORDER BY s.pulled_at DESC, c.connection_id
