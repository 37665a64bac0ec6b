-- Accounts as the interfaces page lists them: money and rates as text, links and current pay inside.
SELECT
    r.account_id, r.company, r.vat_number, r.email, r.first_name, r.last_name, r.language, r.phone, r.start_date, r.exit_date, r.employee_number, r.status,
    coalesce((
        SELECT to_json(list({connection_id: c.connection_id, external_id: l.external_id} ORDER BY c.connection_id))
        FROM link AS l JOIN connection AS c USING (connection_no)
        WHERE l.account_no = a.account_no
    ), '[]')::VARCHAR AS links,
    -- A period that has begun since the last sync is in force, whether or not a sync has turned the page; pay that has ended is history.
    CASE
        WHEN q.pay_no IS NOT NULL THEN to_json({
            gross_amount: q.gross_amount::VARCHAR, currency: q.currency, pay_type: q.pay_type, weekly_hours: q.weekly_hours::VARCHAR,
            reference_hours: q.reference_hours::VARCHAR, work_regime_pct: q.work_regime_pct::VARCHAR,
            employer_contribution_pct: q.employer_contribution_pct::VARCHAR, effective_from: q.effective_from
        })::VARCHAR
        WHEN p.pay_no IS NOT NULL AND NOT coalesce(p.ahead, FALSE) AND coalesce(p.effective_until > current_date, TRUE) THEN to_json({
            gross_amount: p.gross_amount::VARCHAR, currency: p.currency, pay_type: p.pay_type, weekly_hours: p.weekly_hours::VARCHAR,
            reference_hours: p.reference_hours::VARCHAR, work_regime_pct: p.work_regime_pct::VARCHAR,
            employer_contribution_pct: p.employer_contribution_pct::VARCHAR, effective_from: p.effective_from
        })::VARCHAR
    END AS pay
FROM account AS a
JOIN reporting.accounts AS r ON r.account_id = 'a' || a.account_no
LEFT JOIN pay_version AS p ON p.pay_no = a.pay_no
LEFT JOIN period_version AS q ON q.pay_no = a.pay_no AND q.effective_from <= current_date AND coalesce(q.effective_until > current_date, TRUE)
WHERE ($company IS NULL OR r.company = $company OR r.vat_number = $company)
    AND ($account_no IS NULL OR a.account_no = $account_no)
    AND ($run_no IS NULL OR a.account_no IN (
        SELECT account_no FROM outcome WHERE run_no = $run_no AND outcome IN ('created', 'linked', 'updated', 'transferred')
    ))
ORDER BY a.account_no
