-- Components travel with the pay they came with.
INSERT INTO component_version BY NAME
SELECT c.* REPLACE (b.new_pay_no AS pay_no)
FROM undo_back AS b
JOIN component_version AS c ON c.pay_no = b.former_pay_no
WHERE b.pay_goes
ORDER BY c.account_no
