-- The same new e-mail in two companies of one batch: the first connection has it, as if it had been synchronised first.
UPDATE unlinked_decision AS u
SET outcome = 'conflict', code = 'EMAIL_IN_OTHER_COMPANY'
FROM (
    SELECT connection_no, row
    FROM unlinked_decision
    WHERE outcome IN ('created', 'linked') AND email_key IN (
        SELECT email_key FROM unlinked_decision WHERE outcome IN ('created', 'linked') GROUP BY email_key HAVING count(*) > 1
    )
    QUALIFY row_number() OVER (PARTITION BY email_key ORDER BY outcome DESC, connection_no, row) > 1
) AS r
WHERE r.connection_no = u.connection_no AND r.row = u.row
