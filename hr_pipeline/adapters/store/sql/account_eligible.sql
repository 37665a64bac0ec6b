-- Whether an account may become an employee's: free means unlinked, closed, or its own employee is missing.
SELECT
    a.account_no, a.company_no, m.group_name,
    a.connection_no IS NULL OR coalesce(a.exit_date < $today, FALSE)
        OR EXISTS (
            FROM absence AS x JOIN link AS l ON l.connection_no = x.connection_no AND l.external_id = x.external_id  -- not of a link that is over
            WHERE l.account_no = a.account_no AND x.to_run_no IS NULL
        ) AS is_free,
    (
        SELECT r.external_id FROM resolution AS r
        WHERE r.ended_at IS NULL AND r.account_no = a.account_no AND r.choice IN ('link', 'transfer')
        ORDER BY r.connection_no = $connection_no, r.resolution_no DESC LIMIT 1
    ) AS chosen_for
FROM account AS a
JOIN company AS m ON m.company_no = a.company_no
WHERE a.account_no = $account_no
