-- An approval is bound to what was seen: a decision that is not among the plan's rows any more waits for another look. So does a change
-- that was seen and is not made, because newer facts were applied in between.
UPDATE decision AS d
SET outcome = 'held', code = 'PLAN_STALE', field = NULL, person_changes = FALSE, pay_changes = FALSE
FROM batch AS b
WHERE b.connection_no = d.connection_no
    AND b.approved_plan_id IS NOT NULL
    AND (
        (
            d.outcome IN ('created', 'linked', 'updated', 'transferred')
            AND row_signature(d.external_id, d.row_hash, d.planned_outcome, d.account_no, d.version_no, d.pay_no, b.fingerprint)
                NOT IN (SELECT signature FROM plan_row WHERE plan_id = b.approved_plan_id)
        )
        OR (
            b.is_older AND d.outcome = 'unchanged'
            AND d.external_id IN (SELECT external_id FROM plan_row WHERE plan_id = b.approved_plan_id AND outcome IN ('created', 'linked', 'updated', 'transferred'))
        )
    )
