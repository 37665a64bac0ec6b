-- Who would get the e-mail of an account that stays as it is, since the row that was to let go of it is stale. Repeated until nothing
-- changes: who waits keeps the old address too.
UPDATE decision AS d
SET outcome = 'held', code = 'PLAN_STALE', field = NULL, person_changes = FALSE, pay_changes = FALSE
FROM (
    SELECT w.connection_no, w.row
    FROM (
        SELECT d.connection_no, d.row, d.account_no, CASE WHEN d.outcome = 'created' THEN j.email_key ELSE x.email_key END AS email_key
        FROM decision AS d
        JOIN batch AS b ON b.connection_no = d.connection_no AND b.approved_plan_id IS NOT NULL
        JOIN judged AS j ON j.connection_no = d.connection_no AND j.row = d.row
        LEFT JOIN change AS x ON x.connection_no = d.connection_no AND x.row = d.row
        WHERE d.outcome IN ('created', 'linked', 'updated', 'transferred')
    ) AS w
    JOIN account AS a ON a.email_hash = hash(w.email_key) AND a.account_no IS DISTINCT FROM w.account_no
    WHERE w.email_key IS NOT NULL AND NOT EXISTS (
        FROM change AS y
        JOIN decision AS o ON o.connection_no = y.connection_no AND o.row = y.row
        WHERE y.account_no = a.account_no AND o.outcome IN ('linked', 'updated', 'transferred') AND y.email_key IS DISTINCT FROM w.email_key
    )
) AS s
WHERE s.connection_no = d.connection_no AND s.row = d.row
