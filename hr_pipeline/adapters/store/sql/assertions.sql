-- What must hold whatever the plan said; a violation rolls the whole part back.
SELECT
    CASE WHEN EXISTS (
        SELECT a.email_hash FROM account AS a
        WHERE a.email_hash IN (SELECT t.email_hash FROM account AS t WHERE t.account_no IN (SELECT account_no FROM new_account UNION ALL SELECT account_no FROM new_version))
        GROUP BY a.email_hash HAVING count(*) > 1
    ) THEN error('assertion: two accounts with one e-mail') END,
    CASE WHEN EXISTS (
        SELECT l.connection_no, l.external_id FROM link AS l
        JOIN (SELECT connection_no, external_id FROM decision WHERE outcome IN ('created', 'linked', 'transferred')) AS d USING (connection_no, external_id)
        GROUP BY ALL HAVING count(*) > 1
    ) THEN error('assertion: two links for one employee') END,
    CASE WHEN EXISTS (
        SELECT l.account_no FROM link AS l WHERE l.account_no IN (SELECT account_no FROM new_version WHERE is_new_link) GROUP BY ALL HAVING count(*) > 1
    ) THEN error('assertion: two links for one account') END,
    CASE WHEN (SELECT count(*) FROM new_account) <> (SELECT count(*) FROM decision WHERE outcome = 'created') THEN error('assertion: accounts and decisions differ') END
