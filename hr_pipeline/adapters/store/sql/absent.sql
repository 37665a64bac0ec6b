-- Links that a proven complete snapshot does not list. People whose known last day has passed, excluded ones and those who were out of
-- scope when they were last listed (`is_frozen`) may be gone; the
-- others are missing, never by themselves left. Whom somebody accepted as missing (a release, an approval) holds no run again. A snapshot older than the newest applied
-- concludes nothing, nor does an empty one where somebody was listed before.
INSERT INTO absent BY NAME
SELECT l.connection_no, l.external_id, l.account_no, coalesce(a.exit_date < b.date, FALSE) OR x.exclusion_no IS NOT NULL OR f.is_frozen AS is_expected,
    f.is_frozen,
    EXISTS (
        FROM absence AS k WHERE k.connection_no = l.connection_no AND k.external_id = l.external_id AND k.to_run_no IS NULL AND k.accepted
    ) AS is_accepted
FROM link_in_question AS l
ANTI JOIN judged AS j ON j.connection_no = l.connection_no AND j.external_id = l.external_id
JOIN batch AS b ON b.connection_no = l.connection_no
JOIN account AS a ON a.account_no = l.account_no
LEFT JOIN excluded_now AS x ON x.connection_no = l.connection_no AND x.external_id = l.external_id
LEFT JOIN absence AS o ON o.connection_no = l.connection_no AND o.external_id = l.external_id AND o.to_run_no IS NULL
LEFT JOIN (
    SELECT DISTINCT run_no, external_id FROM outcome WHERE run_no IN (SELECT last_listed_run_no FROM batch) AND outcome = 'out_of_scope'
) AS s ON s.run_no = b.last_listed_run_no AND s.external_id = l.external_id
CROSS JOIN LATERAL (SELECT coalesce(o.frozen, s.external_id IS NOT NULL) AS is_frozen) AS f
WHERE NOT b.is_older AND NOT (b.source = 0 AND b.had_people)
