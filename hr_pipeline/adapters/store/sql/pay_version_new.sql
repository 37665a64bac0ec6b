-- Pay of new accounts, and pay that changed. Inclusive ends at the provider's edge become half-open here.
INSERT INTO pay_version BY NAME
SELECT n.pay_no, n.account_no, n.connection_no, n.run_no, $now AS recorded_at,
    first_kept(10, j.gross_amount, b.always_mask, b.first_mask) AS gross_amount,
    first_kept(11, j.currency, b.always_mask, b.first_mask) AS currency,
    first_kept(12, j.pay_type, b.always_mask, b.first_mask) AS pay_type,
    first_kept(13, j.weekly_hours, b.always_mask, b.first_mask) AS weekly_hours,
    first_kept(14, j.reference_hours, b.always_mask, b.first_mask) AS reference_hours,
    first_kept(15, j.work_regime_pct, b.always_mask, b.first_mask) AS work_regime_pct,
    first_kept(16, j.employer_contribution_pct, b.always_mask, b.first_mask) AS employer_contribution_pct,
    j.effective_from, j.effective_to + 1 AS effective_until, j.components_key
FROM new_account AS n
JOIN judged AS j ON j.connection_no = n.connection_no AND j.row = n.row
JOIN batch AS b ON b.connection_no = n.connection_no
WHERE j.has_pay
UNION ALL BY NAME
SELECT n.pay_no, n.account_no, n.connection_no, n.run_no, $now AS recorded_at, x.gross_amount, x.currency, x.pay_type, x.weekly_hours,
    x.reference_hours, x.work_regime_pct, x.employer_contribution_pct, x.effective_from, x.effective_to + 1 AS effective_until, x.components_key
FROM new_version AS n
JOIN change AS x ON x.connection_no = n.connection_no AND x.row = n.row
WHERE n.pay_changes
ORDER BY account_no
