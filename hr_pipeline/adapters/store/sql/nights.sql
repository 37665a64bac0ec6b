-- How the sync runs of each date ended: the last one of each connection, since a first date. `held` is the part of `error` that waits for a person.
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
    SELECT *
    FROM counted
    WHERE NOT replayed AND (was_asked OR NOT was_replayed)
    QUALIFY row_number() OVER (PARTITION BY date, connection_no ORDER BY run_no DESC) = 1
)
SELECT date, count(*) AS connections, count(*) FILTER (status = 'success') AS success, count(*) FILTER (status = 'partial') AS partial,
    count(*) FILTER (status = 'error') AS error, count(*) FILTER (starts_with(code, 'HELD_')) AS held_runs,
    sum(source)::BIGINT AS employees, sum(created)::BIGINT AS created, sum(linked)::BIGINT AS linked, sum(updated)::BIGINT AS updated,
    sum(unchanged)::BIGINT AS unchanged, sum(transferred)::BIGINT AS transferred, sum(excluded + out_of_scope)::BIGINT AS left_out,
    sum(conflict)::BIGINT AS conflict, sum(rejected)::BIGINT AS rejected, sum(held)::BIGINT AS held, sum(failed)::BIGINT AS failed,
    round(max(epoch(finished_at - started_at)), 1)::DOUBLE AS seconds
FROM last
GROUP BY date
ORDER BY date
