-- People with an account: the values it and its pay will have, beside what they have now. A changed e-mail never re-matches.
-- `target` says who: the linked first, then (a second time) those whom e-mail or name has just tied to an account.
INSERT INTO change BY NAME
WITH paired AS (
    SELECT
        t.is_new_link, t.is_renewed, t.is_transfer, t.account_no, t.always_mask, t.first_mask, b.clear_mask, b.clearable, b.gross_pct,
        j.connection_no, j.row, j.external_id, j.row_hash, j.has_pay OR h.row IS NOT NULL AS has_pay, j.has_pay OR j.exit_date IS NULL OR j.exit_date >= b.date AS pay_is_due,
        coalesce(j.effective_from, h.effective_from) AS effective_from, coalesce(j.effective_to, h.effective_to) AS effective_to, j.components_key,
        j.absent, j.phone_inferred, j.email_key AS sent_email_key, j.name_key AS sent_name_key, j.birth_name_key AS sent_birth_name_key,
        a.version_no, p.pay_no, a.company_no, v.run_no IS NULL AS edited_on_platform, m.account_no IS NOT NULL AS is_reopened,
        v.email_key AS old_email_key, v.name_key AS old_name_key, v.birth_name_key AS old_birth_name_key,
        v.phone_inferred AS old_phone_inferred, p.effective_from AS old_effective_from, p.effective_until AS old_effective_until,
        p.components_key AS old_components_key, coalesce(p.ahead, FALSE) AS was_ahead,
        v.email AS old_email, j.email AS sent_email,
        v.first_name AS old_first_name, j.first_name AS sent_first_name,
        v.last_name AS old_last_name, j.last_name AS sent_last_name,
        v.birth_name AS old_birth_name, j.birth_name AS sent_birth_name,
        v.language AS old_language, j.language AS sent_language,
        v.phone AS old_phone, j.phone AS sent_phone,
        v.birth_date AS old_birth_date, j.birth_date AS sent_birth_date,
        v.start_date AS old_start_date, j.start_date AS sent_start_date,
        v.exit_date AS old_exit_date, CASE WHEN m.account_no IS NOT NULL THEN m.exit_before ELSE v.exit_date END AS known_exit_date, j.exit_date AS sent_exit_date,
        v.employee_number AS old_employee_number, j.employee_number AS sent_employee_number,
        p.gross_amount AS old_gross_amount, coalesce(j.gross_amount, h.gross_amount) AS sent_gross_amount,
        p.currency AS old_currency, coalesce(j.currency, h.currency) AS sent_currency,
        p.pay_type AS old_pay_type, coalesce(j.pay_type, h.pay_type) AS sent_pay_type,
        p.weekly_hours AS old_weekly_hours, coalesce(j.weekly_hours, h.weekly_hours) AS sent_weekly_hours,
        p.reference_hours AS old_reference_hours, coalesce(j.reference_hours, h.reference_hours) AS sent_reference_hours,
        p.work_regime_pct AS old_work_regime_pct, coalesce(j.work_regime_pct, h.work_regime_pct) AS sent_work_regime_pct,
        p.employer_contribution_pct AS old_employer_contribution_pct, coalesce(j.employer_contribution_pct, h.employer_contribution_pct) AS sent_employer_contribution_pct
    FROM target AS t
    JOIN judged AS j ON j.connection_no = t.connection_no AND j.row = t.row
    JOIN batch AS b ON b.connection_no = t.connection_no
    JOIN account AS a ON a.account_no = t.account_no
    JOIN account_version AS v ON v.version_no = a.version_no
    -- What another company paid is history; told by the key, since a join by equality alone is a hash join.
    LEFT JOIN pay_version AS p ON p.pay_no = CASE WHEN NOT t.is_transfer THEN a.pay_no END
    LEFT JOIN last_pay AS h ON h.connection_no = j.connection_no AND h.row = j.row
    -- Closed as missing, and listed again: that exit date was ours, so it is not what the provider's is held against.
    LEFT JOIN absence AS m ON m.connection_no = j.connection_no AND m.external_id = j.external_id AND m.to_run_no IS NULL AND m.closed_on = v.exit_date
),
valued AS (
    SELECT
        *,
        kept('email', 0, old_email, sent_email, absent, always_mask, first_mask, clear_mask) AS email,
        kept('first_name', 1, old_first_name, sent_first_name, absent, always_mask, first_mask, clear_mask) AS first_name,
        kept('last_name', 2, old_last_name, sent_last_name, absent, always_mask, first_mask, clear_mask) AS last_name,
        kept('birth_name', 3, old_birth_name, sent_birth_name, absent, always_mask, first_mask, clear_mask) AS birth_name,
        kept('language', 4, old_language, sent_language, absent, always_mask, first_mask, clear_mask) AS language,
        kept('phone', 5, old_phone, sent_phone, absent, always_mask, first_mask, clear_mask) AS phone,
        kept('birth_date', 6, old_birth_date, sent_birth_date, absent, always_mask, first_mask, clear_mask) AS birth_date,
        kept('start_date', 7, old_start_date, sent_start_date, absent, always_mask, first_mask, clear_mask) AS start_date,
        CASE WHEN is_renewed AND is_set(always_mask, 8) AND NOT not_sent('exit_date', absent) THEN sent_exit_date
            ELSE kept('exit_date', 8, known_exit_date, sent_exit_date, absent, always_mask, first_mask, clear_mask)
        END AS exit_date,
        CASE WHEN is_transfer AND is_set(always_mask, 9) AND NOT not_sent('employee_number', absent) THEN sent_employee_number
            ELSE kept('employee_number', 9, old_employee_number, sent_employee_number, absent, always_mask, first_mask, clear_mask)
        END AS employee_number,
        CASE WHEN has_pay THEN kept('gross_amount', 10, old_gross_amount, sent_gross_amount, absent, always_mask, first_mask, clear_mask) ELSE old_gross_amount END AS gross_amount,
        CASE WHEN has_pay THEN kept('currency', 11, old_currency, sent_currency, absent, always_mask, first_mask, clear_mask) ELSE old_currency END AS currency,
        CASE WHEN has_pay THEN kept('pay_type', 12, old_pay_type, sent_pay_type, absent, always_mask, first_mask, clear_mask) ELSE old_pay_type END AS pay_type,
        CASE WHEN has_pay THEN kept('weekly_hours', 13, old_weekly_hours, sent_weekly_hours, absent, always_mask, first_mask, clear_mask) ELSE old_weekly_hours END AS weekly_hours,
        CASE WHEN has_pay THEN kept('reference_hours', 14, old_reference_hours, sent_reference_hours, absent, always_mask, first_mask, clear_mask) ELSE old_reference_hours END AS reference_hours,
        CASE WHEN has_pay THEN kept('work_regime_pct', 15, old_work_regime_pct, sent_work_regime_pct, absent, always_mask, first_mask, clear_mask) ELSE old_work_regime_pct END AS work_regime_pct,
        CASE WHEN has_pay THEN kept('employer_contribution_pct', 16, old_employer_contribution_pct, sent_employer_contribution_pct, absent, always_mask, first_mask, clear_mask) ELSE old_employer_contribution_pct END AS employer_contribution_pct,
        -- Mandatory fields can't come here empty: such a person is rejected. Pay of somebody who still works here counts as emptied too
        -- when no pay row is left at all (a list that was closed to us says so in `absent`).
        list_where(
            ['birth_name', 'language', 'phone', 'birth_date', 'employee_number', 'gross_amount', 'weekly_hours', 'reference_hours', 'work_regime_pct', 'employer_contribution_pct'],
            [
                is_emptied('birth_name', 3, old_birth_name, sent_birth_name, absent, always_mask),
                is_emptied('language', 4, old_language, sent_language, absent, always_mask),
                is_emptied('phone', 5, old_phone, sent_phone, absent, always_mask),
                is_emptied('birth_date', 6, old_birth_date, sent_birth_date, absent, always_mask),
                NOT is_transfer AND is_emptied('employee_number', 9, old_employee_number, sent_employee_number, absent, always_mask),
                pay_is_due AND is_emptied('gross_amount', 10, old_gross_amount, sent_gross_amount, absent, always_mask),
                pay_is_due AND is_emptied('weekly_hours', 13, old_weekly_hours, sent_weekly_hours, absent, always_mask),
                pay_is_due AND is_emptied('reference_hours', 14, old_reference_hours, sent_reference_hours, absent, always_mask),
                pay_is_due AND is_emptied('work_regime_pct', 15, old_work_regime_pct, sent_work_regime_pct, absent, always_mask),
                pay_is_due AND is_emptied('employer_contribution_pct', 16, old_employer_contribution_pct, sent_employer_contribution_pct, absent, always_mask)
            ]
        ) AS emptied
    FROM paired
)
SELECT
    is_new_link, account_no, connection_no, row, external_id, row_hash, has_pay, was_ahead,
    CASE WHEN has_pay THEN effective_from ELSE old_effective_from END AS effective_from,
    CASE WHEN has_pay THEN effective_to ELSE old_effective_until - 1 END AS effective_to, components_key, phone_inferred,
    version_no, pay_no, company_no, edited_on_platform, is_reopened, old_email_key, old_phone, old_phone_inferred, old_gross_amount,
    coalesce(
        has_pay AND NOT is_new_link AND old_gross_amount > 0 AND abs(gross_amount - old_gross_amount) * 100 > gross_pct::DECIMAL(38, 4) * old_gross_amount, FALSE
    ) AS gross_held,
    email, first_name, last_name, birth_name, language, phone, birth_date, start_date, exit_date, employee_number,
    gross_amount, currency, pay_type, weekly_hours, reference_hours, work_regime_pct, employer_contribution_pct,
    CASE WHEN email IS NOT DISTINCT FROM old_email THEN old_email_key ELSE sent_email_key END AS email_key,
    CASE WHEN first_name IS NOT DISTINCT FROM old_first_name AND last_name IS NOT DISTINCT FROM old_last_name THEN old_name_key
        ELSE joined_key(
            CASE WHEN first_name IS NOT DISTINCT FROM old_first_name THEN old_name_key ELSE sent_name_key END,
            CASE WHEN last_name IS NOT DISTINCT FROM old_last_name THEN old_name_key ELSE sent_name_key END)
    END AS name_key,
    CASE WHEN birth_name IS NOT NULL
        THEN joined_key(
            CASE WHEN first_name IS NOT DISTINCT FROM old_first_name THEN old_name_key ELSE sent_name_key END,
            CASE WHEN birth_name IS NOT DISTINCT FROM old_birth_name THEN old_birth_name_key ELSE sent_birth_name_key END)
    END AS birth_name_key,
    emptied,
    list_filter(
        CASE WHEN NOT is_renewed AND is_emptied('exit_date', 8, known_exit_date, sent_exit_date, absent, always_mask) THEN list_append(emptied, 'exit_date') ELSE emptied END,
        -- Without any pay row there is no field of it that was emptied: `PAY_MISSING` says what there is to say.
        lambda f: NOT list_contains(clearable, f) AND (has_pay OR NOT is_pay_field(f))
    ) AS clears_blocked,
    list_where(
        ['email', 'first_name', 'last_name', 'birth_name', 'language', 'phone', 'birth_date', 'start_date', 'exit_date', 'employee_number'],
        [
            email IS DISTINCT FROM old_email,
            first_name IS DISTINCT FROM old_first_name,
            last_name IS DISTINCT FROM old_last_name,
            birth_name IS DISTINCT FROM old_birth_name,
            language IS DISTINCT FROM old_language,
            phone IS DISTINCT FROM old_phone,
            birth_date IS DISTINCT FROM old_birth_date,
            start_date IS DISTINCT FROM old_start_date,
            exit_date IS DISTINCT FROM old_exit_date,
            employee_number IS DISTINCT FROM old_employee_number
        ]
    ) AS person_changed,
    CASE WHEN has_pay THEN list_where(
        [
            'gross_amount', 'currency', 'pay_type', 'weekly_hours', 'reference_hours', 'work_regime_pct', 'employer_contribution_pct', 'effective_from',
            'effective_to', 'salary_components'
        ],
        [
            gross_amount IS DISTINCT FROM old_gross_amount,
            currency IS DISTINCT FROM old_currency,
            pay_type IS DISTINCT FROM old_pay_type,
            weekly_hours IS DISTINCT FROM old_weekly_hours,
            reference_hours IS DISTINCT FROM old_reference_hours,
            work_regime_pct IS DISTINCT FROM old_work_regime_pct,
            employer_contribution_pct IS DISTINCT FROM old_employer_contribution_pct,
            effective_from IS DISTINCT FROM old_effective_from,
            effective_to + 1 IS DISTINCT FROM old_effective_until,
            components_key IS DISTINCT FROM old_components_key
        ]
    ) ELSE [] END AS pay_changed
FROM valued
