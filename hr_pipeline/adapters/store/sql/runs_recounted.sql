-- Sync runs whose stored outcomes, counted one by one, are not what their counters say, or not the people of their snapshot.
-- The outcomes are those of `reporting.outcomes`, of these runs alone: through the view, the links of everybody would meet every run ever.
WITH asked AS (
    SELECT * FROM sync_run WHERE run_no IN (SELECT unnest($runs::BIGINT[]))
),
stored AS (
    SELECT o.run_no, o.external_id, o.outcome FROM outcome AS o SEMI JOIN asked USING (run_no)
),
ever_linked AS (
    SELECT connection_no, external_id, from_run_no, NULL::BIGINT AS to_run_no FROM link
    UNION ALL
    SELECT connection_no, external_id, from_run_no, to_run_no FROM link_ended
),
listed AS (
    SELECT run_no, outcome FROM stored
    UNION ALL
    SELECT r.run_no, 'unchanged'
    FROM asked AS r
    JOIN ever_linked AS l ON l.connection_no = r.connection_no AND l.from_run_no < r.run_no AND (l.to_run_no IS NULL OR l.to_run_no >= r.run_no)
    WHERE r.unchanged_derived
        AND NOT EXISTS (FROM stored AS o WHERE o.run_no = r.run_no AND o.external_id = l.external_id)
        AND NOT EXISTS (
            FROM absence AS b
            WHERE b.connection_no = l.connection_no AND b.external_id = l.external_id AND b.from_run_no <= r.run_no
                AND (b.to_run_no IS NULL OR b.to_run_no > r.run_no)
        )
)
SELECT r.run_no, c.connection_id, r.source, count(o.outcome) AS outcomes
FROM asked AS r
JOIN connection AS c USING (connection_no)
LEFT JOIN listed AS o ON o.run_no = r.run_no
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
