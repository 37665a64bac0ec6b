-- What the undone run said of pay was never so, on no day; it stays on record.
UPDATE pay_version AS p
SET undone_by_run_no = u.run_no
FROM undoing AS u
WHERE p.run_no = u.undone_run_no AND p.account_no IN (SELECT account_no FROM undo_back WHERE pay_goes OR goes)
