-- Connections whose newest sync run was held before writing, and still waits.
SELECT c.connection_id, 'r' || r.run_no AS sync_run_id, r.code, r.plan_id, r.date
FROM connection AS c
JOIN sync_run AS r USING (connection_no)
WHERE c.active
QUALIFY row_number() OVER (PARTITION BY c.connection_no ORDER BY r.run_no DESC) = 1 AND starts_with(coalesce(r.code, ''), 'HELD_')
ORDER BY r.run_no
