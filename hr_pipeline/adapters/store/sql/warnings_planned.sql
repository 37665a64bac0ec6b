-- What is odd about people of the plan just made without keeping anybody back, days gone by that it corrects included; of those left out
-- nobody needs to know.
SELECT DISTINCT p.external_id, p.code, p.field, p.rule
FROM staged_problem AS p
ANTI JOIN (
    SELECT connection_no, row FROM decision WHERE planned_outcome IN ('excluded', 'out_of_scope')
) AS d ON d.connection_no = p.connection_no AND d.row = p.row
WHERE NOT p.blocking
UNION ALL
SELECT external_id, 'PAY_RETROACTIVE', field, rule FROM retroactive
ORDER BY code, field, external_id
