-- What bears on where each `person_wanted` stands: the newest list decided about, the account, and what people have said of them.
WITH listed AS (
    SELECT p.place, o.outcome, o.code, o.field, o.rule, o.runs, o.takes_effect, s.date AS since
    FROM person_wanted AS p
    JOIN connection AS c USING (connection_no)
    JOIN outcome AS o ON o.run_no = c.last_listed_run_no AND o.external_id IS NOT DISTINCT FROM p.external_id
    JOIN sync_run AS s ON s.run_no = o.since_run_no
    WHERE p.external_id IS NOT NULL OR o.row = p.row
    QUALIFY row_number() OVER (PARTITION BY p.place ORDER BY o.row) = 1
),
left_out AS (
    SELECT p.place, max_by({owner: x.owner, reason: x.reason, since: x.created_at::DATE, until: x.until}, x.exclusion_no) AS said
    FROM person_wanted AS p
    JOIN exclusion AS x ON x.connection_no = p.connection_no AND x.external_id = p.external_id
    WHERE x.ended_at IS NULL AND coalesce(x.until >= $today, TRUE)
    GROUP BY p.place
),
asked AS (
    SELECT p.place, max_by({conflict_id: k.conflict_no, state: k.state, code: k.code, since: s.date}, k.conflict_no) AS question
    FROM person_wanted AS p
    JOIN conflict AS k ON k.connection_no = p.connection_no AND k.external_id = p.external_id
    JOIN sync_run AS s ON s.run_no = k.since_run_no
    WHERE k.state <> 'closed'
    GROUP BY p.place
),
proposed AS (
    SELECT p.place, min(k.conflict_no) AS conflict_id
    FROM person_wanted AS p
    JOIN conflict AS k ON k.state <> 'closed' AND contains(k.candidates, '"a' || p.account_no || '"')
    WHERE p.account_no IS NOT NULL
    GROUP BY p.place
),
let_go AS (
    SELECT p.place, max_by({reason: e.reason, account_no: e.account_no, run_no: coalesce(e.by_run_no, e.to_run_no), on_date: s.date}, e.to_run_no) AS ended
    FROM person_wanted AS p
    JOIN link_ended AS e ON e.connection_no = p.connection_no AND e.external_id = p.external_id
    JOIN sync_run AS s ON s.run_no = coalesce(e.by_run_no, e.to_run_no)
    GROUP BY p.place
),
-- Decisions about conflicts that a run applied which was undone.
taken_back AS (
    SELECT e.place, max(d.conflict_no) AS conflict_id
    FROM let_go AS e
    JOIN person_wanted AS p USING (place)
    JOIN undo AS u ON u.run_no = e.ended.run_no
    JOIN resolution AS d ON d.connection_no = p.connection_no AND d.external_id = p.external_id
        AND d.ended_by_run_no = u.undone_run_no AND d.ended_why = 'applied'
    WHERE e.ended.reason = 'undo'
    GROUP BY e.place
),
newest AS (
    SELECT r.connection_no, max_by({code: r.code, on_date: r.date, run_no: r.run_no, status: r.status}, r.run_no) AS run
    FROM sync_run AS r
    WHERE r.connection_no IN (SELECT connection_no FROM person_wanted) AND r.trigger IN ('nightly', 'manual', 'retry', 'approval')
    GROUP BY r.connection_no
)
SELECT p.place, p.external_id, p.row, c.connection_id, c.provider, c.active, p.row IS NOT NULL AS in_list,
    'a' || coalesce(l.account_no, p.account_no) AS account_id, l.account_no IS NOT NULL AS is_linked, v.first_name, v.last_name, v.email, v.exit_date, v.start_date,
    'r' || r.run_no AS sync_run_id, r.date, r.plan_id,
    o.outcome, o.code, o.field, o.rule, o.runs, o.takes_effect, o.since,
    x.said AS excluded, k.question AS conflict, j.conflict_id AS candidate_of, e.ended AS ended,
    b.external_id IS NOT NULL AS is_absent, t.conflict_id AS taken_back,
    CASE WHEN NOT r.applied AND h.plan_id IS NOT NULL THEN {run_no: r.run_no, on_date: r.date, code: r.code, detail: r.detail, plan_id: r.plan_id} END
        AS missing_held,
    CASE WHEN n.run.status = 'error' AND n.run.run_no > coalesce(c.last_listed_run_no, 0) THEN n.run END AS failed_since
FROM person_wanted AS p
LEFT JOIN connection AS c ON c.connection_no = p.connection_no
LEFT JOIN link AS l ON l.connection_no = p.connection_no AND l.external_id = p.external_id
LEFT JOIN account AS a ON a.account_no = coalesce(l.account_no, p.account_no)
LEFT JOIN account_version AS v ON v.version_no = a.version_no
LEFT JOIN sync_run AS r ON r.run_no = c.last_listed_run_no
LEFT JOIN listed AS o ON o.place = p.place
LEFT JOIN left_out AS x ON x.place = p.place
LEFT JOIN asked AS k ON k.place = p.place
LEFT JOIN proposed AS j ON j.place = p.place
LEFT JOIN let_go AS e ON e.place = p.place
LEFT JOIN absence AS b ON b.connection_no = p.connection_no AND b.external_id = p.external_id AND b.to_run_no IS NULL
LEFT JOIN taken_back AS t ON t.place = p.place
LEFT JOIN plan_counted AS h ON h.plan_id = r.plan_id AND h.row IS NULL AND h.external_id = p.external_id
LEFT JOIN newest AS n ON n.connection_no = p.connection_no
ORDER BY p.place
