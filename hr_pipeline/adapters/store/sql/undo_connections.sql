-- Connections whose people a run touched: those it took people from, and those that its people, and the addresses it released, are with by now.
SELECT connection_no FROM link_ended WHERE by_run_no = $run_no
UNION
SELECT a.connection_no
FROM account AS a
SEMI JOIN (
    SELECT account_no FROM account_version WHERE run_no = $run_no
    UNION ALL SELECT account_no FROM pay_version WHERE run_no = $run_no
    UNION ALL SELECT account_no FROM link_ended WHERE from_run_no = $run_no
) AS t ON t.account_no = a.account_no
WHERE a.connection_no IS NOT NULL
ORDER BY connection_no
