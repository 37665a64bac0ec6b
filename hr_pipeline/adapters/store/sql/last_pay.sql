-- People without pay on the night, and the last one they had: it stays their pay, as the provider tells of it today.
INSERT INTO last_pay BY NAME
SELECT p.*
FROM staged_period AS p
JOIN judged AS j ON j.connection_no = p.connection_no AND j.row = p.row
JOIN batch AS b ON b.connection_no = p.connection_no
WHERE NOT j.has_pay AND p.effective_from <= b.date
QUALIFY row_number() OVER (PARTITION BY p.connection_no, p.row ORDER BY p.effective_from DESC) = 1
