-- Undo of a sync run: what an account was before a run changed it, and what became of each person when the run was undone.

-- Accounts as they stood before a sync run changed them. Without its row here a change can't be taken back.
CREATE TABLE lineage (
    run_no BIGINT NOT NULL,
    account_no BIGINT NOT NULL,
    company_no INTEGER NOT NULL,
    connection_no INTEGER,
    version_no BIGINT NOT NULL,
    pay_no BIGINT
);

-- One row per undo; it is a sync run itself (trigger `undo`).
CREATE TABLE undo (
    run_no BIGINT NOT NULL,
    undone_run_no BIGINT NOT NULL,
    owner VARCHAR NOT NULL,
    reason VARCHAR,
    reversed BIGINT NOT NULL,          -- people by what became of them; one who is partly kept counts twice
    kept BIGINT NOT NULL,
    impossible BIGINT NOT NULL
);

-- What became of each person of the undone run, field by field: names of fields, no values.
CREATE TABLE reversal (
    run_no BIGINT NOT NULL,
    undone_run_no BIGINT NOT NULL,
    account_no BIGINT NOT NULL,
    external_id VARCHAR,
    result VARCHAR NOT NULL,           -- reversed | kept | impossible
    fields VARCHAR[] NOT NULL,         -- account and pay fields; account, link, company, absence
    code VARCHAR,                      -- why it was kept, or impossible
    by_run_no BIGINT,                  -- the later run that touched it
    by_account_no BIGINT               -- the account that has now what would come back
);

ALTER TABLE pay_version ADD COLUMN undone_by_run_no BIGINT; -- it never held
ALTER TABLE pay_version ADD COLUMN is_none BOOLEAN;         -- an undo left no pay: the row says so and has no amounts
