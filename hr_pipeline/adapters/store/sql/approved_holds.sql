-- Plans of the batch that were approved although a guard held them: somebody saw that, and said why.
SELECT p.plan_id
FROM plan AS p
JOIN batch AS b ON b.approved_plan_id = p.plan_id
WHERE p.code IN (SELECT unnest($guards))
