-- The pay of an account on a day (today without one), by all that is known.
SELECT t.*, 'r' || t.run_no AS sync_run_id
FROM pay_timeline AS t
WHERE t.account_no = $account_no AND t.effective_from <= coalesce($on::DATE, current_date)
    AND coalesce(t.effective_until > coalesce($on::DATE, current_date), TRUE)
