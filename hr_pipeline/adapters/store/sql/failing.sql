-- Active connections whose last sync of a day itself (no replay, no approval) failed for one of these codes: how often in a row, since when.
WITH tried AS (
    SELECT r.*
    FROM sync_run AS r
    JOIN connection AS c USING (connection_no)
    WHERE c.active AND r.trigger IN ('nightly', 'manual', 'retry')
),
judged AS (
    SELECT connection_no, run_no, code, date, finished_at, coalesce(list_contains($codes::VARCHAR[], code), FALSE) AS may_pass
    FROM tried
),
last AS (
    SELECT connection_no, max(run_no) AS run_no, coalesce(max(run_no) FILTER (NOT may_pass), 0) AS other_run_no
    FROM judged
    GROUP BY connection_no
)
SELECT c.connection_id, 'r' || l.run_no AS sync_run_id, l.run_no, arg_max(j.code, j.run_no) AS code, count(*) AS failures, min(j.date) AS since,
    max(j.finished_at) AS last_at
FROM last AS l
JOIN judged AS j ON j.connection_no = l.connection_no AND j.run_no > l.other_run_no
JOIN connection AS c ON c.connection_no = l.connection_no
GROUP BY c.connection_id, l.run_no
ORDER BY l.run_no
