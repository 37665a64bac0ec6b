-- The newest digests, one row each channel.
SELECT d.digest_no AS digest_id, g.made_at, d.channel, CASE WHEN d.next_at IS NULL THEN 'sent' ELSE 'waiting' END AS state, d.attempts, d.sent_at, d.next_at,
    d.code, g.document::JSON ->> '$.companies' AS companies
FROM digest_delivery AS d
JOIN digest AS g USING (digest_no)
ORDER BY d.digest_no DESC, d.channel
LIMIT $limit
