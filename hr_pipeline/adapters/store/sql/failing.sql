-- Active connections whose last sync of a day itself (no replay, no approval) failed for one of these codes: how often in a row, since when,
-- and with which run they came into quarantine: the first that somebody must act on elsewhere, or the first after all the pauses. Of those, only
-- the first failure of all and the attempts that nobody typed count: by hand nobody moves the next one.
WITH tried AS (
    SELECT r.connection_no, r.run_no, r.trigger, r.code, r.started_at, r.finished_at, list_contains($elsewhere::VARCHAR[], r.code) AS elsewhere,
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
    SELECT t.*, t.trigger <> 'manual' OR t.run_no = min(t.run_no) OVER (PARTITION BY t.connection_no) AS counts
    FROM tried AS t
    JOIN last AS l ON l.connection_no = t.connection_no AND t.run_no > l.other_run_no
),
numbered AS (
    SELECT *, count(*) FILTER (counts) OVER (PARTITION BY connection_no ORDER BY run_no) AS tries
    FROM streak
)
SELECT c.connection_id, max(s.run_no) AS run_no, arg_max(s.code, s.run_no) AS code, count(*) AS failures,
    arg_min(s.started_at, s.run_no) AS since, arg_max(s.finished_at, s.run_no) AS last_at, max(s.tries) AS tries,
    arg_max(s.finished_at, s.run_no) FILTER (s.counts) AS tried_at,
    min(s.run_no) FILTER (s.counts AND (s.elsewhere OR s.tries > $pauses)) AS entered_run_no,
    min(s.finished_at) FILTER (s.counts AND (s.elsewhere OR s.tries > $pauses)) AS entered_at
FROM numbered AS s
JOIN connection AS c USING (connection_no)
WHERE c.active
GROUP BY c.connection_id
ORDER BY run_no
