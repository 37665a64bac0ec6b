-- Sync runs whose stored outcomes, counted one by one, are not what their counters say, or not the people of their snapshot.
SELECT r.run_no, c.connection_id, r.source, count(o.outcome) AS outcomes
FROM sync_run AS r
JOIN connection AS c USING (connection_no)
LEFT JOIN reporting.outcomes AS o ON o.sync_run_id = 'r' || r.run_no
WHERE r.run_no IN (SELECT unnest($runs::BIGINT[]))
GROUP BY ALL
HAVING count(o.outcome) <> any_value(r.source)
    OR count(*) FILTER (o.outcome = 'created') <> any_value(r.created)
    OR count(*) FILTER (o.outcome = 'linked') <> any_value(r.linked)
    OR count(*) FILTER (o.outcome = 'updated') <> any_value(r.updated)
    OR count(*) FILTER (o.outcome = 'unchanged') <> any_value(r.unchanged)
    OR count(*) FILTER (o.outcome = 'transferred') <> any_value(r.transferred)
    OR count(*) FILTER (o.outcome = 'excluded') <> any_value(r.excluded)
    OR count(*) FILTER (o.outcome = 'out_of_scope') <> any_value(r.out_of_scope)
    OR count(*) FILTER (o.outcome = 'conflict') <> any_value(r.conflict)
    OR count(*) FILTER (o.outcome = 'rejected') <> any_value(r.rejected)
    OR count(*) FILTER (o.outcome = 'held') <> any_value(r.held)
    OR count(*) FILTER (o.outcome = 'failed') <> any_value(r.failed)
ORDER BY r.run_no
