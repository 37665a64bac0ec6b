-- Links that a proven complete snapshot does not list. People whose known last day has passed, and excluded ones, may be gone; the
-- others are missing, never by themselves left. A snapshot older than the newest applied concludes nothing.
INSERT INTO absent BY NAME
SELECT d.of_connection_no AS connection_no, d.link_external_id AS external_id, d.link_account_no AS account_no,
    coalesce(a.exit_date < b.date, FALSE) OR x.exclusion_no IS NOT NULL AS is_expected
FROM delta AS d
JOIN batch AS b ON b.connection_no = d.of_connection_no
JOIN account AS a ON a.account_no = d.link_account_no
LEFT JOIN excluded_now AS x ON x.connection_no = d.of_connection_no AND x.external_id = d.link_external_id
WHERE d.row IS NULL AND NOT b.is_older
