-- On how many days complete snapshots that were applied did not list somebody, from a run on.
CREATE OR REPLACE TEMP MACRO days_missing(of_connection_no, from_run, until_run, besides_date) AS (
    SELECT count(DISTINCT n.date)
    FROM sync_run AS n
    WHERE n.connection_no = of_connection_no AND n.unchanged_derived AND n.run_no >= from_run AND n.run_no < coalesce(until_run, 9223372036854775807)
        AND n.date IS DISTINCT FROM besides_date AND n.run_no NOT IN (SELECT undone_run_no FROM undo)
);
