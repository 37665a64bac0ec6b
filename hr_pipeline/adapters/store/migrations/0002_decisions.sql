-- What people decided: about conflicts, about holds; and what became of links that ended.

-- A person's decision about a conflict, with the inputs it rested on: the same question is never asked twice.
CREATE TABLE resolution (
    resolution_no BIGINT NOT NULL,
    conflict_no BIGINT NOT NULL,
    connection_no INTEGER NOT NULL,
    external_id VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    choice VARCHAR NOT NULL,           -- link | create | transfer | exclude | defer
    account_no BIGINT,                 -- of link and transfer
    inputs_hash UBIGINT NOT NULL,      -- of the conflict when it was decided
    owner VARCHAR NOT NULL,
    reason VARCHAR,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE, -- null: waits for the next sync, or (defer) for other inputs
    ended_by_run_no BIGINT,
    ended_why VARCHAR                  -- applied | inputs changed | replaced | conflict gone
);

-- A person's word that a held plan may be applied: that very plan, for a day.
CREATE TABLE release (
    release_no BIGINT NOT NULL,
    connection_no INTEGER NOT NULL,
    run_no BIGINT,                     -- the held run; null: an approval of a preview that a guard held
    plan_id VARCHAR NOT NULL,
    plan_hash VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_run_no BIGINT
);

ALTER TABLE conflict ADD COLUMN inputs MAP(VARCHAR, UBIGINT);   -- what the question rests on, part by part: hashes, no values
ALTER TABLE conflict ADD COLUMN changed VARCHAR[];              -- parts that changed since it was last decided or deferred

ALTER TABLE link_ended ADD COLUMN reason VARCHAR;               -- rehire | transfer | undo
ALTER TABLE link_ended ADD COLUMN by_run_no BIGINT;             -- the run that ended it
ALTER TABLE link_ended ADD COLUMN started_on DATE;              -- first and last day of the employment it stood for
ALTER TABLE link_ended ADD COLUMN ended_on DATE;

ALTER TABLE absence ADD COLUMN accepted BOOLEAN;                -- somebody released or approved a run in which they were missing

ALTER TABLE plan ADD COLUMN code VARCHAR;                       -- the guard or review that held it
