-- Former links that can't come back, since the employee is linked to an account that keeps the link. Run until nobody is added.
UPDATE undo_field AS f
SET result = 'impossible', code = 'UNDO_LINK_TAKEN', by_account_no = h.holder_no
FROM (
    SELECT w.account_no, any_value(l.account_no) AS holder_no
    FROM undo_field AS w
    JOIN link_ended AS e ON e.account_no = w.account_no AND e.by_run_no = (SELECT undone_run_no FROM undoing)
    JOIN link AS l ON l.connection_no = e.connection_no AND l.external_id = e.external_id AND l.account_no <> w.account_no
    WHERE w.field = 'link' AND w.result = 'reversed'
        AND l.account_no NOT IN (SELECT account_no FROM undo_field WHERE field IN ('link', 'account') AND result = 'reversed')
    GROUP BY w.account_no
) AS h
WHERE h.account_no = f.account_no AND f.field = 'link'
