-- Accounts whose e-mail another account has too, both still there; compared by the key that matching uses.
SELECT list('a' || account_no ORDER BY account_no) AS accounts
FROM account
WHERE email_hash IS NOT NULL
GROUP BY email_hash
HAVING count(*) > 1
ORDER BY accounts
