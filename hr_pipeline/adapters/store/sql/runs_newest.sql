-- The newest sync run of each active connection; an undo asks nothing of a provider and is none.
SELECT max(r.run_no) AS run_no
FROM connection AS c
JOIN sync_run AS r USING (connection_no)
WHERE c.active AND r."trigger" <> 'undo'
GROUP BY c.connection_no
ORDER BY run_no
