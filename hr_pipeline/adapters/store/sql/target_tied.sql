-- Whom `change` compares next: those just tied to an account. It is their first sync, so `first_sync` fields are set.
CREATE OR REPLACE TEMP TABLE target AS
SELECT u.connection_no, u.row, u.account_no, TRUE AS is_new_link, b.always_mask | b.first_mask AS always_mask, 0 AS first_mask
FROM unlinked_decision AS u
JOIN batch AS b ON b.connection_no = u.connection_no
WHERE u.outcome = 'linked'
