-- What waits for somebody at the newest sync run of each active connection: the whole run, held before writing, or rows of a run that
-- was applied without them. Since when: the first of the held runs in a row; of rows, the run their outcome has stood since.
-- An undo takes nobody's place (`run_held.sql`).
WITH last AS (
    SELECT connection_no, max(run_no) AS run_no, coalesce(max(run_no) FILTER (applied), 0) AS applied_run_no
    FROM sync_run
    WHERE trigger <> 'undo'
    GROUP BY connection_no
),
newest AS (
    SELECT c.connection_id, l.applied_run_no, r.*
    FROM last AS l
    JOIN sync_run AS r USING (run_no)
    JOIN connection AS c ON c.connection_no = l.connection_no
    WHERE c.active
),
run_held AS (
    SELECT n.connection_no, n.connection_id, n.run_no, n.plan_id, n.code, n.detail, n.held AS people, p.buckets, min(h.date) AS since, count(*) AS runs
    FROM newest AS n
    JOIN sync_run AS h ON h.connection_no = n.connection_no AND h.run_no > n.applied_run_no AND starts_with(coalesce(h.code, ''), 'HELD_')
        AND h.trigger <> 'undo'
    LEFT JOIN plan AS p ON p.plan_id = n.plan_id
    WHERE starts_with(coalesce(n.code, ''), 'HELD_')
    GROUP BY ALL
),
rows_held AS (
    SELECT n.connection_no, n.connection_id, n.run_no, n.plan_id, o.code, NULL::VARCHAR AS detail, count(*) AS people, NULL::VARCHAR AS buckets,
        min(s.date) AS since, max(o.runs) AS runs
    FROM newest AS n
    JOIN outcome AS o USING (run_no)
    JOIN sync_run AS s ON s.run_no = o.since_run_no
    WHERE n.applied AND o.outcome = 'held' AND starts_with(coalesce(o.code, ''), 'HELD_')
    GROUP BY ALL
)
SELECT connection_id, 'r' || run_no AS sync_run_id, code, plan_id, detail, people, buckets, since, runs, 'run' AS scope
FROM run_held
UNION ALL BY NAME
SELECT connection_id, 'r' || run_no AS sync_run_id, code, plan_id, detail, people, buckets, since, runs, 'rows' AS scope
FROM rows_held
ORDER BY since, connection_id, code
