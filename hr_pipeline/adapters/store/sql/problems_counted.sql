-- What validation found in some sync runs: people by code, field and rule.
SELECT code, coalesce(field, '') AS field, coalesce(rule, '') AS rule, blocking, count(*) AS people
FROM problem
WHERE run_no IN (SELECT unnest($runs::BIGINT[])) AND code NOT IN ('CLEAR_BLOCKED', 'PAY_RETROACTIVE')
GROUP BY ALL
