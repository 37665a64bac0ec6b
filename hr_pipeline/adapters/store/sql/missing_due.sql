-- Whom the connection's own rule (`close_missing`) closes by this plan: missing in the complete snapshots of enough days in a row, this one
-- included, and under `looked_up` gone (or ended) when asked for alone. Nobody whom the provider, asked for alone, still knows; nobody whom a
-- person re-opened. The exit date is the last day the provider gave, else the last day they were listed; who would leave before they started
-- is left to a person.
CREATE OR REPLACE TEMP TABLE missing_due AS
WITH counted AS (
    SELECT x.connection_no, x.external_id, x.account_no, m.found, m.found_last_day, b.date, b.close_missing, b.missing_runs,
        -- Who was left out, or past a last day, starts to count with this snapshot.
        1 + CASE WHEN m.missing_from_run_no IS NULL OR m.missing_to_run_no IS NOT NULL THEN 0
            ELSE days_missing(m.connection_no, m.missing_from_run_no, NULL, b.date)
        END AS times,
        l.date AS last_listed
    FROM absent AS x
    JOIN batch AS b ON b.connection_no = x.connection_no AND b.close_missing <> 'never'
    LEFT JOIN absence AS m ON m.connection_no = x.connection_no AND m.external_id = x.external_id AND m.to_run_no IS NULL
    LEFT JOIN last_listed AS l ON l.connection_no = x.connection_no AND l.external_id = x.external_id
    WHERE NOT x.is_expected AND m.closed_at IS NULL AND m.reopened_by IS NULL
),
closing AS (
    SELECT *, CASE WHEN found = 'ended' THEN found_last_day ELSE last_listed END AS closed_on
    FROM counted
    WHERE times >= missing_runs AND (found IN ('gone', 'ended') OR (close_missing = 'absent' AND found IS DISTINCT FROM 'there'))
)
SELECT c.connection_no, c.external_id, c.account_no, c.date, c.times, c.close_missing, c.closed_on, a.version_no AS old_version_no, v.exit_date AS exit_before
FROM closing AS c
JOIN account AS a ON a.account_no = c.account_no
JOIN account_version AS v ON v.version_no = a.version_no
WHERE c.closed_on IS NOT NULL AND (v.start_date IS NULL OR c.closed_on >= v.start_date) AND (v.exit_date IS NULL OR c.closed_on < v.exit_date)
