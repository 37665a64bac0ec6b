-- A guard, or a review, on the whole run: nobody's data is written.
UPDATE decision AS d
SET outcome = 'held', code = h.code, field = h.field, person_changes = FALSE, pay_changes = FALSE
FROM hold AS h
WHERE h.connection_no = d.connection_no AND d.outcome IN ('created', 'linked', 'updated', 'unchanged', 'transferred', 'held')
