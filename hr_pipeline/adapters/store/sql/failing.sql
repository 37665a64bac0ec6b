-- Active connections whose last sync of a day itself (no replay, no approval) failed for one of these codes: how often in a row, since when,
-- and with which run they came into quarantine: the first that somebody must act on elsewhere, or the first after all the pauses. Of those, only
-- the first failure of all and the attempts that nobody typed count: by hand nobody moves the next one. And those that were in use at their last
-- attempts (nobody's failure: it neither counts nor ends anything), whatever came before.
WITH every AS (
    SELECT r.connection_no, r.run_no, r.trigger, r.code, r.started_at, r.finished_at, list_contains($elsewhere::VARCHAR[], r.code) AS elsewhere,
        coalesce(list_contains(list_concat($may_pass::VARCHAR[], $elsewhere::VARCHAR[]), r.code), FALSE) AS failed,
        coalesce(r.code = $in_use, FALSE) AS in_use
    FROM sync_run AS r
    WHERE r.trigger IN ('nightly', 'manual', 'retry')
),
tried AS (
    FROM every
    WHERE NOT in_use
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
),
failed AS (
    SELECT s.connection_no, max(s.run_no) AS run_no, arg_max(s.code, s.run_no) AS code, count(*) AS failures,
        arg_min(s.started_at, s.run_no) AS since, arg_max(s.finished_at, s.run_no) AS last_at, max(s.tries) AS tries,
        arg_max(s.finished_at, s.run_no) FILTER (s.counts) AS tried_at,
        min(s.run_no) FILTER (s.counts AND (s.elsewhere OR s.tries > $pauses)) AS entered_run_no,
        min(s.finished_at) FILTER (s.counts AND (s.elsewhere OR s.tries > $pauses)) AS entered_at
    FROM numbered AS s
    GROUP BY s.connection_no
),
before AS (
    SELECT connection_no, max(run_no) AS run_no
    FROM tried
    GROUP BY connection_no
),
waited AS (
    SELECT e.connection_no, max(e.run_no) AS run_no, count(*) AS times, arg_min(e.started_at, e.run_no) AS since,
        arg_max(e.finished_at, e.run_no) AS last_at
    FROM every AS e
    LEFT JOIN before AS b ON b.connection_no = e.connection_no
    WHERE e.in_use AND e.run_no > coalesce(b.run_no, 0)
    GROUP BY e.connection_no
)
SELECT c.connection_id, coalesce(f.run_no, w.run_no) AS run_no, coalesce(f.code, $in_use) AS code, coalesce(f.failures, w.times) AS failures,
    coalesce(f.since, w.since) AS since, coalesce(f.last_at, w.last_at) AS last_at, coalesce(f.tries, 0) AS tries,
    coalesce(f.tried_at, w.last_at) AS tried_at, f.entered_run_no, f.entered_at, coalesce(w.times, 0) AS in_use, w.last_at AS in_use_at
FROM connection AS c
LEFT JOIN failed AS f ON f.connection_no = c.connection_no
LEFT JOIN waited AS w ON w.connection_no = c.connection_no
WHERE c.active AND coalesce(f.connection_no, w.connection_no) IS NOT NULL
ORDER BY run_no
