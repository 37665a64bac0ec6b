-- Exclusions in force on each connection's sync date, with the excluded person's link.
CREATE OR REPLACE TEMP TABLE excluded_now AS
SELECT x.connection_no, x.external_id, max(x.exclusion_no) AS exclusion_no, any_value(l.rowid) AS link_row
FROM exclusion AS x
JOIN batch AS b ON b.connection_no = x.connection_no
LEFT JOIN link AS l ON l.connection_no = x.connection_no AND l.external_id = x.external_id
WHERE x.ended_at IS NULL AND (x.until IS NULL OR x.until >= b.date)
GROUP BY ALL
