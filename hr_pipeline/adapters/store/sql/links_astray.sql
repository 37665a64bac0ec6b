-- Accounts with a link that breaks what always holds: one account per employee, one link per account, both of the same company and connection;
-- and accounts that say they are linked and have no link.
WITH crowded AS (
    SELECT account_no FROM link GROUP BY account_no HAVING count(*) > 1
    UNION
    SELECT unnest(list(account_no)) FROM link GROUP BY connection_no, external_id HAVING count(*) > 1
),
misplaced AS (
    SELECT l.account_no
    FROM link AS l
    LEFT JOIN connection AS c ON c.connection_no = l.connection_no
    LEFT JOIN account AS a ON a.account_no = l.account_no
    WHERE c.company_no IS NULL OR a.company_no IS DISTINCT FROM c.company_no OR a.connection_no IS DISTINCT FROM l.connection_no
),
bare AS (
    SELECT account_no FROM account WHERE connection_no IS NOT NULL AND account_no NOT IN (SELECT account_no FROM link)
)
SELECT DISTINCT 'a' || account_no AS account_id
FROM (FROM crowded UNION ALL FROM misplaced UNION ALL FROM bare)
ORDER BY account_id
