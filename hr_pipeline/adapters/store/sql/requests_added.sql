-- A request for each of these connections, but for those that have one under way for the same days.
INSERT INTO sync_request BY NAME
SELECT (SELECT coalesce(max(request_no), 0) FROM sync_request) + row_number() OVER (ORDER BY c.connection_no) AS request_no, c.connection_no,
    $first::DATE AS first_date, $last::DATE AS last_date, $by AS requested_by, $now::TIMESTAMPTZ AS requested_at
FROM (SELECT unnest($connections::INTEGER[]) AS connection_no) AS c
WHERE NOT EXISTS (
    FROM sync_request AS r
    WHERE r.connection_no = c.connection_no AND r.ended_at IS NULL AND r.first_date IS NOT DISTINCT FROM $first::DATE
        AND r.last_date IS NOT DISTINCT FROM $last::DATE
)
