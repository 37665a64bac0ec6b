-- Linked people whom the newest complete snapshots do not list: since when, in how many of them, and what else is known. Those left out or
-- past their last day are not missing; those closed as missing are told only when asked for (`is_closed`).
WITH still AS (
    SELECT m.*, c.connection_id, c.settings, c.active, c.provider, v.first_name, v.last_name, v.start_date, v.exit_date,
        m.closed_at IS NOT NULL AND v.exit_date IS NOT DISTINCT FROM m.closed_on AS is_closed
    FROM absence AS m
    JOIN connection AS c ON c.connection_no = m.connection_no
    JOIN link AS l ON l.connection_no = m.connection_no AND l.external_id = m.external_id
    JOIN account AS a ON a.account_no = m.account_no
    JOIN account_version AS v ON v.version_no = a.version_no
    WHERE m.to_run_no IS NULL AND m.missing_from_run_no IS NOT NULL AND ($connection_id IS NULL OR c.connection_id = $connection_id)
)
SELECT
    s.connection_id, s.connection_no, s.provider, s.external_id, s.account_no, 'a' || s.account_no AS account_id, s.settings,
    f.date AS since, 'r' || s.missing_from_run_no AS since_run_id,
    days_missing(s.connection_no, s.missing_from_run_no, s.missing_to_run_no, NULL)::INTEGER AS times,
    k.date AS last_listed,
    s.found, s.looked_up_at, s.found_last_day, s.start_date, s.exit_date, s.first_name, s.last_name,
    s.is_closed, s.closed_on, s.closed_at, 'r' || s.closed_run_no AS closed_run_id, s.closed_by, s.closed_reason, s.reopened_by, s.reopened_reason
FROM still AS s
JOIN sync_run AS f ON f.run_no = s.missing_from_run_no
LEFT JOIN last_listed AS k ON k.connection_no = s.connection_no AND k.external_id = s.external_id
WHERE (s.is_closed AND ($closed OR s.closed_on >= $today))
    OR (
        NOT s.is_closed AND s.missing_to_run_no IS NULL AND coalesce(s.exit_date >= $today, TRUE)
        AND NOT EXISTS (
            FROM exclusion AS x
            WHERE x.connection_no = s.connection_no AND x.external_id = s.external_id AND x.ended_at IS NULL AND (x.until IS NULL OR x.until >= $today)
        )
    )
ORDER BY s.connection_id, f.date, s.external_id
