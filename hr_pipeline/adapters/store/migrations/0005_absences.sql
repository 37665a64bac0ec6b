-- Rungs of missing: how long, what the provider answered when asked for one person, and who closed the account.

-- The runs in which they counted as missing: not while they are left out or after a known last day. `to_run_no` is the first run in which
-- they no longer did.
ALTER TABLE absence ADD COLUMN missing_from_run_no BIGINT;
ALTER TABLE absence ADD COLUMN missing_to_run_no BIGINT;
ALTER TABLE absence ADD COLUMN frozen BOOLEAN;                  -- out of scope when they were last listed: never missing, never closed

ALTER TABLE absence ADD COLUMN looked_up_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE absence ADD COLUMN found VARCHAR;                   -- gone | there | ended | unknown
ALTER TABLE absence ADD COLUMN found_last_day DATE;             -- last day that the provider then gave

-- The closing in force; a re-opening takes it away and is remembered, so that no rule closes them again in the same absence.
ALTER TABLE absence ADD COLUMN closed_on DATE;                  -- the exit date it gave the account
ALTER TABLE absence ADD COLUMN closed_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE absence ADD COLUMN closed_run_no BIGINT;            -- run in which the connection's rule closed; null: a person
ALTER TABLE absence ADD COLUMN closed_by VARCHAR;               -- who said so, or the rule
ALTER TABLE absence ADD COLUMN closed_reason VARCHAR;
ALTER TABLE absence ADD COLUMN exit_before DATE;                -- the account's exit date before
ALTER TABLE absence ADD COLUMN reopened_by VARCHAR;
ALTER TABLE absence ADD COLUMN reopened_reason VARCHAR;

UPDATE absence SET missing_from_run_no = from_run_no, missing_to_run_no = to_run_no
WHERE account_no NOT IN (SELECT account_no FROM account WHERE exit_date IS NOT NULL);
