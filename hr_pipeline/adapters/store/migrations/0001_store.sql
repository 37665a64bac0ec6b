-- The platform store, first shape. Narrow, fixed-width tables where a night joins (`link`, `account`), append-only versions for what
-- people see (`account_version`, `pay_version`); see docs/store.md. No foreign keys, sequences or enums: the set also runs on DuckLake.
-- Numbers (`…_no`) are internal surrogates given out by the single writer; people see the text ids.

CREATE TABLE company (
    company_no INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    vat_number VARCHAR,
    group_name VARCHAR                 -- companies of one group may hand a person over
);

CREATE TABLE connection (
    connection_no INTEGER NOT NULL,
    connection_id VARCHAR NOT NULL,
    company_no INTEGER NOT NULL,
    provider VARCHAR NOT NULL,
    provider_company_id VARCHAR NOT NULL,
    settings VARCHAR NOT NULL,         -- JSON of domain.connections.Settings
    mapping VARCHAR NOT NULL,          -- JSON of domain.mapping.FieldMapping
    credential VARCHAR NOT NULL,       -- JSON: name of a variable, or an AES-GCM envelope; never a secret
    active BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_run_no BIGINT,                -- newest sync run that applied
    last_applied_date DATE,            -- date of the newest snapshot applied: older facts never win over it
    last_source INTEGER,               -- people in the last complete snapshot
    last_listed_run_no BIGINT          -- newest run that has outcomes, applied or held
);

CREATE TABLE snapshot (
    snapshot_id VARCHAR NOT NULL,
    connection_no INTEGER NOT NULL,
    date DATE NOT NULL,
    pulled_at TIMESTAMP WITH TIME ZONE NOT NULL,
    content_hash VARCHAR NOT NULL,
    pages INTEGER NOT NULL,
    employees INTEGER NOT NULL,
    pay_records INTEGER NOT NULL,
    components INTEGER NOT NULL,
    bytes BIGINT NOT NULL
);

CREATE TABLE account (
    account_no BIGINT NOT NULL,
    company_no INTEGER NOT NULL,
    connection_no INTEGER,             -- connection that holds its link; null = unlinked
    version_no BIGINT NOT NULL,        -- current row of account_version
    pay_no BIGINT,                     -- current row of pay_version
    email_hash UBIGINT,                -- hash() of the keys of the current version: what a night matches by
    name_hash UBIGINT,
    birth_name_hash UBIGINT,
    exit_date DATE,
    created_run_no BIGINT              -- null: typed in on the platform
);

CREATE TABLE account_version (
    version_no BIGINT NOT NULL,
    account_no BIGINT NOT NULL,
    run_no BIGINT,                     -- null: edited on the platform
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    effective_date DATE NOT NULL,
    email VARCHAR,
    first_name VARCHAR,
    last_name VARCHAR,
    birth_name VARCHAR,
    language VARCHAR,
    phone VARCHAR,
    birth_date DATE,
    start_date DATE,
    exit_date DATE,
    employee_number VARCHAR,
    phone_inferred BOOLEAN,
    email_key VARCHAR,
    name_key VARCHAR,
    birth_name_key VARCHAR
);

CREATE TABLE pay_version (
    pay_no BIGINT NOT NULL,
    account_no BIGINT NOT NULL,
    connection_no INTEGER NOT NULL,
    run_no BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    gross_amount DECIMAL(14, 2),
    currency VARCHAR,
    pay_type VARCHAR,
    weekly_hours DECIMAL(6, 2),
    reference_hours DECIMAL(6, 2),
    work_regime_pct DECIMAL(7, 2),
    employer_contribution_pct DECIMAL(5, 2),
    effective_from DATE,
    effective_until DATE,              -- half-open: first day it no longer holds
    components_key VARCHAR
);

CREATE TABLE component_version (
    pay_no BIGINT NOT NULL,            -- components travel with the pay version they came with
    account_no BIGINT NOT NULL,
    code VARCHAR,
    label VARCHAR,
    amount DECIMAL(14, 2),
    currency VARCHAR,
    frequency VARCHAR,
    effective_from DATE,
    effective_until DATE
);

CREATE TABLE link (
    connection_no INTEGER NOT NULL,
    external_id VARCHAR NOT NULL,
    account_no BIGINT NOT NULL,
    row_hash UBIGINT NOT NULL,         -- of everything last applied from the provider; 0 = look again
    from_run_no BIGINT NOT NULL
);

CREATE TABLE link_ended (
    connection_no INTEGER NOT NULL,
    external_id VARCHAR NOT NULL,
    account_no BIGINT NOT NULL,
    from_run_no BIGINT NOT NULL,
    to_run_no BIGINT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE NOT NULL
);

-- Periods in which proven complete snapshots did not list a linked person, in sync runs: from the first run without them up to
-- the first run that lists them again.
CREATE TABLE absence (
    connection_no INTEGER NOT NULL,
    external_id VARCHAR NOT NULL,
    account_no BIGINT NOT NULL,
    from_run_no BIGINT NOT NULL,
    to_run_no BIGINT
);

CREATE TABLE sync_run (
    run_no BIGINT NOT NULL,
    connection_no INTEGER NOT NULL,
    trigger VARCHAR NOT NULL,
    date DATE NOT NULL,
    status VARCHAR NOT NULL,
    code VARCHAR,
    note VARCHAR,
    detail VARCHAR,                    -- JSON of the code's parameters: counts, limits, ids
    applied BOOLEAN NOT NULL,          -- false: failed or held before writing
    unchanged_derived BOOLEAN NOT NULL, -- true: its plain `unchanged` are not stored but follow from the links
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE NOT NULL,
    snapshot_id VARCHAR,
    plan_id VARCHAR,
    source INTEGER NOT NULL,
    created INTEGER NOT NULL,
    linked INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    excluded INTEGER NOT NULL,
    out_of_scope INTEGER NOT NULL,
    conflict INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    held INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    pay_source INTEGER NOT NULL,
    pay_applied INTEGER NOT NULL,
    pay_unchanged INTEGER NOT NULL,
    pay_rejected INTEGER NOT NULL,
    dagster_run_id VARCHAR
);

-- Every outcome but a plain `unchanged`, which `reporting.outcomes` derives from the links.
CREATE TABLE outcome (
    run_no BIGINT NOT NULL,
    row INTEGER NOT NULL,
    external_id VARCHAR,
    outcome VARCHAR NOT NULL,
    code VARCHAR,
    field VARCHAR,
    rule VARCHAR,
    account_no BIGINT,
    changed VARCHAR[],                 -- names of account and pay fields
    since_run_no BIGINT NOT NULL,
    runs INTEGER NOT NULL
);

CREATE TABLE problem (
    run_no BIGINT NOT NULL,
    row INTEGER,
    external_id VARCHAR,
    code VARCHAR NOT NULL,
    field VARCHAR,
    rule VARCHAR,
    blocking BOOLEAN NOT NULL
);

CREATE TABLE conflict (
    conflict_no BIGINT NOT NULL,
    connection_no INTEGER NOT NULL,
    external_id VARCHAR,
    code VARCHAR NOT NULL,
    inputs_hash UBIGINT NOT NULL,      -- what the question rests on; a change re-opens it
    candidates VARCHAR NOT NULL,       -- JSON: account_id, score, agrees[], differs[]; no values
    state VARCHAR NOT NULL,            -- open | closed
    since_run_no BIGINT NOT NULL,
    last_run_no BIGINT NOT NULL,
    runs INTEGER NOT NULL
);

CREATE TABLE exclusion (
    exclusion_no BIGINT NOT NULL,
    connection_no INTEGER NOT NULL,
    external_id VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until DATE,                        -- last day, inclusive; null = until someone includes them again
    ended_at TIMESTAMP WITH TIME ZONE
);

CREATE TABLE plan (
    plan_id VARCHAR NOT NULL,
    connection_no INTEGER NOT NULL,
    run_no BIGINT,                     -- the run that waits on it; null: a preview
    snapshot_id VARCHAR NOT NULL,
    date DATE NOT NULL,
    hash VARCHAR NOT NULL,
    buckets VARCHAR NOT NULL,          -- JSON of counts
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    applied_run_no BIGINT
);

CREATE TABLE plan_row (
    plan_id VARCHAR NOT NULL,
    row INTEGER NOT NULL,
    external_id VARCHAR,
    outcome VARCHAR NOT NULL,
    code VARCHAR,
    field VARCHAR,
    account_no BIGINT,
    changed VARCHAR[],
    signature UBIGINT NOT NULL         -- decision, provider's row and the account's version: what an approval is bound to
);

CREATE TABLE lease (
    connection_no INTEGER NOT NULL,
    holder VARCHAR NOT NULL,           -- id of the attempt
    pid INTEGER NOT NULL,
    pid_started DOUBLE NOT NULL,       -- so that a re-used pid is not taken for the holder
    dagster_run_id VARCHAR,
    acquired_at TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE TABLE engine_canary (
    hash UBIGINT NOT NULL              -- hash() of a constant: when it changes with DuckDB, stored hashes are made anew
);
