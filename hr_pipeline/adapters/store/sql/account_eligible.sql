-- Whether an account may become an employee's: free means unlinked, closed, its own employee is missing, or its connection was stopped. `is_chosen`: for another employee.
SELECT
    a.account_no, a.company_no, m.group_name,
    a.connection_no IS NULL OR NOT c.active OR coalesce(a.exit_date < $today, FALSE)
        OR EXISTS (
            FROM absence AS x JOIN link AS l ON l.connection_no = x.connection_no AND l.external_id = x.external_id  -- not of a link that is over
            WHERE l.account_no = a.account_no AND x.to_run_no IS NULL
        ) AS is_free,
    EXISTS (
        FROM resolution AS r JOIN conflict AS k ON k.conflict_no = r.conflict_no AND k.state = 'decided'
        WHERE r.ended_at IS NULL AND r.account_no = a.account_no AND r.choice IN ('link', 'transfer')
            AND (r.connection_no, r.external_id) <> ($connection_no, $external_id)
    ) AS is_chosen
FROM account AS a
JOIN company AS m ON m.company_no = a.company_no
LEFT JOIN connection AS c ON c.connection_no = a.connection_no
WHERE a.account_no = $account_no
