-- What each question rests on, part by part, as hashes: of the employee, and of every account that is a candidate. A remembered decision
-- holds while they stay; what differs is told by the names of the parts. Of accounts that change tonight what they become (`account_after`):
-- so the question is about what a person finds the day after, and a relaunch asks the same.
INSERT INTO conflict_input BY NAME
WITH asked AS (
    SELECT u.connection_no, u.row, u.code FROM unlinked_decision AS u WHERE u.outcome = 'conflict'
    UNION ALL
    SELECT j.connection_no, j.row, j.duplicate_code FROM judged AS j WHERE j.path = 'duplicate'
    UNION ALL
    SELECT c.connection_no, c.row, c.refused FROM email_claim AS c WHERE c.refused IS NOT NULL
),
part AS (
    SELECT q.connection_no, q.row,
        unnest(['employee.email', 'employee.name', 'employee.birth_date', 'employee.number']) AS name,
        unnest([hash(j.email_key), hash(j.name_key, j.birth_name_key), hash(j.birth_date), hash(j.employee_number)]) AS value
    FROM asked AS q
    JOIN judged AS j ON j.connection_no = q.connection_no AND j.row = q.row
    UNION ALL
    SELECT q.connection_no, q.row, 'employee.start_date', hash(j.start_date)
    FROM asked AS q
    JOIN judged AS j ON j.connection_no = q.connection_no AND j.row = q.row
    WHERE q.code = 'TRANSFER'
    UNION ALL
    SELECT t.connection_no, t.row, unnest(p.names), unnest(p.hashes)
    FROM tie AS t
    JOIN account_part AS p ON p.account_no = t.account_no
    WHERE NOT EXISTS (FROM account_after AS f WHERE f.account_no = t.account_no)
    UNION ALL
    SELECT t.connection_no, t.row,
        unnest(['a' || a.account_no || '.' || part FOR part IN ['email', 'name', 'birth_date', 'link']]),
        unnest([hash(f.email_key), hash(f.name_key, f.birth_name_key), hash(f.birth_date), hash(a.company_no, a.connection_no)])
    FROM tie AS t
    JOIN account_after AS f ON f.account_no = t.account_no
    JOIN account AS a ON a.account_no = t.account_no
)
SELECT connection_no, row, map(list(name ORDER BY name), list(value ORDER BY name)) AS inputs, bit_xor(hash(name, value)) AS inputs_hash
FROM part
GROUP BY connection_no, row
