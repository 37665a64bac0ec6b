-- Whoever has a blocked clear, or is without the pay they had, is looked at every night (0): it is told, and counted, as long as it lasts.
-- Sorted by key: an unsorted update is up to 290 times slower (design/store.md).
UPDATE link AS l
SET row_hash = d.row_hash
FROM (
    SELECT d.connection_no, d.external_id, CASE WHEN len(x.clears_blocked) > 0 OR is_without_pay_known(x.has_pay, x.emptied) THEN 0 ELSE d.row_hash END AS row_hash
    FROM decision AS d
    JOIN change AS x ON x.connection_no = d.connection_no AND x.row = d.row
    WHERE d.outcome IN ('updated', 'unchanged')
    ORDER BY d.connection_no, d.external_id
) AS d
WHERE l.connection_no = d.connection_no AND l.external_id = d.external_id
