-- Sync runs whose outcomes, counted one by one, are not the people of their snapshot.
SELECT r.run_no, c.connection_id, r.source, count(o.outcome) AS outcomes
FROM sync_run AS r
JOIN connection AS c USING (connection_no)
LEFT JOIN reporting.outcomes AS o ON o.sync_run_id = 'r' || r.run_no
WHERE r.run_no IN (SELECT unnest($runs::BIGINT[]))
GROUP BY ALL
HAVING count(o.outcome) <> r.source
    OR r.source <> r.created + r.linked + r.updated + r.unchanged + r.transferred + r.excluded + r.out_of_scope + r.conflict + r.rejected + r.held + r.failed
ORDER BY r.run_no
