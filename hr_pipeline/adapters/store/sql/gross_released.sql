-- Rows that a person released, each bound to what was seen: the provider's row, the account's and the pay's versions, mapping and settings.
UPDATE change AS x
SET gross_held = FALSE
FROM batch AS b
WHERE b.connection_no = x.connection_no AND x.gross_held
    AND row_signature(x.external_id, x.row_hash, 'held', x.account_no, x.version_no, coalesce(x.pay_no, 0), b.fingerprint) IN (
        SELECT p.signature FROM plan_row AS p JOIN release AS r ON r.plan_id = p.plan_id
        WHERE r.connection_no = b.connection_no AND r.used_run_no IS NULL AND r.expires_at > b.planned_at AND p.outcome = 'held'
    )
