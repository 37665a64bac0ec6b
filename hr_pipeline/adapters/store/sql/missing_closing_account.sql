UPDATE account AS a
SET version_no = c.version_no, exit_date = c.closed_on
FROM missing_closing AS c
WHERE a.account_no = c.account_no
