-- Whom the guards count (`guard_hold`), as `figure` and `emptied_column` count them; before the plan makes everybody `held`. Whom the plan
-- misses is told of every held plan, also where no guard counts them.
INSERT INTO counted BY NAME
SELECT d.connection_no, d.row, d.external_id, NULL AS account_no, g.code AS guard, []::VARCHAR[] AS fields
FROM decision AS d
JOIN guard_hold AS g ON g.connection_no = d.connection_no
    AND ((g.code = 'HELD_NEW' AND d.outcome = 'created') OR (g.code = 'HELD_REJECTED' AND d.outcome = 'rejected'))
UNION ALL
SELECT c.connection_no, c.row, c.external_id, NULL, g.code, c.moved
FROM (
    SELECT connection_no, row, external_id, old_gross_amount AS before, gross_amount AS after,
        list_filter(pay_changed, lambda f: f NOT IN ('effective_from', 'effective_to', 'salary_components')) AS moved
    FROM change
    WHERE NOT is_new_link AND has_pay AND NOT was_ahead AND pay_no IS NOT NULL
) AS c
JOIN guard_hold AS g ON g.connection_no = c.connection_no AND (
    (g.code = 'HELD_PAY_CHANGED' AND len(c.moved) > 0)
    OR (g.code = 'HELD_PAY_FACTOR' AND c.before > 0 AND c.after > 0 AND CASE g.about
        WHEN 'times_12' THEN abs(c.after - c.before * 12) * 100 <= $tolerance * c.before * 12
        WHEN 'times_100' THEN abs(c.after - c.before * 100) * 100 <= $tolerance * c.before * 100
        WHEN 'divided_by_12' THEN abs(c.after * 12 - c.before) * 100 <= $tolerance * c.before
        WHEN 'divided_by_100' THEN abs(c.after * 100 - c.before) * 100 <= $tolerance * c.before
    END)
)
UNION ALL
SELECT c.connection_no, c.row, c.external_id, NULL, g.code, [g.about]
FROM change AS c
JOIN guard_hold AS g ON g.connection_no = c.connection_no AND g.code = 'HELD_COLUMN_EMPTIED' AND list_contains(c.emptied, g.about)
WHERE NOT c.is_new_link
UNION ALL
SELECT j.connection_no, j.row, j.external_id, NULL, g.code, [g.about]
FROM judged AS j
JOIN guard_hold AS g ON g.connection_no = j.connection_no AND g.code = 'HELD_COLUMN_EMPTIED' AND g.about = 'email'
WHERE j.path = 'rejected' AND j.reject_code = 'EMAIL_MISSING' AND j.link_account_no IS NOT NULL
    AND (j.absent IS NULL OR NOT list_contains(j.absent, 'email'))
UNION ALL
SELECT x.connection_no, NULL, x.external_id, x.account_no, CASE WHEN NOT x.is_accepted THEN g.code END, []
FROM absent AS x
JOIN hold AS h ON h.connection_no = x.connection_no
LEFT JOIN guard_hold AS g ON g.connection_no = x.connection_no AND g.code = 'HELD_MISSING'
WHERE NOT x.is_expected
