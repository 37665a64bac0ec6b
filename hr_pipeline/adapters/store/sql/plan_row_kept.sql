-- The frozen plan, as an approval will find it.
INSERT INTO plan_row BY NAME
SELECT b.plan_id, d.row::INTEGER AS row, d.external_id, d.planned_outcome AS outcome, d.code, d.field, d.account_no, d.changed,
    row_signature(d.external_id, d.row_hash, d.planned_outcome, d.account_no, d.version_no, d.pay_no, b.fingerprint) AS signature
FROM decision AS d
JOIN batch AS b USING (connection_no)
WHERE b.plan_id IN (SELECT unnest($plan_ids)) AND (d.planned_outcome <> 'unchanged' OR d.takes_effect IS NOT NULL)
