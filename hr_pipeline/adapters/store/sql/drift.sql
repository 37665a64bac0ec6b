-- People whose change undoes an edit on the platform: a field that changes now is not what the last sync left there. A newer value of the
-- provider in a field that nobody edited is no drift.
INSERT INTO drift BY NAME
WITH edited AS (
    SELECT connection_no, row, account_no, version_no, person_changed FROM change WHERE edited_on_platform AND NOT is_new_link AND len(person_changed) > 0
),
synchronised AS (
    SELECT account_no, max(version_no) AS version_no
    FROM account_version
    WHERE run_no IS NOT NULL AND account_no IN (SELECT account_no FROM edited)
    GROUP BY account_no
)
SELECT * FROM (
    SELECT e.connection_no, e.row, list_intersect(e.person_changed, [
        CASE WHEN v.email IS DISTINCT FROM s.email THEN 'email' END,
        CASE WHEN v.first_name IS DISTINCT FROM s.first_name THEN 'first_name' END,
        CASE WHEN v.last_name IS DISTINCT FROM s.last_name THEN 'last_name' END,
        CASE WHEN v.birth_name IS DISTINCT FROM s.birth_name THEN 'birth_name' END,
        CASE WHEN v.language IS DISTINCT FROM s.language THEN 'language' END,
        CASE WHEN v.phone IS DISTINCT FROM s.phone THEN 'phone' END,
        CASE WHEN v.birth_date IS DISTINCT FROM s.birth_date THEN 'birth_date' END,
        CASE WHEN v.start_date IS DISTINCT FROM s.start_date THEN 'start_date' END,
        CASE WHEN v.exit_date IS DISTINCT FROM s.exit_date THEN 'exit_date' END,
        CASE WHEN v.employee_number IS DISTINCT FROM s.employee_number THEN 'employee_number' END
    ]) AS fields
    FROM edited AS e
    JOIN account_version AS v ON v.version_no = e.version_no
    JOIN synchronised AS n ON n.account_no = e.account_no
    JOIN account_version AS s ON s.version_no = n.version_no
)
WHERE len(fields) > 0
