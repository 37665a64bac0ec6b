-- What an apply has to write, by kind.
SELECT
    count(*) FILTER (outcome = 'created') AS created,
    count(*) FILTER (outcome IN ('created', 'linked')) AS tied,
    count(*) FILTER (person_changes OR pay_changes OR outcome = 'linked') AS changed,
    count(*) FILTER (pay_changes OR outcome = 'created') AS paid,
    (SELECT count(*) FROM change) AS compared,
    (SELECT count(*) FROM staged_component) AS components,
    (SELECT count(*) FROM staged_problem) + (SELECT count(*) FROM change WHERE len(clears_blocked) > 0) AS problems,
    (SELECT count(*) FROM absent) + (SELECT count(*) FROM absence WHERE to_run_no IS NULL) AS absences,
    count(*) FILTER (outcome = 'conflict') + (SELECT count(*) FROM conflict WHERE state = 'open') AS conflicts
FROM decision
