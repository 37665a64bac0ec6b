DELETE FROM account WHERE account_no IN (SELECT account_no FROM undo_back WHERE goes)
