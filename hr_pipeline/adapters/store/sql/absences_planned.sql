-- Whom the plan misses, as `figure` counts them: those who were not missing before, and those whom the connection's rule would close.
SELECT x.external_id, 'a' || x.account_no AS account_id, m.missing_from_run_no IS NULL OR m.missing_to_run_no IS NOT NULL AS is_first_time,
    d.closed_on, d.close_missing
FROM absent AS x
LEFT JOIN absence AS m ON m.connection_no = x.connection_no AND m.external_id = x.external_id AND m.to_run_no IS NULL
LEFT JOIN missing_due AS d ON d.connection_no = x.connection_no AND d.external_id = x.external_id
WHERE NOT x.is_expected
ORDER BY x.external_id
