-- Periods travel with the pay they came with.
INSERT INTO period_version BY NAME
SELECT p.* REPLACE (b.new_pay_no AS pay_no)
FROM undo_back AS b
JOIN period_version AS p ON p.pay_no = b.former_pay_no
WHERE b.pay_goes
ORDER BY p.account_no, p.effective_from
