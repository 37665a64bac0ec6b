-- Stable views for analysts (docs/store.md). Made anew whenever the schema moves.
CREATE SCHEMA IF NOT EXISTS reporting;

CREATE OR REPLACE VIEW reporting.connections AS
SELECT c.connection_id, c.provider, m.name AS company, m.vat_number, m.group_name AS company_group, c.provider_company_id, c.active, c.created_at,
    'r' || c.last_run_no AS last_applied_run_id, c.last_applied_date, c.last_source AS employees_in_last_snapshot
FROM connection AS c
JOIN company AS m USING (company_no);

CREATE OR REPLACE VIEW reporting.links AS
SELECT c.connection_id, l.external_id, 'a' || l.account_no AS account_id, 'r' || l.from_run_no AS from_run_id, NULL::VARCHAR AS to_run_id, TRUE AS current,
    v.start_date AS started_on, v.exit_date AS ended_on, NULL::VARCHAR AS ended_why
FROM link AS l
JOIN connection AS c USING (connection_no)
JOIN account AS a USING (account_no)
JOIN account_version AS v USING (version_no)
UNION ALL
SELECT c.connection_id, l.external_id, 'a' || l.account_no, 'r' || l.from_run_no, 'r' || l.to_run_no, FALSE, l.started_on, l.ended_on, l.reason
FROM link_ended AS l
JOIN connection AS c USING (connection_no);

CREATE OR REPLACE VIEW reporting.pay AS
SELECT 'a' || p.account_no AS account_id, p.pay_no, c.connection_id, 'r' || p.run_no AS sync_run_id, p.recorded_at, p.gross_amount, p.currency, p.pay_type,
    p.weekly_hours, p.reference_hours, p.work_regime_pct, p.employer_contribution_pct, p.effective_from, p.effective_until - 1 AS effective_to,
    a.pay_no IS NOT NULL AND coalesce(p.effective_until > current_date, TRUE) AS current
FROM pay_version AS p
JOIN connection AS c USING (connection_no)
LEFT JOIN account AS a ON a.account_no = p.account_no AND a.pay_no = p.pay_no
WHERE NOT coalesce(p.is_none, FALSE) AND NOT coalesce(p.ahead, FALSE);

-- The periods of each pay version; where it has no other, its own.
CREATE OR REPLACE VIEW known_period AS
SELECT pay_no, account_no, effective_from, effective_until, gross_amount, currency, pay_type, weekly_hours, reference_hours, work_regime_pct,
    employer_contribution_pct
FROM period_version
UNION ALL
SELECT v.pay_no, v.account_no, v.effective_from, v.effective_until, v.gross_amount, v.currency, v.pay_type, v.weekly_hours, v.reference_hours,
    v.work_regime_pct, v.employer_contribution_pct
FROM pay_version AS v
ANTI JOIN period_version AS p ON p.pay_no = v.pay_no
WHERE NOT coalesce(v.ahead, FALSE) AND NOT coalesce(v.is_none, FALSE);

-- What is known of an account's pay on each day: the newest version says it from its first day on, older ones what came before. Pay without
-- a first day holds from the date of the run that told of it; what an undo took back never held.
CREATE OR REPLACE VIEW pay_timeline AS
WITH version AS (
    SELECT v.pay_no, v.account_no, v.connection_no, v.run_no, v.recorded_at, r.date,
        min(coalesce(k.effective_from, v.effective_from, r.date)) OVER (
            PARTITION BY v.account_no ORDER BY v.pay_no DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS replaced_from
    FROM pay_version AS v
    JOIN sync_run AS r USING (run_no)
    LEFT JOIN (SELECT pay_no, min(effective_from) AS effective_from FROM known_period GROUP BY pay_no) AS k USING (pay_no)
    WHERE v.undone_by_run_no IS NULL
)
SELECT k.account_no, k.pay_no, v.connection_no, v.run_no, v.recorded_at, coalesce(k.effective_from, v.date) AS effective_from,
    least(k.effective_until, v.replaced_from) AS effective_until, k.gross_amount, k.currency, k.pay_type, k.weekly_hours, k.reference_hours,
    k.work_regime_pct, k.employer_contribution_pct
FROM known_period AS k
JOIN version AS v ON v.pay_no = k.pay_no AND v.account_no = k.account_no
WHERE coalesce(coalesce(k.effective_from, v.date) < v.replaced_from, TRUE);

CREATE OR REPLACE VIEW reporting.pay_periods AS
SELECT 'a' || t.account_no AS account_id, t.pay_no, c.connection_id, 'r' || t.run_no AS sync_run_id, t.recorded_at, t.gross_amount, t.currency, t.pay_type,
    t.weekly_hours, t.reference_hours, t.work_regime_pct, t.employer_contribution_pct, t.effective_from, t.effective_until - 1 AS effective_to,
    t.effective_from <= current_date AND coalesce(t.effective_until > current_date, TRUE) AS in_force
FROM pay_timeline AS t
JOIN connection AS c USING (connection_no);

CREATE OR REPLACE VIEW reporting.salary_components AS
SELECT 'a' || s.account_no AS account_id, s.pay_no, s.code, s.label, s.amount, s.currency, s.frequency, s.effective_from,
    s.effective_until - 1 AS effective_to,
    a.pay_no IS NOT NULL AND (
        coalesce(p.effective_until > current_date, TRUE)
        -- Announced pay that has begun since the last sync came with the same components.
        OR s.pay_no IN (SELECT pay_no FROM period_version WHERE effective_from <= current_date AND coalesce(effective_until > current_date, TRUE))
    ) AS current
FROM component_version AS s
LEFT JOIN account AS a ON a.account_no = s.account_no AND a.pay_no = s.pay_no
LEFT JOIN pay_version AS p ON p.pay_no = a.pay_no;

CREATE OR REPLACE VIEW reporting.accounts AS
SELECT 'a' || a.account_no AS account_id, m.name AS company, m.vat_number, v.email, v.first_name, v.last_name, v.birth_name, v.language, v.phone,
    v.phone_inferred, v.birth_date, v.start_date, v.exit_date, v.employee_number,
    CASE
        WHEN v.exit_date < current_date THEN 'closed'
        WHEN v.start_date > current_date THEN 'upcoming'
        ELSE 'active'
    END AS status,
    c.connection_id, 'r' || a.created_run_no AS created_run_id
FROM account AS a
JOIN account_version AS v USING (version_no)
JOIN company AS m USING (company_no)
LEFT JOIN connection AS c USING (connection_no);

CREATE OR REPLACE VIEW reporting.sync_runs AS
SELECT 'r' || r.run_no AS sync_run_id, c.connection_id, c.provider, m.name AS company, r.trigger, r.date, r.status, r.code, r.note, r.applied, r.started_at,
    r.finished_at, r.snapshot_id, r.plan_id, r.source, r.created, r.linked, r.updated, r.unchanged, r.transferred, r.excluded, r.out_of_scope,
    r.conflict, r.rejected, r.held, r.failed, r.missing, r.pay_source, r.pay_applied, r.pay_unchanged, r.pay_rejected, r.dagster_run_id
FROM sync_run AS r
JOIN connection AS c USING (connection_no)
JOIN company AS m USING (company_no);

-- One row per employee of each run. Plain `unchanged` rows follow from who was linked before the run and listed in it.
CREATE OR REPLACE VIEW reporting.outcomes AS
WITH ever_linked AS (
    SELECT connection_no, external_id, account_no, from_run_no, NULL::BIGINT AS to_run_no FROM link
    UNION ALL
    SELECT connection_no, external_id, account_no, from_run_no, to_run_no FROM link_ended
)
SELECT 'r' || o.run_no AS sync_run_id, c.connection_id, o.external_id, o.outcome, o.code, o.field, o.rule, 'r' || o.since_run_no AS since_run_id, o.runs,
    CASE WHEN o.account_no IS NOT NULL THEN 'a' || o.account_no END AS account_id, coalesce(o.changed, []) AS changed, o.takes_effect
FROM outcome AS o
JOIN sync_run AS r USING (run_no)
JOIN connection AS c USING (connection_no)
UNION ALL
SELECT 'r' || r.run_no, c.connection_id, l.external_id, 'unchanged', NULL, NULL, NULL, 'r' || r.run_no, 1, 'a' || l.account_no, [], NULL
FROM sync_run AS r
JOIN connection AS c USING (connection_no)
JOIN ever_linked AS l ON l.connection_no = r.connection_no AND l.from_run_no < r.run_no AND (l.to_run_no IS NULL OR l.to_run_no >= r.run_no)
WHERE r.unchanged_derived
    AND NOT EXISTS (FROM outcome AS o WHERE o.run_no = r.run_no AND o.external_id = l.external_id)
    AND NOT EXISTS (
        FROM absence AS b
        WHERE b.connection_no = l.connection_no AND b.external_id = l.external_id AND b.from_run_no <= r.run_no
            AND (b.to_run_no IS NULL OR b.to_run_no > r.run_no)
    );

CREATE OR REPLACE VIEW reporting.conflicts AS
SELECT k.conflict_no AS conflict_id, c.connection_id, k.external_id, k.code, k.candidates::JSON AS candidates, k.state, s.date AS since,
    'r' || k.since_run_no AS since_run_id, 'r' || k.last_run_no AS last_run_id, k.runs, coalesce(k.changed, []) AS changed
FROM conflict AS k
JOIN connection AS c USING (connection_no)
JOIN sync_run AS s ON s.run_no = k.since_run_no;

CREATE OR REPLACE VIEW reporting.exclusions AS
SELECT x.exclusion_no AS exclusion_id, c.connection_id, x.external_id, x.owner, x.reason, x.created_at, x.until, x.ended_at
FROM exclusion AS x
JOIN connection AS c USING (connection_no);

-- What undos made of each person: one row per person and reason.
CREATE OR REPLACE VIEW reporting.reversals AS
SELECT 'r' || x.run_no AS sync_run_id, 'r' || x.undone_run_no AS undone_run_id, c.connection_id, x.external_id, 'a' || x.account_no AS account_id,
    x.result, x.fields, x.code, 'r' || x.by_run_no AS by_run_id, 'a' || x.by_account_no AS by_account_id, u.owner, u.reason
FROM reversal AS x
JOIN undo AS u USING (run_no)
JOIN sync_run AS r USING (run_no)
JOIN connection AS c USING (connection_no);

-- Every value a field has had, with what set it. First values have no old one.
CREATE OR REPLACE VIEW reporting.field_changes AS
WITH version AS (
    SELECT account_no, version_no, run_no, recorded_at, effective_date, email, first_name, last_name, birth_name, language, phone,
        birth_date::VARCHAR AS birth_date, start_date::VARCHAR AS start_date, exit_date::VARCHAR AS exit_date, employee_number
    FROM account_version
),
person AS (
    FROM version UNPIVOT INCLUDE NULLS (
        new_value FOR field IN (email, first_name, last_name, birth_name, language, phone, birth_date, start_date, exit_date, employee_number)
    )
),
pay AS (
    SELECT account_no, pay_no AS version_no, run_no, recorded_at, effective_from AS effective_date, gross_amount::VARCHAR AS gross_amount, currency, pay_type,
        weekly_hours::VARCHAR AS weekly_hours, reference_hours::VARCHAR AS reference_hours, work_regime_pct::VARCHAR AS work_regime_pct,
        employer_contribution_pct::VARCHAR AS employer_contribution_pct
    FROM pay_version
),
paid AS (
    FROM pay UNPIVOT INCLUDE NULLS (
        new_value FOR field IN (gross_amount, currency, pay_type, weekly_hours, reference_hours, work_regime_pct, employer_contribution_pct)
    )
),
stepped AS (
    SELECT *, lag(new_value) OVER (PARTITION BY account_no, field ORDER BY version_no) AS old_value FROM person
    UNION ALL BY NAME
    SELECT *, lag(new_value) OVER (PARTITION BY account_no, field ORDER BY version_no) AS old_value FROM paid
)
SELECT 'a' || account_no AS account_id, field, old_value, new_value, effective_date, recorded_at,
    CASE WHEN run_no IS NOT NULL THEN 'r' || run_no END AS sync_run_id
FROM stepped
WHERE new_value IS DISTINCT FROM old_value;
