-- Absences that the undone run opened or ended: its snapshot counts for nothing any more, unless a later run has seen the same. One that an
-- undo has opened once more is still its first run's. And those of links that come back, which were open when the undone run came: nobody
-- could be listed, or missing, under them since.
CREATE OR REPLACE TEMP TABLE undo_absence AS
WITH later AS (
    SELECT min(r.run_no) AS run_no
    FROM sync_run AS r
    JOIN undoing AS u ON u.connection_no = r.connection_no AND r.run_no > u.undone_run_no
    WHERE r.unchanged_derived AND r.run_no NOT IN (SELECT undone_run_no FROM undo)
)
SELECT a.connection_no, a.external_id, a.account_no, a.from_run_no, a.to_run_no IS NULL AS was_opened, l.run_no AS by_run_no
FROM absence AS a
JOIN undoing AS u ON u.connection_no = a.connection_no
SEMI JOIN link AS k ON k.connection_no = a.connection_no AND k.external_id = a.external_id AND k.account_no = a.account_no
CROSS JOIN later AS l
WHERE (
        a.to_run_no IS NULL
        AND u.undone_run_no = (
            SELECT max(o.from_run_no) FROM absence AS o
            WHERE o.connection_no = a.connection_no AND o.external_id = a.external_id AND o.account_no = a.account_no
                AND o.from_run_no NOT IN (SELECT run_no FROM undo)
        )
    )
    OR (
        a.to_run_no = u.undone_run_no AND l.run_no IS NULL
        AND NOT EXISTS (FROM absence AS o WHERE o.connection_no = a.connection_no AND o.external_id = a.external_id AND o.to_run_no IS NULL)
        AND NOT EXISTS (FROM undo_back AS b WHERE b.account_no = a.account_no AND b.goes)
    )
UNION
(
    SELECT a.connection_no, a.external_id, a.account_no, a.from_run_no, FALSE, NULL
    FROM link_ended AS e
    JOIN undoing AS u ON u.undone_run_no = e.by_run_no
    SEMI JOIN (SELECT account_no FROM undo_back WHERE link_goes) AS b ON b.account_no = e.account_no
    JOIN absence AS a ON a.connection_no = e.connection_no AND a.external_id = e.external_id AND a.account_no = e.account_no
    WHERE e.reason <> 'undone' AND coalesce(a.to_run_no >= u.undone_run_no, TRUE)
    -- One that nobody has ended needs no second one.
    QUALIFY a.to_run_no IS NOT NULL AND row_number() OVER (PARTITION BY a.connection_no, a.external_id ORDER BY a.to_run_no DESC NULLS FIRST) = 1
)
