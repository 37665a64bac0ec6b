-- What the accounts were before: an undo goes back to it.
INSERT INTO lineage BY NAME
SELECT c.run_no, a.account_no, a.company_no, a.connection_no, a.version_no, a.pay_no
FROM missing_closing AS c
JOIN account AS a ON a.account_no = c.account_no
ORDER BY a.account_no
