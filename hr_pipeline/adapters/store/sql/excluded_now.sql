-- Exclusions in force on each connection's sync date.
CREATE OR REPLACE TEMP TABLE excluded_now AS
SELECT x.connection_no, x.external_id, max(x.exclusion_no) AS exclusion_no
FROM exclusion AS x
JOIN batch AS b USING (connection_no)
WHERE x.ended_at IS NULL AND (x.until IS NULL OR x.until >= b.date)
GROUP BY ALL
