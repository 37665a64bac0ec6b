-- What the guards and the run's counters look at: one row per connection of the batch.
WITH decided AS (
    SELECT connection_no,
        count(*) AS listed,
        count(*) FILTER (outcome = 'created') AS created,
        count(*) FILTER (outcome = 'linked') AS linked,
        count(*) FILTER (outcome = 'updated') AS updated,
        count(*) FILTER (outcome = 'unchanged') AS unchanged,
        count(*) FILTER (outcome = 'transferred') AS transferred,
        count(*) FILTER (outcome = 'excluded') AS excluded,
        count(*) FILTER (outcome = 'out_of_scope') AS out_of_scope,
        count(*) FILTER (outcome = 'conflict') AS conflict,
        count(*) FILTER (outcome = 'rejected') AS rejected,
        count(*) FILTER (outcome = 'held') AS held,
        coalesce(sum(pay_rows), 0) AS pay_rows,
        coalesce(sum(pay_rows) FILTER (outcome IN ('excluded', 'out_of_scope')), 0) AS pay_left_out,
        coalesce(sum(pay_rows) FILTER (pay_changes OR outcome = 'created'), 0) AS pay_applied,
        coalesce(sum(pay_rows) FILTER (outcome IN ('conflict', 'rejected', 'held')), 0) AS pay_rejected,
        bit_xor(hash(external_id, row_hash, outcome, code, account_no, version_no, pay_no)) AS signature
    FROM decision
    GROUP BY connection_no
),
tied AS (
    SELECT j.connection_no,
        count(DISTINCT j.link_account_no) FILTER (j.path <> 'excluded') AS linked_listed,
        count(*) FILTER (j.has_pay) AS with_pay
    FROM judged AS j
    GROUP BY j.connection_no
),
gone AS (
    SELECT connection_no,
        count(*) FILTER (NOT is_expected) AS missing,
        count(*) FILTER (NOT is_expected AND NOT is_accepted) AS missing_unaccepted,
        bit_xor(hash(external_id, account_no)) FILTER (NOT is_expected) AS signature
    FROM absent
    GROUP BY connection_no
),
paid AS (
    SELECT connection_no,
        count(*) AS pay_compared,
        count(*) FILTER (list_has_any(pay_changed, [
            'gross_amount', 'currency', 'pay_type', 'weekly_hours', 'reference_hours', 'work_regime_pct', 'employer_contribution_pct'
        ])) AS pay_changed,
        count(*) FILTER (old_gross_amount > 0 AND abs(gross_amount - old_gross_amount * 12) * 100 <= $tolerance * old_gross_amount * 12) AS factor_times_12,
        count(*) FILTER (old_gross_amount > 0 AND abs(gross_amount - old_gross_amount * 100) * 100 <= $tolerance * old_gross_amount * 100) AS factor_times_100,
        count(*) FILTER (gross_amount > 0 AND abs(gross_amount * 12 - old_gross_amount) * 100 <= $tolerance * old_gross_amount) AS factor_divided_by_12,
        count(*) FILTER (gross_amount > 0 AND abs(gross_amount * 100 - old_gross_amount) * 100 <= $tolerance * old_gross_amount) AS factor_divided_by_100
    FROM change
    WHERE NOT is_new_link AND has_pay AND NOT was_ahead AND pay_no IS NOT NULL
    GROUP BY connection_no
)
SELECT
    b.connection_id, b.connection_no, b.first_sync, b.had_people, b.source::BIGINT AS source,
    (b.source - coalesce(d.excluded, 0) - coalesce(d.out_of_scope, 0))::BIGINT AS asked,
    (b.source - coalesce(d.listed, 0) + coalesce(t.linked_listed, 0) + coalesce(g.missing, 0))::BIGINT AS linked_before,
    (b.source - coalesce(d.listed, 0) + coalesce(t.linked_listed, 0))::BIGINT AS linked_listed,
    coalesce(g.missing, 0)::BIGINT AS missing,
    coalesce(g.missing_unaccepted, 0)::BIGINT AS missing_unaccepted,
    coalesce(d.created, 0)::BIGINT AS new,
    coalesce(d.created, 0)::BIGINT AS created,
    coalesce(d.linked, 0)::BIGINT AS linked,
    coalesce(d.updated, 0)::BIGINT AS updated,
    (b.source - coalesce(d.listed, 0) + coalesce(d.unchanged, 0))::BIGINT AS unchanged,
    coalesce(d.transferred, 0)::BIGINT AS transferred,
    coalesce(d.excluded, 0)::BIGINT AS excluded,
    coalesce(d.out_of_scope, 0)::BIGINT AS out_of_scope,
    coalesce(d.conflict, 0)::BIGINT AS conflict,
    coalesce(d.rejected, 0)::BIGINT AS rejected,
    coalesce(d.held, 0)::BIGINT AS held,
    (b.source_with_pay - coalesce(t.with_pay, 0) + coalesce(p.pay_compared, 0))::BIGINT AS pay_compared,
    coalesce(p.pay_changed, 0)::BIGINT AS pay_changed,
    coalesce(p.factor_times_12, 0)::BIGINT AS factor_times_12,
    coalesce(p.factor_times_100, 0)::BIGINT AS factor_times_100,
    coalesce(p.factor_divided_by_12, 0)::BIGINT AS factor_divided_by_12,
    coalesce(p.factor_divided_by_100, 0)::BIGINT AS factor_divided_by_100,
    (b.source_pay_rows - coalesce(d.pay_left_out, 0))::BIGINT AS pay_source,
    coalesce(d.pay_applied, 0)::BIGINT AS pay_applied,
    coalesce(d.pay_rejected, 0)::BIGINT AS pay_rejected,
    xor(coalesce(d.signature, 0), coalesce(g.signature, 0))::UBIGINT AS signature
FROM batch AS b
LEFT JOIN decided AS d ON d.connection_no = b.connection_no
LEFT JOIN tied AS t ON t.connection_no = b.connection_no
LEFT JOIN gone AS g ON g.connection_no = b.connection_no
LEFT JOIN paid AS p ON p.connection_no = b.connection_no
ORDER BY b.connection_no
