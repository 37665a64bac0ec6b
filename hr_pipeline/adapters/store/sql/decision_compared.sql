-- Employees whose decision differs from an earlier one about the same snapshot (`earlier_in`). Who is named by one of the two only is plainly
-- unchanged in the other. Several of one external id are paired in the order of what became of them.
WITH earlier AS (
    SELECT external_id, outcome, code, field, changed, account_id, row_number() OVER (PARTITION BY external_id ORDER BY outcome, code, field) AS nth
    FROM earlier_in
),
later AS (
    SELECT external_id, outcome, code, field, changed, account_id,
        row_number() OVER (PARTITION BY external_id ORDER BY outcome, code, field) AS nth
    FROM foreseen
)
SELECT
    coalesce(l.external_id, e.external_id) AS external_id,
    coalesce(e.outcome, 'unchanged') AS old_outcome, e.code AS old_code, e.field AS old_field, coalesce(e.changed, []) AS old_changed,
    coalesce(l.outcome, 'unchanged') AS outcome, l.code, l.field, coalesce(l.changed, []) AS changed,
    CASE WHEN l.outcome IS NULL THEN e.account_id ELSE l.account_id END AS account_id
FROM earlier AS e
FULL OUTER JOIN later AS l ON l.external_id IS NOT DISTINCT FROM e.external_id AND l.nth = e.nth
WHERE (coalesce(e.outcome, 'unchanged'), e.code, e.field, coalesce(e.changed, []))
    IS DISTINCT FROM (coalesce(l.outcome, 'unchanged'), l.code, l.field, coalesce(l.changed, []))
ORDER BY coalesce(l.outcome, 'unchanged') = 'unchanged', l.outcome, coalesce(l.external_id, e.external_id), coalesce(l.nth, e.nth)
