-- Held connections of the batch whose people would let go of an address that somebody else's person gets by this plan: nothing of a held
-- plan is written, so the address stays where it is.
SELECT DISTINCT x.connection_no
FROM hold AS h
JOIN change AS x ON x.connection_no = h.connection_no AND x.email_key IS DISTINCT FROM x.old_email_key
JOIN (
    SELECT d.connection_no, coalesce(y.email_key, j.email_key) AS email_key
    FROM decision AS d
    JOIN judged AS j ON j.connection_no = d.connection_no AND j.row = d.row
    LEFT JOIN change AS y ON y.connection_no = d.connection_no AND y.row = d.row
    WHERE d.outcome IN ('created', 'linked', 'updated', 'transferred')
) AS w ON w.email_key = x.old_email_key AND w.connection_no <> x.connection_no
ORDER BY x.connection_no
