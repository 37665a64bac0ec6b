-- Whom the guards counted in a held plan, so that whoever decides about the hold sees them beforehand; and whom it misses, counted or not.
CREATE TABLE plan_counted (
    plan_id VARCHAR NOT NULL,
    row INTEGER,                       -- in the snapshot; null: linked, and missing there
    external_id VARCHAR,
    account_no BIGINT,                 -- of somebody missing
    guard VARCHAR,                     -- HELD_…; null: missing, and accepted as missing before
    fields VARCHAR[] NOT NULL          -- what the guard is about: fields of pay, the field that would empty
);
