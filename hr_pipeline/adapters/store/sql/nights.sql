-- How the sync runs of each date ended, since a first date. Statuses and whoever stands somewhere (unchanged, conflict, rejected, held …) are those of
-- the newest run of each connection; what was changed (created, linked, updated, transferred) is summed over all of its runs of that date, so that a
-- company synchronised again does not take the night's changes away. `held_runs` is the part of `error` that waits for a person.
-- A night is what the provider was asked that day. A past day that a backfill (or its retry) replays is none, nor is what lets such a replay go on.
WITH told AS (
    SELECT *, "trigger" IN ('backfill', 'retry') AND started_at::DATE > date AS replayed
    FROM sync_run
    WHERE date >= $first AND "trigger" <> 'undo'
),
counted AS (
    SELECT *, bool_or(replayed) OVER day AS was_replayed, bool_or(NOT replayed AND "trigger" <> 'approval') OVER day AS was_asked
    FROM told
    WINDOW day AS (PARTITION BY date, connection_no)
),
last AS (
    SELECT date, status, code, source, unchanged, excluded, out_of_scope, conflict, rejected, held, failed,
        sum(created) OVER day AS created, sum(linked) OVER day AS linked, sum(updated) OVER day AS updated, sum(transferred) OVER day AS transferred,
        max(epoch(finished_at - started_at)) OVER day AS seconds
    FROM counted
    WHERE NOT replayed AND (was_asked OR NOT was_replayed)
    WINDOW day AS (PARTITION BY date, connection_no)
    QUALIFY row_number() OVER (PARTITION BY date, connection_no ORDER BY run_no DESC) = 1
)
SELECT date, count(*) AS connections, count(*) FILTER (status = 'success') AS success, count(*) FILTER (status = 'partial') AS partial,
    count(*) FILTER (status = 'error') AS error, count(*) FILTER (starts_with(code, 'HELD_')) AS held_runs,
    sum(source)::BIGINT AS employees, sum(created)::BIGINT AS created, sum(linked)::BIGINT AS linked, sum(updated)::BIGINT AS updated,
    sum(unchanged)::BIGINT AS unchanged, sum(transferred)::BIGINT AS transferred, sum(excluded)::BIGINT AS excluded, sum(out_of_scope)::BIGINT AS out_of_scope,
    sum(conflict)::BIGINT AS conflict, sum(rejected)::BIGINT AS rejected, sum(held)::BIGINT AS held, sum(failed)::BIGINT AS failed,
    round(max(seconds), 1)::DOUBLE AS seconds
FROM last
GROUP BY date
ORDER BY date
