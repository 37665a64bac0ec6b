-- Active connections whose last sync of a day itself (no replay, no approval) failed for one of these codes: how often in a row, since when,
-- and with which run they came into quarantine: the first that somebody must act on elsewhere, or the first after all the pauses.
WITH tried AS (
    SELECT r.connection_no, r.run_no, r.code, r.date, r.finished_at, list_contains($elsewhere::VARCHAR[], r.code) AS elsewhere,
        coalesce(list_contains(list_concat($may_pass::VARCHAR[], $elsewhere::VARCHAR[]), r.code), FALSE) AS failed
    FROM sync_run AS r
    WHERE r.trigger IN ('nightly', 'manual', 'retry')
),
last AS (
    SELECT connection_no, max(run_no) AS run_no, coalesce(max(run_no) FILTER (NOT failed), 0) AS other_run_no
    FROM tried
    GROUP BY connection_no
    HAVING max(run_no) > other_run_no
),
streak AS (
    SELECT t.*, row_number() OVER (PARTITION BY t.connection_no ORDER BY t.run_no) AS failures
    FROM tried AS t
    JOIN last AS l ON l.connection_no = t.connection_no AND t.run_no > l.other_run_no
)
SELECT c.connection_id, max(s.run_no) AS run_no, arg_max(s.code, s.run_no) AS code, count(*) AS failures, min(s.date) AS since,
    arg_max(s.finished_at, s.run_no) AS last_at, min(s.run_no) FILTER (s.elsewhere OR s.failures > $pauses) AS entered_run_no,
    min(s.finished_at) FILTER (s.elsewhere OR s.failures > $pauses) AS entered_at
FROM streak AS s
JOIN connection AS c USING (connection_no)
WHERE c.active
GROUP BY c.connection_id
ORDER BY run_no
