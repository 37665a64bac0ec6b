-- Whom `change` compares next: those just tied to an account. It is their first sync, so `first_sync` fields are set. Whom a person's decision ties
-- starts a new employment (`is_renewed`): its exit date is the provider's, even none.
CREATE OR REPLACE TEMP TABLE target AS
SELECT u.connection_no, u.row, u.account_no, TRUE AS is_new_link, s.row IS NOT NULL AS is_renewed, coalesce(s.choice = 'transfer', FALSE) AS is_transfer,
    b.always_mask | b.first_mask AS always_mask, 0 AS first_mask
FROM unlinked_decision AS u
JOIN batch AS b ON b.connection_no = u.connection_no
LEFT JOIN settled AS s ON s.connection_no = u.connection_no AND s.row = u.row
WHERE u.outcome IN ('linked', 'transferred')
