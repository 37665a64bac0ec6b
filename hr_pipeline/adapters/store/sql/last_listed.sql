-- The day of the last run that listed each `absentee` before they were absent: one that applied, while they were linked, outside of every
-- other absence. Runs that were undone, and undos, list nobody.
CREATE OR REPLACE TEMP TABLE last_listed AS
WITH tied AS (
    SELECT connection_no, external_id, from_run_no, 9223372036854775807 AS to_run_no FROM link
    UNION ALL
    SELECT connection_no, external_id, from_run_no, to_run_no FROM link_ended
),
listing AS (
    SELECT n.connection_no, n.run_no, n.date
    FROM sync_run AS n
    WHERE n.unchanged_derived AND n.snapshot_id IS NOT NULL AND n.run_no NOT IN (SELECT undone_run_no FROM undo)
)
SELECT w.connection_no, w.external_id, max(n.date) AS date
FROM absentee AS w
JOIN tied AS k ON k.connection_no = w.connection_no AND k.external_id = w.external_id
JOIN listing AS n ON n.connection_no = k.connection_no AND n.run_no >= k.from_run_no AND n.run_no < least(k.to_run_no, w.since_run_no)
LEFT JOIN absence AS o
    ON o.connection_no = w.connection_no AND o.external_id = w.external_id AND n.run_no >= o.from_run_no AND n.run_no < o.to_run_no
WHERE o.connection_no IS NULL
GROUP BY ALL
