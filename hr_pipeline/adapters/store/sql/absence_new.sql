INSERT INTO absence BY NAME
SELECT x.connection_no, x.external_id, x.account_no, r.run_no AS from_run_no,
    CASE WHEN NOT x.is_expected THEN r.run_no END AS missing_from_run_no, x.is_frozen AS frozen
FROM absent AS x
JOIN run AS r ON r.connection_no = x.connection_no
WHERE r.applied AND NOT EXISTS (
    FROM absence AS a WHERE a.connection_no = x.connection_no AND a.external_id = x.external_id AND a.to_run_no IS NULL
)
