-- Every account that an employee in conflict might be: what a question is about, and what its inputs are taken from.
INSERT INTO tie BY NAME
WITH asked AS (SELECT connection_no, row FROM unlinked_decision WHERE outcome = 'conflict')
SELECT e.connection_no, e.row, e.account_no FROM email_decision AS e SEMI JOIN asked USING (connection_no, row) WHERE e.account_no IS NOT NULL
UNION
SELECT n.connection_no, n.row, n.account_no FROM name_candidate AS n SEMI JOIN asked USING (connection_no, row)
UNION
SELECT g.connection_no, g.row, g.account_no FROM group_candidate AS g SEMI JOIN asked USING (connection_no, row)
UNION
SELECT s.connection_no, s.row, s.account_no FROM similar_candidate AS s SEMI JOIN asked USING (connection_no, row)
UNION
SELECT c.connection_no, c.row, a.account_no
FROM email_claim AS c JOIN account AS a ON a.email_hash = c.email_hash AND a.account_no <> c.account_no
WHERE c.refused IS NOT NULL
