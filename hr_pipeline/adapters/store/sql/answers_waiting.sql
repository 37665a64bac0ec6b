-- Whether somebody answered some of the batch's questions before, or a connection lets transfers happen by themselves.
SELECT (
        SELECT count(*) FROM resolution
        WHERE ended_at IS NULL AND choice IN ('link', 'create', 'transfer') AND connection_no IN (SELECT connection_no FROM batch)
    ) + (SELECT count(*) FROM batch WHERE automatic_transfer)
