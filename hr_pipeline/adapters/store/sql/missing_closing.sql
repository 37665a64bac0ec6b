-- Whom the connection's own rule (`close_missing`) closes in this run: missing in the complete snapshots of enough days in a row, this one included,
-- and under `looked_up` gone (or ended) when asked for alone. Nobody whom the provider, asked for alone, still knows; nobody whom a person
-- re-opened. The exit date is the last day the provider gave, else the last day they were listed; who would leave before they started
-- is left to a person.
CREATE OR REPLACE TEMP TABLE missing_closing AS
WITH counted AS (
    SELECT m.connection_no, m.external_id, m.account_no, m.found, m.found_last_day, b.date, b.close_missing, r.run_no,
        (
            SELECT count(DISTINCT n.date) FROM sync_run AS n
            WHERE n.connection_no = m.connection_no AND n.unchanged_derived AND n.run_no >= m.missing_from_run_no AND n.date <> b.date
                AND n.run_no NOT IN (SELECT undone_run_no FROM undo)
        ) + 1 AS times,
        (SELECT max(n.date) FROM sync_run AS n WHERE n.connection_no = m.connection_no AND n.unchanged_derived AND n.snapshot_id IS NOT NULL AND n.run_no < m.from_run_no
                AND n.run_no NOT IN (SELECT undone_run_no FROM undo)) AS last_listed,
        b.missing_runs
    FROM absence AS m
    JOIN absent AS x ON x.connection_no = m.connection_no AND x.external_id = m.external_id AND NOT x.is_expected
    JOIN batch AS b ON b.connection_no = m.connection_no AND b.close_missing <> 'never'
    JOIN run AS r ON r.connection_no = m.connection_no AND r.applied
    WHERE m.to_run_no IS NULL AND m.closed_at IS NULL AND m.reopened_by IS NULL
),
closing AS (
    SELECT c.connection_no, c.external_id, c.account_no, c.run_no, c.date, c.times, c.close_missing,
        CASE WHEN c.found = 'ended' THEN c.found_last_day ELSE c.last_listed END AS closed_on
    FROM counted AS c
    WHERE c.times >= c.missing_runs AND (c.found IN ('gone', 'ended') OR (c.close_missing = 'absent' AND c.found IS DISTINCT FROM 'there'))
)
SELECT c.*, a.version_no AS old_version_no, v.exit_date AS exit_before,
    (SELECT coalesce(max(version_no), 0) FROM account_version) + row_number() OVER (ORDER BY c.account_no) AS version_no
FROM closing AS c
JOIN account AS a ON a.account_no = c.account_no
JOIN account_version AS v ON v.version_no = a.version_no
WHERE c.closed_on IS NOT NULL AND (v.start_date IS NULL OR c.closed_on >= v.start_date) AND (v.exit_date IS NULL OR c.closed_on < v.exit_date)
