-- Those who wait, numbered by the days they ask for: one batch, one run.
UPDATE sync_request AS r
SET batch_no = n.batch_no
FROM (
    SELECT request_no, (SELECT coalesce(max(batch_no), 0) FROM sync_request) + dense_rank() OVER (ORDER BY first_date, last_date) AS batch_no
    FROM sync_request
    WHERE batch_no IS NULL AND ended_at IS NULL
) AS n
WHERE n.request_no = r.request_no
