-- Missing again, from the undo on: the undone run did list them, or a link that it ended is back.
INSERT INTO absence BY NAME
SELECT a.* REPLACE (
    u.run_no AS from_run_no, NULL AS to_run_no, CASE WHEN a.missing_from_run_no IS NOT NULL THEN u.run_no END AS missing_from_run_no,
    NULL AS missing_to_run_no
)
FROM absence AS a
CROSS JOIN undoing AS u
JOIN undo_absence AS x ON x.connection_no = a.connection_no AND x.external_id = a.external_id AND x.from_run_no = a.from_run_no AND NOT x.was_opened
SEMI JOIN link AS l ON l.connection_no = a.connection_no AND l.external_id = a.external_id AND l.account_no = a.account_no
WHERE a.to_run_no IS NOT NULL
