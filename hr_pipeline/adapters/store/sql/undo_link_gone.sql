DELETE FROM link WHERE account_no IN (SELECT account_no FROM undo_back WHERE goes OR link_goes)
