-- The day of the last run before a run that listed somebody: one that applied, while they were linked, outside of every absence. Runs that
-- were undone, and undos, list nobody.
CREATE OR REPLACE TEMP MACRO last_listed(of_connection_no, of_external_id, before_run_no) AS (
    SELECT max(n.date)
    FROM (
        SELECT connection_no, external_id, from_run_no, 9223372036854775807 AS to_run_no FROM link
        UNION ALL
        SELECT connection_no, external_id, from_run_no, to_run_no FROM link_ended
    ) AS k
    JOIN sync_run AS n ON n.connection_no = k.connection_no AND n.run_no >= k.from_run_no AND n.run_no < k.to_run_no
    WHERE k.connection_no = of_connection_no AND k.external_id = of_external_id AND n.run_no < before_run_no
        AND n.unchanged_derived AND n.snapshot_id IS NOT NULL AND n.run_no NOT IN (SELECT undone_run_no FROM undo)
        AND NOT EXISTS (
            FROM absence AS o
            WHERE o.connection_no = k.connection_no AND o.external_id = k.external_id AND n.run_no >= o.from_run_no AND n.run_no < o.to_run_no
        )
);

-- On how many days complete snapshots that were applied did not list somebody, from a run on.
CREATE OR REPLACE TEMP MACRO days_missing(of_connection_no, from_run, until_run, besides_date) AS (
    SELECT count(DISTINCT n.date)
    FROM sync_run AS n
    WHERE n.connection_no = of_connection_no AND n.unchanged_derived AND n.run_no >= from_run AND n.run_no < coalesce(until_run, 9223372036854775807)
        AND n.date IS DISTINCT FROM besides_date AND n.run_no NOT IN (SELECT undone_run_no FROM undo)
);
