-- Dated facts about people: hires, last days, pay that begins, and decided transfers of the newest lists. `takes_effect` is the day on which the fact changes something: for an
-- exit the day after the last one. An account without a link has no connection.
WITH fact AS (
    SELECT a.account_no, 'hire' AS kind, v.start_date AS date, v.start_date AS takes_effect, NULL::INTEGER AS to_connection_no, NULL::VARCHAR AS to_external_id
    FROM account AS a
    JOIN account_version AS v USING (version_no)
    UNION ALL
    SELECT a.account_no, 'exit', a.exit_date, a.exit_date + 1, NULL, NULL FROM account AS a
    UNION ALL
    SELECT t.account_no, 'pay', t.effective_from, t.effective_from, NULL, NULL FROM pay_timeline AS t
    UNION ALL
    SELECT o.account_no, 'transfer', o.takes_effect, o.takes_effect, k.connection_no, o.external_id
    FROM connection AS k
    JOIN outcome AS o ON o.run_no = k.last_listed_run_no AND o.takes_effect IS NOT NULL
    WHERE k.active
)
SELECT f.date, f.kind, c.connection_id, coalesce(f.to_external_id, l.external_id) AS external_id, 'a' || f.account_no AS account_id, f.takes_effect
FROM fact AS f
JOIN account AS a USING (account_no)
LEFT JOIN connection AS c ON c.connection_no = coalesce(f.to_connection_no, a.connection_no)
LEFT JOIN link AS l ON l.account_no = a.account_no AND l.connection_no = a.connection_no
WHERE f.takes_effect >= $first AND ($last IS NULL OR f.takes_effect <= $last) AND ($until IS NULL OR f.date <= $until) AND ($connection_id IS NULL OR c.connection_id = $connection_id)
ORDER BY f.takes_effect, c.connection_id NULLS LAST, coalesce(f.to_external_id, l.external_id), f.kind
