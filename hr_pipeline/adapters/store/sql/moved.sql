-- Employments that are over for us, since the person works elsewhere by now (transferred, or hired again under another id), though the
-- provider may go on listing them: the path `moved` of `judged`, for as long as the person is at work there.
INSERT INTO moved BY NAME
WITH left_for AS (
    SELECT e.connection_no, e.external_id, max_by({account_no: e.account_no, reason: e.reason, ended_on: e.ended_on}, e.by_run_no) AS employment
    FROM link_ended AS e
    WHERE e.connection_no IN (SELECT connection_no FROM batch)
    GROUP BY ALL
)
SELECT f.connection_no, f.external_id, a.account_no, f.employment.ended_on AS ended_on
FROM left_for AS f
JOIN account AS a ON a.account_no = f.employment.account_no AND a.connection_no IS NOT NULL
JOIN batch AS b ON b.connection_no = f.connection_no
WHERE f.employment.reason IN ('transfer', 'rehire') AND coalesce(a.exit_date >= b.date, TRUE)
    AND NOT EXISTS (
        FROM absence AS x JOIN link AS l ON l.connection_no = x.connection_no AND l.external_id = x.external_id
        WHERE l.account_no = a.account_no AND x.to_run_no IS NULL
    )
