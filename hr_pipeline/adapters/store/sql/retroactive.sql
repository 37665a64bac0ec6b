-- What changes for days that an applied snapshot has already told of: pay, and the first or last day of an employment. A change that begins
-- on the day of the newest applied snapshot, or later, is news. Neither somebody's first pay nor a rehire is a correction.
INSERT INTO retroactive BY NAME
WITH looked_at AS (
    SELECT x.*, c.last_applied_date AS told, v.start_date AS old_start_date, v.exit_date AS old_exit_date,
        coalesce(x.start_date > v.exit_date, FALSE) AS is_rehire
    FROM change AS x
    JOIN decision AS d ON d.connection_no = x.connection_no AND d.row = x.row AND d.planned_outcome = 'updated'
    JOIN connection AS c ON c.connection_no = x.connection_no
    JOIN account_version AS v ON v.version_no = x.version_no
    WHERE c.last_applied_date IS NOT NULL AND NOT x.is_new_link
),
paid AS (
    SELECT q.connection_no, q.row, q.external_id, q.told, p.effective_from, p.effective_until, list_where(
        ['gross_amount', 'work_regime_pct', 'weekly_hours', 'reference_hours', 'employer_contribution_pct', 'currency', 'pay_type'],
        [
            p.old_pay.gross_amount IS DISTINCT FROM p.new_pay.gross_amount,
            p.old_pay.work_regime_pct IS DISTINCT FROM p.new_pay.work_regime_pct,
            p.old_pay.weekly_hours IS DISTINCT FROM p.new_pay.weekly_hours,
            p.old_pay.reference_hours IS DISTINCT FROM p.new_pay.reference_hours,
            p.old_pay.employer_contribution_pct IS DISTINCT FROM p.new_pay.employer_contribution_pct,
            p.old_pay.currency IS DISTINCT FROM p.new_pay.currency,
            p.old_pay.pay_type IS DISTINCT FROM p.new_pay.pay_type
        ]
    ) AS fields, p.old_pay IS NULL OR p.new_pay IS NULL AS is_whole
    FROM looked_at AS q
    JOIN period_difference AS p ON p.connection_no = q.connection_no AND p.row = q.row
    JOIN batch AS b ON b.connection_no = q.connection_no AND b.pay_is_dated
    WHERE q.pay_no IS NOT NULL AND NOT p.is_history AND p.effective_from > DATE '-infinity' AND p.effective_from < q.told
),
touched AS (
    -- Where there was no pay at all, or is none any more, one field says enough.
    SELECT connection_no, row, external_id, told, unnest(CASE WHEN is_whole THEN fields[:1] ELSE fields END) AS field, effective_from, effective_until FROM paid
    UNION ALL
    SELECT connection_no, row, external_id, told, 'exit_date', least(old_exit_date, exit_date) + 1, greatest(old_exit_date, exit_date) + 1
    FROM looked_at
    WHERE list_contains(person_changed, 'exit_date') AND NOT is_rehire AND NOT is_reopened AND old_exit_date IS NOT NULL AND exit_date IS NOT NULL
    UNION ALL
    SELECT connection_no, row, external_id, told, 'exit_date', coalesce(old_exit_date, exit_date) + 1, DATE 'infinity'
    FROM looked_at
    WHERE list_contains(person_changed, 'exit_date') AND NOT is_rehire AND NOT is_reopened AND (old_exit_date IS NULL OR exit_date IS NULL)
    UNION ALL
    SELECT connection_no, row, external_id, told, 'start_date', CASE WHEN is_rehire THEN start_date ELSE least(old_start_date, start_date) END,
        CASE WHEN is_rehire THEN DATE 'infinity' ELSE greatest(old_start_date, start_date) END
    FROM looked_at
    WHERE list_contains(person_changed, 'start_date') AND old_start_date IS NOT NULL
),
joined AS (
    SELECT *, sum(CASE WHEN follows THEN 0 ELSE 1 END) OVER (PARTITION BY connection_no, row, field ORDER BY effective_from) AS nth
    FROM (
        SELECT *, coalesce(lag(effective_until) OVER (PARTITION BY connection_no, row, field ORDER BY effective_from) = effective_from, FALSE) AS follows
        FROM touched
        WHERE effective_from < told
    )
)
SELECT connection_no, row, external_id, field,
    'from ' || min(effective_from) || ' to ' || least(max(effective_until) - 1, any_value(told)) AS rule
FROM (SELECT * REPLACE (least(effective_until, told + 1) AS effective_until) FROM joined)
GROUP BY connection_no, row, external_id, field, nth
