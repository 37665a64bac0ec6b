INSERT INTO link BY NAME
SELECT d.connection_no, d.external_id, n.account_no, CASE WHEN len(x.clears_blocked) > 0 OR is_without_pay_known(x.has_pay, x.emptied) THEN 0 ELSE d.row_hash END AS row_hash, n.run_no AS from_run_no
FROM decision AS d
JOIN (
    SELECT connection_no, row, account_no, run_no FROM new_account
    UNION ALL
    SELECT connection_no, row, account_no, run_no FROM new_version WHERE is_new_link
) AS n ON n.connection_no = d.connection_no AND n.row = d.row
LEFT JOIN change AS x ON x.connection_no = d.connection_no AND x.row = d.row
ORDER BY d.connection_no, d.external_id
