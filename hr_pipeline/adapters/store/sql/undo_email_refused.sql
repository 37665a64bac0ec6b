-- Addresses that can't come back, since an account that keeps them has them by now. Run until nobody is added: who can't go back keeps
-- the address that somebody else would get back.
UPDATE undo_field AS f
SET result = 'impossible', code = 'UNDO_EMAIL_TAKEN', by_account_no = h.holder_no
FROM (
    SELECT w.account_no, any_value(a.account_no) AS holder_no
    FROM undo_field AS w
    JOIN undo_account AS u ON u.account_no = w.account_no
    JOIN account_version AS o ON o.version_no = u.former_version_no AND o.email_key IS NOT NULL
    JOIN account AS a ON a.email_hash = hash(o.email_key) AND a.account_no <> w.account_no
    WHERE w.field = 'email' AND w.result = 'reversed'
        AND a.account_no NOT IN (SELECT account_no FROM undo_field WHERE field IN ('email', 'account') AND result = 'reversed')
    GROUP BY w.account_no
) AS h
WHERE h.account_no = f.account_no AND f.field = 'email'
