-- What an apply has to write, in rows by kind. Plain counts one under the other: as subqueries they would cost more to plan than to run.
SELECT 'created' AS kind, count(*) AS rows FROM decision WHERE outcome = 'created'
UNION ALL SELECT 'tied', count(*) FROM decision WHERE outcome IN ('created', 'linked', 'transferred')
UNION ALL SELECT 'changed', count(*) FROM decision WHERE person_changes OR pay_changes OR outcome IN ('linked', 'transferred')
UNION ALL SELECT 'paid', count(*) FROM decision WHERE pay_changes OR outcome = 'created'
UNION ALL SELECT 'compared', count(*) FROM change
UNION ALL SELECT 'components', count(*) FROM staged_component
UNION ALL SELECT 'periods', count(*) FROM staged_period
UNION ALL SELECT 'problems', count(*) FROM staged_problem
UNION ALL SELECT 'problems', count(*) FROM retroactive
UNION ALL SELECT 'problems', count(*) FROM change WHERE len(clears_blocked) > 0
UNION ALL SELECT 'absent', count(*) FROM absent
UNION ALL SELECT 'closable', count(*) FROM absent AS x JOIN batch AS b USING (connection_no) WHERE NOT x.is_expected AND b.close_missing <> 'never'
UNION ALL SELECT 'absent before', count(*) FROM absence WHERE to_run_no IS NULL
UNION ALL SELECT 'conflicts', count(*) FROM decision WHERE outcome = 'conflict'
UNION ALL SELECT 'conflicts', count(*) FROM conflict WHERE state <> 'closed'
UNION ALL SELECT 'waiting', count(*) FROM unlinked_decision WHERE code = 'TRANSFER_UPCOMING' AND resolution_no IS NOT NULL
UNION ALL SELECT 'settled', count(*) FROM settled
UNION ALL SELECT 'relinked', count(*) FROM settled WHERE account_no IS NOT NULL
UNION ALL SELECT 'addresses', count(*) FROM settled WHERE releases_email_of IS NOT NULL
