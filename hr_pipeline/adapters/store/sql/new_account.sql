-- Numbers for those who get an account; in the order of the provider's ids, so that a night is reproducible. Numbers
-- of accounts that an undo took away are never given again: their history stays.
INSERT INTO new_account BY NAME
SELECT
    d.connection_no, d.row, r.run_no, b.company_no, b.date,
    (SELECT coalesce(max(account_no), 0) FROM account_version) + row_number() OVER (ORDER BY d.connection_no, d.external_id) AS account_no,
    (SELECT coalesce(max(version_no), 0) FROM account_version) + row_number() OVER (ORDER BY d.connection_no, d.external_id) AS version_no,
    CASE WHEN j.has_pay OR j.periods_key IS NOT NULL THEN (SELECT coalesce(max(pay_no), 0) FROM pay_version) + row_number() OVER (ORDER BY d.connection_no, d.external_id) END AS pay_no
FROM decision AS d
JOIN judged AS j ON j.connection_no = d.connection_no AND j.row = d.row
JOIN batch AS b ON b.connection_no = d.connection_no
JOIN run AS r ON r.connection_no = d.connection_no
WHERE d.outcome = 'created'
