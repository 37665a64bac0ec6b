-- Whom the plan does not find listed, and the run since which it is so: beyond every number for those who were listed until now.
CREATE OR REPLACE TEMP VIEW absentee AS
SELECT x.connection_no, x.external_id, coalesce(m.from_run_no, 9223372036854775807) AS since_run_no
FROM absent AS x
LEFT JOIN absence AS m ON m.connection_no = x.connection_no AND m.external_id = x.external_id AND m.to_run_no IS NULL
WHERE NOT x.is_expected
