-- What people were told of by mail or webhook: digests of counts, connections and codes, and how far each has come.

CREATE TABLE digest (
    digest_no BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    message_id VARCHAR NOT NULL,       -- random; the same however often the digest is sent
    document VARCHAR NOT NULL          -- JSON of domain.attention.Digest: no employee in it
);

CREATE TABLE digest_delivery (
    digest_no BIGINT NOT NULL,
    channel VARCHAR NOT NULL,          -- mail | webhook
    attempts INTEGER NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE,  -- null: it has arrived
    sent_at TIMESTAMP WITH TIME ZONE,
    code VARCHAR,                      -- of the last attempt, when it failed
    detail VARCHAR                     -- JSON of the code's parameters
);

-- What stands and stood in a digest: it is not told again for as long as it stands.
CREATE TABLE told (
    key VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    connection_no INTEGER,
    digest_no BIGINT NOT NULL
);
