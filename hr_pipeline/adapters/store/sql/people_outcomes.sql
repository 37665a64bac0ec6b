-- The newest outcomes of each `person_wanted`, plain `unchanged` ones derived as `reporting.outcomes` does, and what undos made of them.
WITH ever_linked AS (
    SELECT connection_no, external_id, from_run_no, 9223372036854775807 AS to_run_no FROM link
    UNION ALL
    SELECT connection_no, external_id, from_run_no, to_run_no FROM link_ended
),
told AS (
    SELECT p.place, r.run_no, r.date, o.row, o.outcome, o.code, o.field
    FROM person_wanted AS p
    JOIN sync_run AS r USING (connection_no)
    JOIN outcome AS o ON o.run_no = r.run_no AND o.external_id = p.external_id
    UNION ALL
    SELECT p.place, r.run_no, r.date, o.row, o.outcome, o.code, o.field
    FROM person_wanted AS p
    JOIN connection AS c USING (connection_no)
    JOIN sync_run AS r ON r.run_no = c.last_listed_run_no
    JOIN outcome AS o ON o.run_no = r.run_no AND o.row = p.row
    WHERE p.external_id IS NULL
    UNION ALL
    SELECT p.place, r.run_no, r.date, 0, 'unchanged', NULL, NULL
    FROM person_wanted AS p
    JOIN sync_run AS r ON r.connection_no = p.connection_no AND r.unchanged_derived
    JOIN ever_linked AS l
        ON l.connection_no = p.connection_no AND l.external_id = p.external_id AND l.from_run_no < r.run_no AND l.to_run_no >= r.run_no
    LEFT JOIN absence AS b
        ON b.connection_no = p.connection_no AND b.external_id = p.external_id AND b.from_run_no <= r.run_no
        AND coalesce(b.to_run_no > r.run_no, TRUE)
    ANTI JOIN outcome AS o ON o.run_no = r.run_no AND o.external_id = p.external_id
    WHERE b.external_id IS NULL
    UNION ALL
    SELECT p.place, r.run_no, r.date, 0, x.result, x.code, NULL
    FROM person_wanted AS p
    JOIN sync_run AS r ON r.connection_no = p.connection_no AND r.trigger = 'undo'
    JOIN reversal AS x ON x.run_no = r.run_no AND x.external_id = p.external_id
)
SELECT DISTINCT place, run_no, 'r' || run_no AS sync_run_id, date, outcome, code, field
FROM told
QUALIFY dense_rank() OVER (PARTITION BY place ORDER BY run_no DESC) <= $most
ORDER BY place, run_no DESC, outcome
