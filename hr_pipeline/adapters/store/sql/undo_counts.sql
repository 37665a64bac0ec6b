-- People by what became of them; one who is partly kept counts in both.
SELECT
    count(DISTINCT account_no) FILTER (result = 'reversed') AS reversed,
    count(DISTINCT account_no) FILTER (result = 'kept') AS kept,
    count(DISTINCT account_no) FILTER (result = 'impossible') AS impossible,
    count(DISTINCT account_no) FILTER (code = 'UNDO_NO_LINEAGE') AS without_lineage
FROM reversal
WHERE run_no = (SELECT run_no FROM undoing)
