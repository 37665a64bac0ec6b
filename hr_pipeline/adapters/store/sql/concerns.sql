-- Everything that stands and needs somebody, one row each, under a key that stays the same for as long as it is the same matter: a conflict
-- until it is decided or closed, a hold or an error until another code or a better end, a rejected employee until another
-- outcome. Of active connections; replays of past days and undos say nothing of how things stand. Quarantines and missed nights come
-- from the caller (`concern_in`), and whoever is in quarantine is told of as that, not as an error.
CREATE OR REPLACE TEMP TABLE concern AS
WITH given AS (
    SELECT i.key, i.kind, c.connection_no, i.code, i.reference, i.since, i.next_attempt, r.dagster_run_id, r.date AS on_date, i.times
    FROM concern_in AS i
    LEFT JOIN connection AS c USING (connection_id)
    LEFT JOIN sync_run AS r ON r.run_no = i.run_no
),
tried AS (
    SELECT r.connection_no, r.run_no, r.status, r.code, r.dagster_run_id, r.date, r.started_at
    FROM sync_run AS r
    JOIN connection AS c USING (connection_no)
    WHERE c.active AND r.trigger IN ('nightly', 'manual', 'retry', 'approval')
),
newest AS (
    SELECT connection_no, max(run_no) AS run_no, max_by(status, run_no) AS status, max_by(code, run_no) AS code, max_by(dagster_run_id, run_no) AS dagster_run_id,
        max_by(date, run_no) AS on_date,
        coalesce(max(run_no) FILTER (status <> 'error'), 0) AS fine_run_no
    FROM tried
    GROUP BY connection_no
),
ended AS (
    SELECT n.*, min(t.run_no) AS since_run_no, min(t.started_at) AS since
    FROM newest AS n
    JOIN tried AS t ON t.connection_no = n.connection_no AND t.run_no > n.fine_run_no AND t.code IS NOT DISTINCT FROM n.code
    WHERE n.status = 'error'
    GROUP BY ALL
),
run_concern AS (
    SELECT
        CASE WHEN code = 'HELD_REVIEW' THEN 'review' WHEN starts_with(coalesce(code, ''), 'HELD_') THEN 'hold' ELSE 'error' END AS kind,
        connection_no, code, 'r' || run_no AS reference, since, dagster_run_id, on_date, since_run_no
    FROM ended
),
employee_concern AS (
    SELECT CASE WHEN o.outcome = 'held' THEN 'held_employee' ELSE 'rejected' END AS kind, c.connection_no, o.code, 'r' || o.run_no AS reference,
        s.started_at AS since, r.dagster_run_id, r.date AS on_date, o.external_id, o.row, o.since_run_no
    FROM connection AS c
    JOIN outcome AS o ON o.run_no = c.last_listed_run_no
    JOIN sync_run AS r ON r.run_no = o.run_no
    JOIN sync_run AS s ON s.run_no = o.since_run_no
    WHERE c.active AND (o.outcome IN ('rejected', 'failed') OR (o.outcome = 'held' AND r.applied))
),
open_conflict AS (
    SELECT 'conflict' AS kind, k.connection_no, k.code, k.conflict_no::VARCHAR AS reference, s.started_at AS since, l.dagster_run_id, l.date AS on_date, k.conflict_no,
        (SELECT count(*) FROM resolution AS e WHERE e.conflict_no = k.conflict_no) AS decisions
    FROM conflict AS k
    JOIN connection AS c USING (connection_no)
    JOIN sync_run AS s ON s.run_no = k.since_run_no
    JOIN sync_run AS l ON l.run_no = k.last_run_no
    WHERE c.active AND k.state = 'open'
)
SELECT concat_ws('/', kind, connection_no, code, since_run_no) AS key, kind, connection_no, code, reference, since, NULL::TIMESTAMPTZ AS next_attempt,
    dagster_run_id, on_date, 1 AS times
FROM run_concern AS r
WHERE r.kind <> 'error' OR NOT EXISTS (FROM given AS q WHERE q.kind = 'quarantine' AND q.connection_no = r.connection_no)
UNION ALL BY NAME
SELECT concat_ws('/', kind, connection_no, code, coalesce(external_id, 'row ' || row), since_run_no) AS key, kind, connection_no, code, reference, since,
    dagster_run_id, on_date, 1 AS times
FROM employee_concern
UNION ALL BY NAME
SELECT concat_ws('/', kind, conflict_no, decisions) AS key, kind, connection_no, code, reference, since, dagster_run_id, on_date, 1 AS times
FROM open_conflict
UNION ALL BY NAME
SELECT *
FROM given
