-- Everybody whom the newest complete snapshot of their connection did not list, and the run since which it is so.
CREATE OR REPLACE TEMP VIEW absentee AS
SELECT connection_no, external_id, from_run_no AS since_run_no FROM absence WHERE to_run_no IS NULL
