-- Conflicts that are not closed, by connection and code: in which state they are, and how long the oldest question has waited.
SELECT connection_id, code, count(*) AS conflicts, count(*) FILTER (state = 'open') AS open, count(*) FILTER (state = 'decided') AS decided,
    count(*) FILTER (state = 'deferred') AS deferred, coalesce(max($today::DATE - since) FILTER (state = 'open'), 0) AS oldest_days,
    coalesce(max(runs) FILTER (state = 'open'), 0) AS oldest_runs
FROM reporting.conflicts
WHERE state <> 'closed'
GROUP BY connection_id, code
ORDER BY oldest_days DESC, open DESC, connection_id, code
