-- Sync runs as they ended. How long a pull took is its snapshot's; a snapshot that was kept from before (a replay, an approval) was not pulled by the run.
INSERT INTO sync_run BY NAME
SELECT r.* REPLACE (coalesce(r.pull_seconds, s.pull_seconds) AS pull_seconds)
FROM runs_in AS r
LEFT JOIN snapshot AS s ON s.snapshot_id = r.snapshot_id AND s.connection_no = r.connection_no AND s.pulled_at >= r.started_at
