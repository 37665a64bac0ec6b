-- Linked people whose e-mail changes to one they do not have yet. Who is held keeps everything, the address too.
INSERT INTO email_claim BY NAME
SELECT connection_no, row, account_no, company_no, email_key, hash(email_key) AS email_hash, NULL::VARCHAR AS refused
FROM change
WHERE email_key IS DISTINCT FROM old_email_key AND email_key IS NOT NULL AND NOT gross_held
