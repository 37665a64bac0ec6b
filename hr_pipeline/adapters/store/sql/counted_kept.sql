-- Beside a held plan: whom its guards counted, and whom it misses.
INSERT INTO plan_counted BY NAME
SELECT b.plan_id, c.row::INTEGER AS row, c.external_id, c.account_no, c.guard, c.fields
FROM counted AS c
JOIN batch AS b USING (connection_no)
WHERE b.plan_id IN (SELECT unnest($plan_ids))
