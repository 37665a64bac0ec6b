-- … and nobody has moved or come back.
UPDATE link_ended
SET reason = 'undone'
WHERE by_run_no = (SELECT undone_run_no FROM undoing) AND account_no IN (SELECT account_no FROM undo_back WHERE link_goes)
