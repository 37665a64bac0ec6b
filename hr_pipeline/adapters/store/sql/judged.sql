-- The order of §3 up to the point where the platform's accounts are looked at. `moved`: the employment is over for us, since the person
-- works elsewhere by now (transferred, or hired again under another id), though the provider still lists it; nothing of it is written.
CREATE OR REPLACE TEMP TABLE judged AS
WITH looked_at AS (
    SELECT s.* FROM delta AS d JOIN staged AS s ON s.row_hash = d.row_hash AND s.connection_no = d.connection_no AND s.row = d.row
),
left_for AS (
    SELECT e.connection_no, e.external_id, max_by({account_no: e.account_no, reason: e.reason, ended_on: e.ended_on}, e.by_run_no) AS employment
    FROM link_ended AS e
    WHERE (e.connection_no, e.external_id) IN (SELECT connection_no, external_id FROM looked_at)
    GROUP BY ALL
),
moved AS (
    SELECT f.connection_no, f.external_id, f.employment.ended_on AS ended_on, a.account_no
    FROM left_for AS f
    JOIN account AS a ON a.account_no = f.employment.account_no AND a.connection_no IS NOT NULL
    JOIN batch AS b ON b.connection_no = f.connection_no
    WHERE f.employment.reason IN ('transfer', 'rehire') AND coalesce(a.exit_date >= b.date, TRUE)
        AND NOT EXISTS (FROM absence AS x WHERE x.account_no = a.account_no AND x.connection_no = a.connection_no AND x.to_run_no IS NULL)
)
SELECT
    s.*,
    l.account_no AS link_account_no,
    m.account_no AS moved_account_no,
    CASE
        WHEN x.exclusion_no IS NOT NULL THEN 'excluded'
        WHEN NOT s.in_scope THEN 'out_of_scope'
        WHEN s.reject_code IS NOT NULL THEN 'rejected'
        WHEN u.code IS NOT NULL THEN 'duplicate'
        WHEN l.account_no IS NOT NULL THEN 'linked'
        WHEN m.account_no IS NOT NULL THEN 'moved'
        ELSE 'unlinked'
    END AS path,
    u.code AS duplicate_code
FROM looked_at AS s
LEFT JOIN link_in_question AS l ON l.connection_no = s.connection_no AND l.external_id = s.external_id
LEFT JOIN excluded_now AS x ON x.connection_no = s.connection_no AND x.external_id = s.external_id
LEFT JOIN duplicate AS u ON u.connection_no = s.connection_no AND u.row = s.row
LEFT JOIN moved AS m ON m.connection_no = s.connection_no AND m.external_id = s.external_id AND s.start_date <= m.ended_on
