-- The newest facts applied are again those before the undone run: the next sync, or a backfill, may bring that day's anew. Without an
-- earlier run the next one is a first sync, with its review. What the provider last listed stays known.
UPDATE connection AS c
SET last_run_no = p.run_no, last_applied_date = p.date
FROM undoing AS u
LEFT JOIN (
    SELECT r.run_no, r.date
    FROM sync_run AS r JOIN undoing AS o ON o.connection_no = r.connection_no AND r.run_no < o.undone_run_no
    WHERE r.unchanged_derived AND r.run_no NOT IN (SELECT undone_run_no FROM undo)
    ORDER BY r.run_no DESC LIMIT 1
) AS p ON TRUE
WHERE c.connection_no = u.connection_no AND c.last_run_no = u.undone_run_no
