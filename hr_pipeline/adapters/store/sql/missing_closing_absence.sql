UPDATE absence AS a
SET closed_on = c.closed_on, closed_at = $now, closed_run_no = c.run_no, closed_by = 'close_missing=' || c.close_missing,
    closed_reason = 'missing ' || c.times || ' times in a row', exit_before = c.exit_before
FROM missing_closing AS c
WHERE a.connection_no = c.connection_no AND a.external_id = c.external_id AND a.to_run_no IS NULL
