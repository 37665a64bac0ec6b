-- Links that the undone run made, of accounts that go or go back. The employment never was, so it has no dates.
INSERT INTO link_ended BY NAME
SELECT l.connection_no, l.external_id, l.account_no, l.from_run_no, u.run_no AS to_run_no, u.at AS ended_at, 'undo' AS reason, u.run_no AS by_run_no
FROM link AS l
JOIN undo_back AS b ON b.account_no = l.account_no AND (b.goes OR b.link_goes)
CROSS JOIN undoing AS u
ORDER BY l.connection_no, l.external_id
