-- Rows that a person released, each bound to what was seen: the provider's row, the account's and the pay's versions, mapping and settings.
-- The release of a whole run is about its guards: who was held in it for the gross is asked about apart.
CREATE OR REPLACE TEMP TABLE freed AS
SELECT x.connection_no, x.row, r.release_no
FROM change AS x
JOIN batch AS b ON b.connection_no = x.connection_no
JOIN release AS r ON r.connection_no = x.connection_no AND r.used_run_no IS NULL AND r.expires_at > b.planned_at
JOIN plan AS n ON n.plan_id = r.plan_id AND n.code IS NULL
JOIN plan_row AS p ON p.plan_id = r.plan_id AND p.outcome = 'held'
    AND p.signature = row_signature(x.external_id, x.row_hash, 'held', x.account_no, x.version_no, coalesce(x.pay_no, 0), b.fingerprint)
WHERE x.gross_held;

UPDATE change AS x SET gross_held = FALSE FROM freed AS f WHERE f.connection_no = x.connection_no AND f.row = x.row
