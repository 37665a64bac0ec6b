-- Whom `change` compares first: the linked. A snapshot older than the newest one applied never overwrites what is newer (§8).
CREATE OR REPLACE TEMP TABLE target AS
SELECT j.connection_no, j.row, j.link_account_no AS account_no, FALSE AS is_new_link, FALSE AS is_renewed, FALSE AS is_transfer, b.always_mask, b.first_mask
FROM judged AS j
JOIN batch AS b USING (connection_no)
WHERE j.path = 'linked' AND NOT b.is_older
