-- A claim on an e-mail that another account keeps, or that another claim has too. Repeated until nothing changes: a refused
-- person keeps the old address, which may refuse the next. People who swap addresses both let go, so both succeed.
UPDATE email_claim AS c
SET refused = r.code
FROM (
    SELECT connection_no, row, CASE WHEN bool_or(same_company) THEN 'EMAIL_SHARED' ELSE 'EMAIL_IN_OTHER_COMPANY' END AS code
    FROM (
        SELECT c.connection_no, c.row, a.company_no = c.company_no AS same_company
        FROM email_claim AS c
        JOIN account AS a ON a.email_hash = c.email_hash AND a.account_no <> c.account_no
        WHERE c.refused IS NULL
            AND NOT EXISTS (
                FROM change AS x
                LEFT JOIN email_claim AS xc ON xc.connection_no = x.connection_no AND xc.row = x.row
                WHERE x.account_no = a.account_no AND x.email_key IS DISTINCT FROM c.email_key AND NOT x.gross_held AND xc.refused IS NULL
            )
        UNION ALL
        SELECT c.connection_no, c.row, o.company_no = c.company_no AS same_company
        FROM email_claim AS c
        JOIN email_claim AS o ON o.email_key = c.email_key AND (o.connection_no, o.row) <> (c.connection_no, c.row) AND o.refused IS NULL
        WHERE c.refused IS NULL
    )
    GROUP BY connection_no, row
) AS r
WHERE r.connection_no = c.connection_no AND r.row = c.row AND c.refused IS NULL
