-- Absences that the undone run opened or ended: its snapshot counts for nothing any more, unless a later run has seen the same.
CREATE OR REPLACE TEMP TABLE undo_absence AS
WITH later AS (
    SELECT min(r.run_no) AS run_no
    FROM sync_run AS r
    JOIN undoing AS u ON u.connection_no = r.connection_no AND r.run_no > u.undone_run_no
    WHERE r.unchanged_derived AND r.run_no NOT IN (SELECT undone_run_no FROM undo)
)
SELECT a.connection_no, a.external_id, a.account_no, a.to_run_no IS NULL AS was_opened, l.run_no AS by_run_no
FROM absence AS a
JOIN undoing AS u ON u.connection_no = a.connection_no
SEMI JOIN link AS k ON k.connection_no = a.connection_no AND k.external_id = a.external_id AND k.account_no = a.account_no
CROSS JOIN later AS l
WHERE (a.from_run_no = u.undone_run_no AND a.to_run_no IS NULL)
    OR (
        a.to_run_no = u.undone_run_no AND l.run_no IS NULL
        AND NOT EXISTS (FROM absence AS o WHERE o.connection_no = a.connection_no AND o.external_id = a.external_id AND o.to_run_no IS NULL)
        AND NOT EXISTS (FROM undo_back AS b WHERE b.account_no = a.account_no AND b.goes)
    )
