-- For each channel the oldest digest that has not arrived: they arrive in their order.
SELECT d.digest_no, d.channel, d.attempts, d.next_at, d.code, d.detail, g.made_at, g.message_id, g.document
FROM digest_delivery AS d
JOIN digest AS g USING (digest_no)
WHERE d.next_at IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY d.channel ORDER BY d.digest_no) = 1
ORDER BY d.channel
