-- Whoever starts or stops to count as missing within an absence: included again, left out, or past a last day that has become known.
UPDATE absence AS a
SET missing_from_run_no = CASE WHEN x.is_expected THEN a.missing_from_run_no ELSE r.run_no END,
    missing_to_run_no = CASE WHEN x.is_expected THEN r.run_no END
FROM absent AS x
JOIN run AS r ON r.connection_no = x.connection_no AND r.applied
WHERE a.connection_no = x.connection_no AND a.external_id = x.external_id AND a.to_run_no IS NULL
    AND x.is_expected = (a.missing_from_run_no IS NOT NULL AND a.missing_to_run_no IS NULL)
