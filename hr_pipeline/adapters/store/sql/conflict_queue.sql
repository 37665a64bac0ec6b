-- Conflicts that wait for somebody, the longest wait first.
SELECT conflict_id, connection_id, external_id, code, state, since, $today::DATE - since AS days, runs
FROM reporting.conflicts
WHERE state = 'open'
ORDER BY since, runs DESC, conflict_id
LIMIT $most
