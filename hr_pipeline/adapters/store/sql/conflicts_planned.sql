-- Conflicts that some sync runs found, by code.
SELECT code, count(*) AS people, count(DISTINCT run_no) AS connections
FROM outcome
WHERE run_no IN (SELECT unnest($runs)) AND outcome = 'conflict'
GROUP BY code
ORDER BY people DESC, code
