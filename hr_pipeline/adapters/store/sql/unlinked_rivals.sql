-- What the e-mail says of those who came second to it (`rival_candidate`), in the place of what was decided without it.
UPDATE unlinked_decision AS u
SET outcome = 'conflict', code = e.code, account_no = e.account_no
FROM email_decision AS e
JOIN email_candidate AS r ON r.connection_no = e.connection_no AND r.row = e.row
WHERE e.connection_no = u.connection_no AND e.row = u.row AND e.code IS NOT NULL
