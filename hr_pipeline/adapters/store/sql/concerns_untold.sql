-- What stands (`concern`) and was not told yet, and the quarantines that were told and are over; by connection, kind and code.
WITH changed AS (
    SELECT n.kind, n.connection_no, n.code, n.reference, n.since, n.next_attempt, n.dagster_run_id, n.on_date, n.times
    FROM concern AS n
    ANTI JOIN told AS t ON t.key = n.key
    UNION ALL BY NAME
    SELECT 'recovered' AS kind, t.connection_no, NULL AS code, 'r' || max(r.run_no) AS reference, max(r.finished_at) AS since,
        max_by(r.dagster_run_id, r.run_no) AS dagster_run_id, max_by(r.date, r.run_no) AS on_date, 1 AS times
    FROM told AS t
    ANTI JOIN concern AS n ON n.key = t.key
    JOIN connection AS c ON c.connection_no = t.connection_no AND c.active
    JOIN sync_run AS r ON r.connection_no = t.connection_no AND r.trigger IN ('nightly', 'manual', 'retry')
    WHERE t.kind = 'quarantine'
        AND NOT EXISTS (FROM concern AS q WHERE q.kind = 'quarantine' AND q.connection_no = t.connection_no)
    GROUP BY t.connection_no
)
SELECT x.kind, c.connection_id, c.provider, m.vat_number, x.code, sum(x.times)::BIGINT AS times, min(x.since) AS since,
    max(x.next_attempt) AS next_attempt, max(x.reference) AS reference, max(x.dagster_run_id) AS dagster_run_id, max(x.on_date) AS "on"
FROM changed AS x
LEFT JOIN connection AS c USING (connection_no)
LEFT JOIN company AS m USING (company_no)
GROUP BY x.kind, c.connection_id, c.provider, m.vat_number, x.code
ORDER BY c.connection_id, x.kind, x.code
