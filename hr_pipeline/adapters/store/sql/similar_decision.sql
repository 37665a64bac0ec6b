-- Whoever has a likely twin is asked about, not created.
UPDATE unlinked_decision AS u
SET outcome = 'conflict', code = 'SIMILAR_NAME', account_no = s.account_no
FROM (
    SELECT connection_no, row, CASE WHEN count(*) = 1 THEN any_value(account_no) END AS account_no FROM similar_candidate GROUP BY ALL
) AS s
WHERE s.connection_no = u.connection_no AND s.row = u.row AND u.outcome = 'created'
