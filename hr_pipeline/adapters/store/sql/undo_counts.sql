-- People by what became of them; one who is partly kept counts in both.
SELECT
    count(DISTINCT account_no) FILTER (result = 'reversed') AS reversed,
    count(DISTINCT account_no) FILTER (result = 'kept') AS kept,
    count(DISTINCT account_no) FILTER (result = 'impossible') AS impossible,
    count(DISTINCT account_no) FILTER (code = 'UNDO_NO_LINEAGE') AS without_lineage,
    count(DISTINCT account_no) FILTER (code = 'UNDO_TOUCHED_BY_EDIT') AS edited,
    list(DISTINCT by_run_no ORDER BY by_run_no DESC) FILTER (by_run_no IS NOT NULL) AS later,
    list(DISTINCT by_account_no ORDER BY by_account_no) FILTER (by_account_no IS NOT NULL) AS holders
FROM reversal
WHERE run_no = (SELECT run_no FROM undoing)
