-- Stable views for analysts (docs/store.md). Made anew whenever the schema moves.
CREATE SCHEMA IF NOT EXISTS reporting;

CREATE OR REPLACE VIEW reporting.connections AS
SELECT c.connection_id, c.provider, m.name AS company, m.vat_number, m.group_name AS company_group, c.provider_company_id, c.active, c.created_at,
    'r' || c.last_run_no AS last_applied_run_id, c.last_applied_date, c.last_source AS employees_in_last_snapshot
FROM connection AS c
JOIN company AS m USING (company_no);

CREATE OR REPLACE VIEW reporting.links AS
SELECT c.connection_id, l.external_id, 'a' || l.account_no AS account_id, 'r' || l.from_run_no AS from_run_id, NULL::VARCHAR AS to_run_id, TRUE AS current
FROM link AS l
JOIN connection AS c USING (connection_no)
UNION ALL
SELECT c.connection_id, l.external_id, 'a' || l.account_no, 'r' || l.from_run_no, 'r' || l.to_run_no, FALSE
FROM link_ended AS l
JOIN connection AS c USING (connection_no);

CREATE OR REPLACE VIEW reporting.pay AS
SELECT 'a' || p.account_no AS account_id, p.pay_no, c.connection_id, 'r' || p.run_no AS sync_run_id, p.recorded_at, p.gross_amount, p.currency, p.pay_type,
    p.weekly_hours, p.reference_hours, p.work_regime_pct, p.employer_contribution_pct, p.effective_from, p.effective_until - 1 AS effective_to,
    a.pay_no IS NOT NULL AS current
FROM pay_version AS p
JOIN connection AS c USING (connection_no)
LEFT JOIN account AS a ON a.account_no = p.account_no AND a.pay_no = p.pay_no;

CREATE OR REPLACE VIEW reporting.salary_components AS
SELECT 'a' || s.account_no AS account_id, s.pay_no, s.code, s.label, s.amount, s.currency, s.frequency, s.effective_from,
    s.effective_until - 1 AS effective_to, a.pay_no IS NOT NULL AS current
FROM component_version AS s
LEFT JOIN account AS a ON a.account_no = s.account_no AND a.pay_no = s.pay_no;

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
    CASE WHEN o.account_no IS NOT NULL THEN 'a' || o.account_no END AS account_id, coalesce(o.changed, []) AS changed
FROM outcome AS o
JOIN sync_run AS r USING (run_no)
JOIN connection AS c USING (connection_no)
UNION ALL
SELECT 'r' || r.run_no, c.connection_id, l.external_id, 'unchanged', NULL, NULL, NULL, 'r' || r.run_no, 1, 'a' || l.account_no, []
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
    'r' || k.since_run_no AS since_run_id, 'r' || k.last_run_no AS last_run_id, k.runs
FROM conflict AS k
JOIN connection AS c USING (connection_no)
JOIN sync_run AS s ON s.run_no = k.since_run_no;

CREATE OR REPLACE VIEW reporting.exclusions AS
SELECT x.exclusion_no AS exclusion_id, c.connection_id, x.external_id, x.owner, x.reason, x.created_at, x.until, x.ended_at
FROM exclusion AS x
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
