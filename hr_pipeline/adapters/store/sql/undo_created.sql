-- Accounts that the undone run created: they go, with their links, unless somebody has touched anything of theirs since.
INSERT INTO undo_field BY NAME
SELECT u.account_no, 'account' AS field,
    CASE WHEN t.account_no IS NULL THEN 'reversed' ELSE 'kept' END AS result,
    CASE WHEN t.account_no IS NOT NULL THEN CASE WHEN t.last.run_no IS NULL THEN 'UNDO_TOUCHED_BY_EDIT' ELSE 'UNDO_TOUCHED_BY_RUN' END END AS code,
    t.last.run_no AS by_run_no
FROM undo_account AS u
LEFT JOIN (
    SELECT account_no, max_by({run_no: run_no}, coalesce(run_no, 9223372036854775807)) AS last FROM undo_touch GROUP BY account_no
) AS t ON t.account_no = u.account_no
WHERE u.is_created
