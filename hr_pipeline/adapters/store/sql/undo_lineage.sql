-- What accounts were before this run changes them: an undo goes back to it. Their values are in the versions.
INSERT INTO lineage BY NAME
SELECT n.run_no, a.account_no, a.company_no, a.connection_no, a.version_no, a.pay_no
FROM new_version AS n
JOIN account AS a ON a.account_no = n.account_no
ORDER BY a.account_no
