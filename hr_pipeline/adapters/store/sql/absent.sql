-- Links that a proven complete snapshot does not list. People whose known last day has passed, and excluded ones, may be gone; the
-- others are missing, never by themselves left. A snapshot older than the newest applied concludes nothing.
INSERT INTO absent BY NAME
SELECT l.connection_no, l.external_id, l.account_no, coalesce(a.exit_date < b.date, FALSE) OR x.exclusion_no IS NOT NULL AS is_expected
FROM link_in_question AS l
ANTI JOIN judged AS j ON j.connection_no = l.connection_no AND j.external_id = l.external_id
JOIN batch AS b ON b.connection_no = l.connection_no
JOIN account AS a ON a.account_no = l.account_no
LEFT JOIN excluded_now AS x ON x.connection_no = l.connection_no AND x.external_id = l.external_id
WHERE NOT b.is_older
