-- The next sync looks at everybody who was reversed, column by column.
UPDATE link AS l
SET row_hash = 0
WHERE l.account_no IN (SELECT account_no FROM undo_back)
