-- The accounts a conflict is about, each with what agrees, what differs and what is unknown, by name of field only, and the waterfall of
-- weights that makes its score. The weights are `domain.evidence`'s, in the temporary table `evidence`. A company is named, and dates
-- are proposed, only within a group: other companies are nobody's business.
CREATE OR REPLACE TEMP MACRO verdict(mine, theirs) AS CASE WHEN mine IS NULL OR theirs IS NULL THEN 'unknown' WHEN mine = theirs THEN 'agrees' ELSE 'differs' END;

CREATE OR REPLACE TEMP MACRO resemble(one, other) AS coalesce(
    jaro_winkler_similarity(one, other) >= 0.88 OR (least(len(one), len(other)) > 2 AND (contains(one, other) OR contains(other, one))), FALSE
);

INSERT INTO candidate BY NAME
WITH asked AS (
    SELECT t.connection_no, t.row, t.account_no, b.company_no, b.group_name, j.email_key, j.name_key, j.birth_name_key, j.birth_date,
        j.employee_number, j.phone, j.start_date
    FROM tie AS t
    JOIN decision AS d ON d.connection_no = t.connection_no AND d.row = t.row AND d.outcome = 'conflict'
    JOIN judged AS j ON j.connection_no = t.connection_no AND j.row = t.row
    JOIN batch AS b ON b.connection_no = t.connection_no
),
-- How many people of the company bear the employee's name: accounts, and other employees who have none yet.
wanted AS (
    SELECT DISTINCT connection_no, row, company_no, unnest([hash(name_key), CASE WHEN birth_name_key IS NOT NULL THEN hash(birth_name_key) END]) AS name_hash
    FROM asked
),
borne AS (
    SELECT 'account' AS kind, 0 AS connection_no, account_no AS no, company_no, unnest([name_hash, birth_name_hash]) AS name_hash FROM (
        SELECT account_no, company_no, name_hash, birth_name_hash FROM account
        WHERE (name_hash IN (SELECT name_hash FROM wanted) OR birth_name_hash IN (SELECT name_hash FROM wanted))
            AND account_no NOT IN (SELECT account_no FROM account_after)
        UNION ALL
        SELECT account_no, company_no, name_hash, birth_name_hash FROM account_after
    )
    UNION ALL
    SELECT 'employee', j.connection_no, j.row, b.company_no, unnest([hash(j.name_key), CASE WHEN j.birth_name_key IS NOT NULL THEN hash(j.birth_name_key) END])
    FROM judged AS j
    JOIN batch AS b ON b.connection_no = j.connection_no
    JOIN decision AS d ON d.connection_no = j.connection_no AND d.row = j.row
    WHERE j.path IN ('unlinked', 'duplicate') AND d.outcome IN ('created', 'conflict')
),
bearers AS (
    SELECT w.connection_no, w.row, count(DISTINCT (o.kind, o.connection_no, o.no)) AS bearers
    FROM wanted AS w
    JOIN borne AS o ON o.company_no = w.company_no AND o.name_hash = w.name_hash
    WHERE o.kind = 'account' OR (o.connection_no, o.no) <> (w.connection_no, w.row)
    GROUP BY w.connection_no, w.row
),
compared AS (
    SELECT
        q.connection_no, q.row, q.account_no, q.start_date, if(f.account_no IS NULL, v.exit_date, f.exit_date) AS exit_date, v.start_date AS account_start_date, greatest(coalesce(n.bearers, 1), 1) AS bearers,
        CASE WHEN a.company_no <> q.company_no AND q.group_name IS NOT NULL AND m.group_name IS NOT DISTINCT FROM q.group_name THEN m.name END AS company,
        split_part(q.name_key, '|', 1) AS first_half, split_part(q.name_key, '|', 2) AS last_half, split_part(q.birth_name_key, '|', 2) AS birth_half,
        split_part(if(f.account_no IS NULL, v.name_key, f.name_key), '|', 1) AS account_first_half,
        split_part(if(f.account_no IS NULL, v.name_key, f.name_key), '|', 2) AS account_last_half,
        split_part(if(f.account_no IS NULL, v.birth_name_key, f.birth_name_key), '|', 2) AS account_birth_half,
        verdict(q.email_key, if(f.account_no IS NULL, v.email_key, f.email_key)) AS email,
        verdict(q.birth_date, if(f.account_no IS NULL, v.birth_date, f.birth_date)) AS birth_date,
        verdict(q.employee_number, v.employee_number) AS employee_number,
        verdict(q.phone, v.phone) AS phone
    FROM asked AS q
    JOIN account AS a ON a.account_no = q.account_no
    JOIN account_version AS v ON v.version_no = a.version_no
    JOIN company AS m ON m.company_no = a.company_no
    LEFT JOIN account_after AS f ON f.account_no = q.account_no
    LEFT JOIN bearers AS n ON n.connection_no = q.connection_no AND n.row = q.row
),
named AS (
    SELECT *,
        CASE
            WHEN verdict(first_half, account_first_half) = 'differs' AND resemble(first_half, account_first_half) THEN 'alike'
            ELSE verdict(first_half, account_first_half)
        END AS first_name,
        CASE
            WHEN last_half IS NULL OR account_last_half IS NULL THEN 'unknown'
            WHEN last_half IN (account_last_half, account_birth_half) OR birth_half IN (account_last_half, account_birth_half) THEN 'agrees'
            WHEN resemble(last_half, account_last_half) OR resemble(birth_half, account_last_half) OR resemble(last_half, account_birth_half)
                OR resemble(birth_half, account_birth_half) THEN 'alike'
            ELSE 'differs'
        END AS last_name
    FROM compared
),
judgement AS (
    SELECT connection_no, row, account_no, start_date, coalesce(exit_date, greatest(account_start_date, start_date - 1)) AS last_day, bearers, company,
        [
            {field: 'base', verdict: 'unknown'},
            {field: 'email', verdict: email},
            {field: 'last_name', verdict: last_name},
            {field: 'first_name', verdict: first_name},
            {field: 'birth_date', verdict: birth_date},
            {field: 'employee_number', verdict: employee_number},
            {field: 'phone', verdict: phone},
            {field: 'name_bearers', verdict: if(first_name = 'agrees' AND last_name = 'agrees', 'agrees', 'unknown')}
        ] AS facts
    FROM named
),
points AS (
    SELECT map_from_entries(list((field || ' ' || verdict, weight)) FILTER (bearers = 0)) AS of_field,
        list({bearers: bearers, weight: weight} ORDER BY bearers) FILTER (bearers > 0) AS of_bearers
    FROM evidence
),
weighed AS (
    SELECT c.*,
        [
            {
                field: f.field, verdict: f.verdict,
                weight: coalesce(p.of_field[f.field || ' ' || f.verdict], list_last([o.weight FOR o IN p.of_bearers IF o.bearers <= c.bearers]))
            } FOR f IN c.facts
        ] AS steps
    FROM judgement AS c, points AS p
),
told AS (
    SELECT connection_no, row, account_no, list_sum([s.weight FOR s IN steps]) AS score,
        to_json({
            account_id: 'a' || account_no,
            score: list_sum([s.weight FOR s IN steps]),
            agrees: [s.field FOR s IN steps[2:-2] IF s.verdict = 'agrees'],
            differs: [s.field FOR s IN steps[2:-2] IF s.verdict IN ('differs', 'alike')],
            steps: steps,
            name_bearers: bearers,
            company: company,
            employment_ends: if(company IS NOT NULL, last_day, NULL),
            employment_starts: if(company IS NOT NULL, start_date, NULL)
        })::VARCHAR AS candidate
    FROM weighed
)
-- Joined as text: ordering whole structures in a list costs more than everything above.
SELECT connection_no, row, '[' || string_agg(candidate, ',' ORDER BY score DESC, account_no) || ']' AS candidates
FROM told
GROUP BY connection_no, row
