-- Whoever has left and whose address somebody else got, as a person decided, does not ask for it back: that is no question for anybody. What
-- else has changed of them is taken over.
UPDATE change AS x
SET email = NULL, email_key = NULL, person_changed = list_filter(x.person_changed, lambda field: field <> 'email')
FROM email_claim AS c
JOIN batch AS b ON b.connection_no = c.connection_no
WHERE c.connection_no = x.connection_no AND c.row = x.row AND c.refused IS NOT NULL AND x.old_email_key IS NULL AND x.exit_date < b.date;

DELETE FROM email_claim AS c
USING change AS x
WHERE x.connection_no = c.connection_no AND x.row = c.row AND c.refused IS NOT NULL AND x.email_key IS NULL
