-- Days on which the pay a provider tells of is another than what is known, of the people just compared (`target`): both sides are cut at
-- every day on which a period of either begins or ends. Nothing follows for days before the first one told of: history need not be sent.
-- `is_in_force`: days of the pay that holds on the night, which no other than the one before held; the rest are other periods' days.
-- `is_history`: before the first day known, where no more than that was kept.
INSERT INTO period_difference BY NAME
WITH looked_at AS (
    SELECT x.connection_no, x.row, x.pay_no, x.has_pay, x.effective_from, x.effective_to, x.gross_amount, x.currency, x.pay_type, x.weekly_hours,
        x.reference_hours, x.work_regime_pct, x.employer_contribution_pct, b.date, b.always_mask | b.first_mask AS mask
    FROM change AS x
    JOIN target AS t ON t.connection_no = x.connection_no AND t.row = x.row
    JOIN batch AS b ON b.connection_no = x.connection_no
    WHERE len(x.pay_changed) > 0 OR x.pay_no IN (SELECT pay_no FROM period_version)
        OR (x.connection_no, x.row) IN (SELECT connection_no, row FROM staged_period)
),
sent AS (
    SELECT q.connection_no, q.row, p.effective_from, p.effective_to + 1 AS effective_until,
        coalesce(p.effective_from <= q.date, TRUE) AND coalesce(p.effective_to >= q.date, TRUE) AS is_in_force,
        {
            gross_amount: first_kept(10, p.gross_amount, q.mask, 0), currency: first_kept(11, p.currency, q.mask, 0),
            pay_type: first_kept(12, p.pay_type, q.mask, 0), weekly_hours: first_kept(13, p.weekly_hours, q.mask, 0),
            reference_hours: first_kept(14, p.reference_hours, q.mask, 0), work_regime_pct: first_kept(15, p.work_regime_pct, q.mask, 0),
            employer_contribution_pct: first_kept(16, p.employer_contribution_pct, q.mask, 0)
        } AS pay
    FROM looked_at AS q
    JOIN staged_period AS p ON p.connection_no = q.connection_no AND p.row = q.row
    UNION ALL
    SELECT q.connection_no, q.row, q.effective_from, q.effective_to + 1, TRUE, {
        gross_amount: q.gross_amount, currency: q.currency, pay_type: q.pay_type, weekly_hours: q.weekly_hours, reference_hours: q.reference_hours,
        work_regime_pct: q.work_regime_pct, employer_contribution_pct: q.employer_contribution_pct
    }
    FROM looked_at AS q
    ANTI JOIN staged_period AS p ON p.connection_no = q.connection_no AND p.row = q.row
    WHERE q.has_pay
),
known AS (
    SELECT q.connection_no, q.row, p.effective_from, p.effective_until, p.effective_from IS NOT DISTINCT FROM v.effective_from AS is_own, {
        gross_amount: p.gross_amount, currency: p.currency, pay_type: p.pay_type, weekly_hours: p.weekly_hours, reference_hours: p.reference_hours,
        work_regime_pct: p.work_regime_pct, employer_contribution_pct: p.employer_contribution_pct
    } AS pay
    FROM looked_at AS q
    JOIN known_period AS p ON p.pay_no = q.pay_no
    JOIN pay_version AS v ON v.pay_no = q.pay_no
),
span AS (
    SELECT 'sent' AS side, connection_no, row, effective_from, effective_until FROM sent
    UNION ALL
    SELECT 'known', k.connection_no, k.row, k.effective_from, k.effective_until FROM known AS k SEMI JOIN sent AS s ON s.connection_no = k.connection_no AND s.row = k.row
),
speaking AS (
    SELECT q.connection_no, q.row,
        min(coalesce(s.effective_from, DATE '-infinity')) FILTER (s.side = 'sent') AS since,
        min(coalesce(s.effective_from, DATE '-infinity')) FILTER (s.side = 'known' AND v.ahead IS NULL) AS kept_since
    FROM looked_at AS q
    JOIN span AS s ON s.connection_no = q.connection_no AND s.row = q.row
    LEFT JOIN pay_version AS v ON v.pay_no = q.pay_no
    GROUP BY ALL
),
edge AS (
    SELECT connection_no, row, coalesce(effective_from, DATE '-infinity') AS day FROM span
    UNION SELECT connection_no, row, coalesce(effective_until, DATE 'infinity') FROM span
),
stretch AS (
    SELECT connection_no, row, day AS effective_from, lead(day) OVER (PARTITION BY connection_no, row ORDER BY day) AS effective_until FROM edge
)
SELECT t.connection_no, t.row, t.effective_from, t.effective_until, coalesce(s.is_in_force, FALSE) AND coalesce(k.is_own, TRUE) AS is_in_force,
    coalesce(t.effective_from < f.kept_since, FALSE) AS is_history, k.pay AS old_pay, s.pay AS new_pay
FROM stretch AS t
JOIN speaking AS f ON f.connection_no = t.connection_no AND f.row = t.row AND f.since <= t.effective_from
LEFT JOIN sent AS s ON s.connection_no = t.connection_no AND s.row = t.row AND coalesce(s.effective_from, DATE '-infinity') <= t.effective_from
    AND coalesce(s.effective_until, DATE 'infinity') > t.effective_from
LEFT JOIN known AS k ON k.connection_no = t.connection_no AND k.row = t.row AND coalesce(k.effective_from, DATE '-infinity') <= t.effective_from
    AND coalesce(k.effective_until, DATE 'infinity') > t.effective_from
WHERE t.effective_until IS NOT NULL AND s.pay IS DISTINCT FROM k.pay
