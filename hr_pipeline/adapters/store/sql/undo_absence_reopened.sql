-- A rule closed them in the undone run: that is taken back like a person's re-opening, so that the rule does not close them again at once.
UPDATE absence AS a
SET closed_on = NULL, closed_at = NULL, closed_run_no = NULL, closed_by = NULL, closed_reason = NULL, reopened_by = u.owner, reopened_reason = u.reason
FROM undoing AS u
WHERE a.closed_run_no = u.undone_run_no AND a.account_no IN (SELECT account_no FROM undo_back WHERE list_contains(fields, 'exit_date'))
