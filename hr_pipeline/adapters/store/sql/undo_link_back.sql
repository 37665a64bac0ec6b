-- Links that the undone run ended come back, from the undo on: the runs in between did not list the employee under them.
INSERT INTO link BY NAME
SELECT e.connection_no, e.external_id, e.account_no, 0 AS row_hash, u.run_no AS from_run_no
FROM link_ended AS e
CROSS JOIN undoing AS u
JOIN undo_back AS b ON b.account_no = e.account_no AND b.link_goes
WHERE e.by_run_no = u.undone_run_no AND e.reason <> 'undone'
ORDER BY e.connection_no, e.external_id
