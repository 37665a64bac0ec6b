-- Active connections whose people are of no later day than a given one, the longest first: the day of the last snapshot that was applied
-- (null: none ever; then the day it was connected counts), and how the newest attempt ended.
WITH known AS (
    SELECT c.connection_no, c.connection_id, max(r.date) FILTER (r.applied) AS last_date, c.created_at::DATE AS connected_on,
        max_by(r.run_no, (r.date, r.run_no)) AS run_no
    FROM connection AS c
    LEFT JOIN sync_run AS r ON r.connection_no = c.connection_no AND r."trigger" <> 'undo'
    WHERE c.active
    GROUP BY ALL
)
SELECT k.connection_id, k.last_date, datediff('day', coalesce(k.last_date, k.connected_on), $today::DATE) AS days, n.status, n.code,
    'r' || n.run_no AS sync_run_id
FROM known AS k
LEFT JOIN sync_run AS n ON n.run_no = k.run_no
WHERE coalesce(k.last_date, k.connected_on) <= $latest::DATE
ORDER BY days DESC, k.connection_id
