-- How long each sync run's own pull took, also when it failed: the runs of a night all begin and end together.

ALTER TABLE sync_run ADD COLUMN pull_seconds DOUBLE;           -- from the first request to the last answer; null: nothing was asked of the provider
