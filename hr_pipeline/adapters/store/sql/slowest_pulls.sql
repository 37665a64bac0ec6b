-- Connections whose provider takes longest to answer: seconds per pull, on average and at most, over the snapshots that are kept.
SELECT c.connection_id, round(avg(s.pull_seconds), 2) AS seconds, round(max(s.pull_seconds), 2) AS longest, count(*) AS pulls,
    round(avg(s.employees))::INTEGER AS employees
FROM snapshot AS s
JOIN connection AS c USING (connection_no)
WHERE c.active AND s.pull_seconds IS NOT NULL
GROUP BY c.connection_id
ORDER BY seconds DESC, connection_id
LIMIT $most
