-- Active connections that existed then and that nothing has synchronised, or tried to, since a moment.
SELECT c.connection_id
FROM connection AS c
WHERE c.active AND c.created_at < $since::TIMESTAMPTZ
    AND NOT EXISTS (
        FROM sync_run AS r
        WHERE r.connection_no = c.connection_no AND r.started_at >= $since::TIMESTAMPTZ AND r.trigger IN ('nightly', 'manual', 'retry')
    )
ORDER BY c.connection_no
