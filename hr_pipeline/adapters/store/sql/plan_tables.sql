-- The plan's temporary tables, empty: statements that have nothing to do in a night are not run at all (planning a statement costs
-- more than a quiet night's rows).
CREATE OR REPLACE TEMP TABLE duplicate (connection_no INTEGER, row BIGINT, code VARCHAR);
CREATE OR REPLACE TEMP TABLE moved (connection_no INTEGER, external_id VARCHAR, account_no BIGINT, ended_on DATE);
CREATE OR REPLACE TEMP TABLE absent (connection_no INTEGER, external_id VARCHAR, account_no BIGINT, is_expected BOOLEAN, is_frozen BOOLEAN, is_accepted BOOLEAN);
CREATE OR REPLACE TEMP TABLE change (
    is_new_link BOOLEAN, account_no BIGINT, connection_no INTEGER, row BIGINT, external_id VARCHAR, row_hash UBIGINT, has_pay BOOLEAN, was_ahead BOOLEAN,
    effective_from DATE, effective_to DATE, components_key VARCHAR, phone_inferred BOOLEAN, version_no BIGINT, pay_no BIGINT, company_no INTEGER,
    edited_on_platform BOOLEAN, is_reopened BOOLEAN, old_email_key VARCHAR, old_phone VARCHAR, old_phone_inferred BOOLEAN, old_gross_amount DECIMAL(14, 2), gross_held BOOLEAN,
    email VARCHAR, first_name VARCHAR, last_name VARCHAR, birth_name VARCHAR, language VARCHAR, phone VARCHAR, birth_date DATE, start_date DATE,
    exit_date DATE, employee_number VARCHAR, gross_amount DECIMAL(14, 2), currency VARCHAR, pay_type VARCHAR, weekly_hours DECIMAL(6, 2),
    reference_hours DECIMAL(6, 2), work_regime_pct DECIMAL(7, 2), employer_contribution_pct DECIMAL(5, 2), email_key VARCHAR, name_key VARCHAR,
    birth_name_key VARCHAR, emptied VARCHAR[], clears_blocked VARCHAR[], person_changed VARCHAR[], pay_changed VARCHAR[]
);
CREATE OR REPLACE TEMP TABLE last_pay (
    connection_no INTEGER, row BIGINT, effective_from DATE, effective_to DATE, gross_amount DECIMAL(14, 2), currency VARCHAR, pay_type VARCHAR,
    weekly_hours DECIMAL(6, 2), reference_hours DECIMAL(6, 2), work_regime_pct DECIMAL(7, 2), employer_contribution_pct DECIMAL(5, 2)
);
CREATE OR REPLACE TEMP TABLE period_difference (
    connection_no INTEGER, row BIGINT, effective_from DATE, effective_until DATE, is_in_force BOOLEAN, is_history BOOLEAN,
    old_pay STRUCT(
        gross_amount DECIMAL(14, 2), currency VARCHAR, pay_type VARCHAR, weekly_hours DECIMAL(6, 2), reference_hours DECIMAL(6, 2),
        work_regime_pct DECIMAL(7, 2), employer_contribution_pct DECIMAL(5, 2)
    ),
    new_pay STRUCT(
        gross_amount DECIMAL(14, 2), currency VARCHAR, pay_type VARCHAR, weekly_hours DECIMAL(6, 2), reference_hours DECIMAL(6, 2),
        work_regime_pct DECIMAL(7, 2), employer_contribution_pct DECIMAL(5, 2)
    )
);
CREATE OR REPLACE TEMP TABLE retroactive (connection_no INTEGER, row BIGINT, external_id VARCHAR, field VARCHAR, rule VARCHAR);
CREATE OR REPLACE TEMP TABLE email_claim (
    connection_no INTEGER, row BIGINT, account_no BIGINT, company_no INTEGER, email_key VARCHAR, email_hash UBIGINT, refused VARCHAR
);
CREATE OR REPLACE TEMP TABLE account_after (
    account_no BIGINT, company_no INTEGER, connection_no INTEGER, version_no BIGINT, email_hash UBIGINT, name_hash UBIGINT, birth_name_hash UBIGINT,
    email_key VARCHAR, name_key VARCHAR, birth_name_key VARCHAR, first_name VARCHAR, last_name VARCHAR, birth_name VARCHAR, birth_date DATE,
    exit_date DATE
);
CREATE OR REPLACE TEMP TABLE email_decision (connection_no INTEGER, row BIGINT, account_no BIGINT, code VARCHAR);
CREATE OR REPLACE TEMP TABLE name_candidate (
    connection_no INTEGER, row BIGINT, account_no BIGINT, version_no BIGINT, is_free BOOLEAN, same_birth_date BOOLEAN
);
CREATE OR REPLACE TEMP TABLE group_candidate (connection_no INTEGER, row BIGINT, account_no BIGINT);
CREATE OR REPLACE TEMP TABLE similar_candidate (connection_no INTEGER, row BIGINT, account_no BIGINT);
CREATE OR REPLACE TEMP TABLE unlinked_decision (
    connection_no INTEGER, row BIGINT, outcome VARCHAR, code VARCHAR, account_no BIGINT, email_key VARCHAR, resolution_no BIGINT
);
CREATE OR REPLACE TEMP TABLE tie (connection_no INTEGER, row BIGINT, account_no BIGINT);
CREATE OR REPLACE TEMP TABLE conflict_input (connection_no INTEGER, row BIGINT, inputs MAP(VARCHAR, UBIGINT), inputs_hash UBIGINT);
CREATE OR REPLACE TEMP TABLE settled (
    connection_no INTEGER, row BIGINT, choice VARCHAR, account_no BIGINT, resolution_no BIGINT, releases_email_of BIGINT, waits BOOLEAN
);
CREATE OR REPLACE TEMP TABLE drift (connection_no INTEGER, row BIGINT, fields VARCHAR[]);
CREATE OR REPLACE TEMP TABLE candidate (connection_no INTEGER, row BIGINT, candidates VARCHAR, inputs UBIGINT);
CREATE OR REPLACE TEMP TABLE new_account (
    connection_no INTEGER, row BIGINT, run_no BIGINT, company_no INTEGER, date DATE, account_no BIGINT, version_no BIGINT, pay_no BIGINT
);
CREATE OR REPLACE TEMP TABLE new_version (
    connection_no INTEGER, row BIGINT, run_no BIGINT, account_no BIGINT, is_new_link BOOLEAN, person_changes BOOLEAN, pay_changes BOOLEAN,
    version_no BIGINT, pay_no BIGINT
);
CREATE OR REPLACE TEMP TABLE freed (connection_no INTEGER, row BIGINT, release_no BIGINT);
CREATE OR REPLACE TEMP TABLE guard_hold (connection_no INTEGER, code VARCHAR, about VARCHAR);
CREATE OR REPLACE TEMP TABLE counted (connection_no INTEGER, row BIGINT, external_id VARCHAR, account_no BIGINT, guard VARCHAR, fields VARCHAR[]);
