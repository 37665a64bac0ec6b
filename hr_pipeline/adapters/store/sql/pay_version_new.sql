-- Pay of new accounts, and pay that changed. Inclusive ends at the provider's edge become half-open here. Who has no pay on the night has the
-- last one they had; before the first, all of it lies ahead in the periods.
INSERT INTO pay_version BY NAME
SELECT n.pay_no, n.account_no, n.connection_no, n.run_no, $now AS recorded_at,
    first_kept(10, coalesce(j.gross_amount, h.gross_amount), b.always_mask, b.first_mask) AS gross_amount,
    first_kept(11, coalesce(j.currency, h.currency), b.always_mask, b.first_mask) AS currency,
    first_kept(12, coalesce(j.pay_type, h.pay_type), b.always_mask, b.first_mask) AS pay_type,
    first_kept(13, coalesce(j.weekly_hours, h.weekly_hours), b.always_mask, b.first_mask) AS weekly_hours,
    first_kept(14, coalesce(j.reference_hours, h.reference_hours), b.always_mask, b.first_mask) AS reference_hours,
    first_kept(15, coalesce(j.work_regime_pct, h.work_regime_pct), b.always_mask, b.first_mask) AS work_regime_pct,
    first_kept(16, coalesce(j.employer_contribution_pct, h.employer_contribution_pct), b.always_mask, b.first_mask) AS employer_contribution_pct,
    coalesce(j.effective_from, h.effective_from) AS effective_from, coalesce(j.effective_to, h.effective_to) + 1 AS effective_until, j.components_key,
    NOT j.has_pay AND h.row IS NULL AS ahead
FROM new_account AS n
JOIN judged AS j ON j.connection_no = n.connection_no AND j.row = n.row
JOIN batch AS b ON b.connection_no = n.connection_no
LEFT JOIN last_pay AS h ON h.connection_no = n.connection_no AND h.row = n.row
WHERE n.pay_no IS NOT NULL
UNION ALL BY NAME
SELECT n.pay_no, n.account_no, n.connection_no, n.run_no, $now AS recorded_at, x.gross_amount, x.currency, x.pay_type, x.weekly_hours,
    x.reference_hours, x.work_regime_pct, x.employer_contribution_pct, x.effective_from, x.effective_to + 1 AS effective_until, x.components_key,
    NOT x.has_pay AND (x.was_ahead OR x.pay_no IS NULL) AS ahead
FROM new_version AS n
JOIN change AS x ON x.connection_no = n.connection_no AND x.row = n.row
WHERE n.pay_changes
ORDER BY account_no
