-- Who stays linked as the run left them keeps what came with that link: the provider is the master of it.
UPDATE undo_field AS f
SET result = l.result, code = l.code, by_run_no = l.by_run_no, by_account_no = l.by_account_no
FROM (SELECT * FROM undo_field WHERE field = 'link' AND result <> 'reversed') AS l
WHERE l.account_no = f.account_no AND f.result = 'reversed'
