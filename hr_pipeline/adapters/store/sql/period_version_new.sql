-- Periods travel with the pay they came with; a field that the mapping leaves to the platform is left out of them too.
INSERT INTO period_version BY NAME
SELECT n.pay_no, n.account_no, p.effective_from, p.effective_to + 1 AS effective_until,
    first_kept(10, p.gross_amount, b.always_mask, b.first_mask) AS gross_amount,
    first_kept(11, p.currency, b.always_mask, b.first_mask) AS currency,
    first_kept(12, p.pay_type, b.always_mask, b.first_mask) AS pay_type,
    first_kept(13, p.weekly_hours, b.always_mask, b.first_mask) AS weekly_hours,
    first_kept(14, p.reference_hours, b.always_mask, b.first_mask) AS reference_hours,
    first_kept(15, p.work_regime_pct, b.always_mask, b.first_mask) AS work_regime_pct,
    first_kept(16, p.employer_contribution_pct, b.always_mask, b.first_mask) AS employer_contribution_pct
FROM (
    SELECT connection_no, row, pay_no, account_no FROM new_account WHERE pay_no IS NOT NULL
    UNION ALL
    SELECT connection_no, row, pay_no, account_no FROM new_version WHERE pay_changes
) AS n
JOIN batch AS b ON b.connection_no = n.connection_no
JOIN staged_period AS p ON p.connection_no = n.connection_no AND p.row = n.row
ORDER BY n.account_no, p.effective_from
