-- The accounts a conflict is about, each with what agrees and what differs, by name of field only.
INSERT INTO candidate BY NAME
WITH tied AS (
    SELECT e.connection_no, e.row, e.account_no FROM email_decision AS e
    UNION
    SELECT n.connection_no, n.row, n.account_no FROM name_candidate AS n
    UNION
    SELECT c.connection_no, c.row, a.account_no
    FROM email_claim AS c JOIN account AS a ON a.email_hash = c.email_hash AND a.account_no <> c.account_no
    WHERE c.refused IS NOT NULL
),
compared AS (
    SELECT
        t.connection_no, t.row, t.account_no,
        [
            {field: 'email', agrees: j.email_key = v.email_key, weight: 40},
            {field: 'last_name', agrees: split_part(j.name_key, '|', 2) = split_part(v.name_key, '|', 2), weight: 20},
            {field: 'first_name', agrees: split_part(j.name_key, '|', 1) = split_part(v.name_key, '|', 1), weight: 15},
            {field: 'birth_date', agrees: j.birth_date = v.birth_date, weight: 20},
            {field: 'employee_number', agrees: j.employee_number = v.employee_number, weight: 5}
        ] AS facts
    FROM tied AS t
    JOIN decision AS d ON d.connection_no = t.connection_no AND d.row = t.row AND d.outcome = 'conflict'
    JOIN judged AS j ON j.connection_no = t.connection_no AND j.row = t.row
    JOIN account AS a ON a.account_no = t.account_no
    JOIN account_version AS v ON v.version_no = a.version_no
)
SELECT
    connection_no, row,
    to_json(list({
        account_id: 'a' || account_no,
        score: list_sum([0] || [f.weight FOR f IN facts IF f.agrees]),
        agrees: [f.field FOR f IN facts IF f.agrees],
        differs: [f.field FOR f IN facts IF NOT f.agrees]
    } ORDER BY account_no))::VARCHAR AS candidates,
    bit_xor(hash(account_no, facts)) AS inputs
FROM compared
GROUP BY connection_no, row
