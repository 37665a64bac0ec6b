-- One join tells the people nobody needs to look at (linked, everything as last applied, nothing against them) from all others. Only
-- fixed-width columns: the hash covers the external id, and the few that are found are read whole in `judged`. Rows without `row` are
-- links that nobody in the snapshot matches as they stand: whether the snapshot lists them at all is for `absent` to say.
CREATE OR REPLACE TEMP TABLE delta AS
SELECT s.connection_no, s.row, s.row_hash, s.shared_marks, l.link_row
FROM staged AS s
FULL OUTER JOIN (
    SELECT k.connection_no, k.row_hash, k.rowid AS link_row
    FROM link AS k
    ANTI JOIN excluded_now AS x ON x.link_row = k.rowid
    WHERE k.connection_no IN (SELECT connection_no FROM batch)
) AS l ON l.connection_no = s.connection_no AND l.row_hash = s.row_hash
WHERE s.row IS NULL OR l.link_row IS NULL OR s.reject_code IS NOT NULL OR NOT s.in_scope OR s.shared_marks <> 0
