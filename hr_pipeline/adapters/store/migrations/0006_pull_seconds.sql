-- How long a provider took to answer: which connections are slow is seen over the nights.

ALTER TABLE snapshot ADD COLUMN pull_seconds DOUBLE;           -- from the first request to the last page; null: not measured
