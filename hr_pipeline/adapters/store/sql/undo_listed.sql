-- What one undo made of each person, beside the outcomes of other runs: names of fields, and what stands in the way of the rest. Accounts
-- that went have their last name.
SELECT
    r.external_id, r.result AS outcome, r.code, NULL AS field, NULL AS rule, s.date AS since, 1 AS runs, 'a' || r.account_no AS account_id,
    r.fields AS changed, []::VARCHAR[] AS warnings,
    CASE
        WHEN r.by_account_no IS NOT NULL THEN 'a' || r.by_account_no
        WHEN r.by_run_no IS NOT NULL THEN 'r' || r.by_run_no
        WHEN r.code = 'UNDO_TOUCHED_BY_EDIT' THEN 'platform'
    END AS by,
    v.name.first_name AS first_name, v.name.last_name AS last_name
FROM reversal AS r
JOIN sync_run AS s ON s.run_no = r.run_no
LEFT JOIN (
    SELECT account_no, max_by({first_name: first_name, last_name: last_name}, version_no) AS name
    FROM account_version WHERE account_no IN (SELECT account_no FROM reversal WHERE run_no = $run_no) GROUP BY account_no
) AS v ON v.account_no = r.account_no
WHERE r.run_no = $run_no AND ($only IS NULL OR r.code = $only OR r.result = $only)
ORDER BY r.result = 'reversed', r.result, r.external_id, r.account_no
