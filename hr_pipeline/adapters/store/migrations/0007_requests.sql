-- Syncs that somebody (or the platform itself) has asked a running deployment for.

CREATE TABLE sync_request (
    request_no BIGINT NOT NULL,
    connection_no INTEGER NOT NULL,
    first_date DATE,                   -- both null: today, pulled afresh; else the past days to replay, inclusive
    last_date DATE,
    requested_by VARCHAR NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    batch_no BIGINT,                   -- requests that one run serves; null: nobody has taken it yet
    dagster_run_id VARCHAR,
    started_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE
);
