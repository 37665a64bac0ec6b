-- The links of those who are not plainly unchanged, and of those the snapshot may not list.
CREATE OR REPLACE TEMP TABLE link_in_question AS
SELECT l.connection_no, l.external_id, l.account_no
FROM link AS l
SEMI JOIN (SELECT link_row FROM delta UNION ALL SELECT link_row FROM excluded_now) AS q ON q.link_row = l.rowid
