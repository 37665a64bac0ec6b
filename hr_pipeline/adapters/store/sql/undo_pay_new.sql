-- Former pay, again; where there was none before, a row without amounts says so from the day the undone pay began.
INSERT INTO pay_version BY NAME
SELECT f.* REPLACE (b.new_pay_no AS pay_no, u.run_no AS run_no, u.at AS recorded_at)
FROM undo_back AS b
CROSS JOIN undoing AS u
JOIN pay_version AS f ON f.pay_no = b.former_pay_no
WHERE b.pay_goes
UNION ALL BY NAME
SELECT b.new_pay_no AS pay_no, b.account_no, p.connection_no, u.run_no, u.at AS recorded_at, p.effective_from, TRUE AS is_none
FROM undo_back AS b
CROSS JOIN undoing AS u
JOIN pay_version AS p ON p.pay_no = b.pay_no
WHERE b.pay_goes AND b.former_pay_no IS NULL
ORDER BY account_no
