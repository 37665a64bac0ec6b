-- The newest sync run of each active connection: the last attempt at the latest day. A replay of an earlier day says nothing of how things
-- stand, and neither does an undo, which asks nothing of a provider.
SELECT max_by(r.run_no, (r.date, r.run_no)) AS run_no
FROM connection AS c
JOIN sync_run AS r USING (connection_no)
WHERE c.active AND r."trigger" <> 'undo'
GROUP BY c.connection_no
ORDER BY run_no
