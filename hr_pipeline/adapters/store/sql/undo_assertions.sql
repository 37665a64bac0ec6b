-- What must hold after an undo, whatever it decided; a violation rolls it back.
SELECT
    CASE WHEN EXISTS (
        SELECT a.email_hash FROM account AS a
        WHERE a.email_hash IN (SELECT t.email_hash FROM account AS t SEMI JOIN undo_back AS b ON b.account_no = t.account_no)
        GROUP BY a.email_hash HAVING count(*) > 1
    ) THEN error('assertion: two accounts with one e-mail') END,
    CASE WHEN EXISTS (
        SELECT 1 FROM link AS l
        WHERE (l.connection_no, l.external_id) IN (SELECT k.connection_no, k.external_id FROM link AS k SEMI JOIN undo_back AS b ON b.account_no = k.account_no)
        GROUP BY l.connection_no, l.external_id HAVING count(*) > 1
    ) THEN error('assertion: two links for one employee') END,
    CASE WHEN EXISTS (
        SELECT 1 FROM undo_back AS b
        JOIN account AS a ON a.account_no = b.account_no
        LEFT JOIN link AS l ON l.account_no = a.account_no
        WHERE b.link_goes AND l.connection_no IS DISTINCT FROM a.connection_no
    ) THEN error('assertion: an account without its link') END
