-- What `email_decision` says of those who came second to an e-mail (`rival_candidate`).
UPDATE unlinked_decision AS u
SET outcome = 'conflict', code = e.code, account_no = e.account_no
FROM email_decision AS e
WHERE e.connection_no = u.connection_no AND e.row = u.row AND e.code IS NOT NULL AND u.outcome IN ('created', 'linked')
