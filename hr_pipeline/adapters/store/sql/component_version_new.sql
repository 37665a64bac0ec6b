INSERT INTO component_version BY NAME
SELECT p.pay_no, p.account_no, c.code, c.label, c.amount, c.currency, c.frequency, c.valid_from AS effective_from, c.valid_to + 1 AS effective_until
FROM (
    SELECT connection_no, row, pay_no, account_no FROM new_account WHERE pay_no IS NOT NULL
    UNION ALL
    SELECT connection_no, row, pay_no, account_no FROM new_version WHERE pay_changes
) AS p
JOIN staged_component AS c ON c.connection_no = p.connection_no AND c.row = p.row
ORDER BY p.account_no
