-- The three lists, one row per person and reason. Who was written by the run but of whom nothing can be found any more is impossible.
INSERT INTO reversal BY NAME
WITH employee AS (
    SELECT o.account_no, any_value(o.external_id) AS external_id, flatten(list(coalesce(o.changed, []))) AS changed
    FROM outcome AS o JOIN undoing AS u ON u.undone_run_no = o.run_no
    WHERE o.outcome IN ('created', 'linked', 'updated', 'transferred') AND o.account_no IS NOT NULL
    GROUP BY o.account_no
),
period AS (
    SELECT pay_no, bit_xor(hash(
        effective_from, effective_until, gross_amount, currency, pay_type, weekly_hours, reference_hours, work_regime_pct, employer_contribution_pct
    )) AS hash
    FROM period_version
    WHERE pay_no IN (SELECT run_pay_no FROM undo_account UNION ALL SELECT former_pay_no FROM undo_account)
    GROUP BY pay_no
),
paid AS (
    SELECT p.account_no, list_where(
        [
            'gross_amount', 'currency', 'pay_type', 'weekly_hours', 'reference_hours', 'work_regime_pct', 'employer_contribution_pct', 'effective_from',
            'effective_to', 'salary_components', 'pay_periods'
        ],
        [
            r.gross_amount IS DISTINCT FROM f.gross_amount,
            r.currency IS DISTINCT FROM f.currency,
            r.pay_type IS DISTINCT FROM f.pay_type,
            r.weekly_hours IS DISTINCT FROM f.weekly_hours,
            r.reference_hours IS DISTINCT FROM f.reference_hours,
            r.work_regime_pct IS DISTINCT FROM f.work_regime_pct,
            r.employer_contribution_pct IS DISTINCT FROM f.employer_contribution_pct,
            r.effective_from IS DISTINCT FROM f.effective_from,
            r.effective_until IS DISTINCT FROM f.effective_until,
            r.components_key IS DISTINCT FROM f.components_key,
            coalesce(rp.hash, 0) <> coalesce(fp.hash, 0)
        ]
    ) AS names
    FROM (
        -- What another company paid is no pay here (a transfer starts afresh), even where the amounts are the same. Worked out before the
        -- joins, so that they are by equality alone.
        SELECT p.account_no, u.run_pay_no, CASE WHEN u.run_pay_no IS NULL OR NOT u.came THEN u.former_pay_no END AS compared_pay_no, u.former_pay_no
        FROM undo_field AS p
        JOIN undo_account AS u ON u.account_no = p.account_no
        WHERE p.field = 'pay'
    ) AS p
    LEFT JOIN pay_version AS r ON r.pay_no = p.run_pay_no
    LEFT JOIN pay_version AS f ON f.pay_no = p.compared_pay_no
    LEFT JOIN period AS rp ON rp.pay_no = p.run_pay_no
    LEFT JOIN period AS fp ON fp.pay_no = p.former_pay_no
),
said AS (
    SELECT f.account_no, f.result, f.code, f.by_run_no, f.by_account_no,
        unnest(CASE
            -- Without lineage only the run's own report tells.
            WHEN f.field = 'pay' AND f.code = 'UNDO_NO_LINEAGE' THEN coalesce(nullif(list_intersect(e.changed, (SELECT pay_fields FROM undoing)), []), p.names)
            WHEN f.field = 'pay' THEN coalesce(nullif(p.names, []), ['effective_from'])
            WHEN f.field = 'account' THEN ['account', 'link']
            WHEN f.field = 'link' AND u.former_company_no <> u.company_no THEN ['link', 'company']
            ELSE [f.field]
        END) AS field
    FROM undo_field AS f
    JOIN undo_account AS u ON u.account_no = f.account_no
    LEFT JOIN paid AS p ON p.account_no = f.account_no
    LEFT JOIN employee AS e ON e.account_no = f.account_no
    UNION ALL
    SELECT a.account_no, CASE WHEN a.by_run_no IS NULL THEN 'reversed' ELSE 'kept' END,
        CASE WHEN a.by_run_no IS NOT NULL THEN 'UNDO_TOUCHED_BY_RUN' END, a.by_run_no, NULL, 'absence'
    FROM undo_absence AS a
    WHERE NOT EXISTS (FROM reversal AS r WHERE r.undone_run_no = (SELECT undone_run_no FROM undoing) AND r.account_no = a.account_no AND list_contains(r.fields, 'absence') AND r.result = 'reversed')
    UNION ALL
    SELECT e.account_no, 'impossible', 'UNDO_NO_LINEAGE', NULL, NULL, unnest(CASE WHEN len(e.changed) > 0 THEN e.changed ELSE ['account'] END)
    FROM employee AS e
    WHERE e.account_no NOT IN (SELECT account_no FROM undo_account)
        AND e.account_no NOT IN (SELECT account_no FROM reversal WHERE undone_run_no = (SELECT undone_run_no FROM undoing) AND result = 'reversed')
),
tie AS (
    SELECT account_no, min(external_id) AS external_id
    FROM (
        SELECT account_no, external_id FROM link UNION ALL SELECT account_no, external_id FROM link_ended UNION ALL SELECT account_no, external_id FROM undo_absence
    )
    WHERE account_no IN (SELECT account_no FROM said)
    GROUP BY account_no
)
SELECT
    u.run_no, u.undone_run_no, s.account_no, coalesce(e.external_id, t.external_id) AS external_id, s.result,
    list(DISTINCT s.field ORDER BY s.field) AS fields, s.code, s.by_run_no, s.by_account_no
FROM said AS s
CROSS JOIN undoing AS u
LEFT JOIN employee AS e ON e.account_no = s.account_no
LEFT JOIN tie AS t ON t.account_no = s.account_no
GROUP BY ALL
ORDER BY s.account_no, s.result
