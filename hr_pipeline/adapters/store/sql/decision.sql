-- One decision per employee that is not plainly unchanged. `applies` says whether something of theirs is written.
CREATE OR REPLACE TEMP TABLE decision AS
WITH first_rule AS (
    SELECT connection_no, row, code, field, min(rule) AS rule FROM staged_problem WHERE blocking AND row IS NOT NULL GROUP BY ALL
),
decided AS (
    SELECT
        j.connection_no, j.row, j.external_id, j.row_hash, j.path, j.pay_rows, j.pay_rows_rejected,
        CASE
            WHEN j.path IN ('excluded', 'out_of_scope', 'rejected') THEN j.path
            WHEN j.path = 'duplicate' THEN 'conflict'
            -- A snapshot older than the newest one applied makes nobody known: newer lists have had their say (§8).
            WHEN j.path = 'unlinked' AND b.is_older AND u.outcome IN ('created', 'linked') THEN 'held'
            WHEN j.path = 'unlinked' THEN u.outcome
            WHEN x.row IS NULL THEN 'unchanged'
            WHEN c.refused IS NOT NULL THEN 'conflict'
            WHEN x.gross_held THEN 'held'
            WHEN len(x.person_changed) + len(x.pay_changed) > 0 THEN 'updated'
            ELSE 'unchanged'
        END AS outcome,
        -- Null unless rejected, so that `first_rule` is joined by equality alone.
        CASE WHEN j.path = 'rejected' THEN j.reject_code END AS reject_code, CASE WHEN j.path = 'rejected' THEN j.reject_field END AS reject_field, j.duplicate_code, u.code AS unlinked_code, c.refused,
        CASE WHEN u.code = 'TRANSFER_UPCOMING' THEN j.start_date END AS takes_effect,
        coalesce(x.account_no, u.account_no, j.link_account_no, j.moved_account_no) AS account_no,
        coalesce(x.version_no, 0) AS version_no, coalesce(x.pay_no, 0) AS pay_no,
        list_concat(x.person_changed, x.pay_changed) AS changed,
        x.row IS NOT NULL AND len(x.person_changed) > 0 AS person_changes,
        x.row IS NOT NULL AND len(x.pay_changed) > 0 AS pay_changes,
        j.path = 'unlinked' AND b.is_older AS is_outdated, f.row IS NOT NULL AS is_drift, array_to_string(list_sort(f.fields), ', ') AS drifted, coalesce(x.is_reopened AND list_contains(x.person_changed, 'exit_date'), FALSE) AS is_reopened
    FROM judged AS j
    JOIN batch AS b ON b.connection_no = j.connection_no
    LEFT JOIN unlinked_decision AS u ON u.connection_no = j.connection_no AND u.row = j.row
    LEFT JOIN change AS x ON x.connection_no = j.connection_no AND x.row = j.row
    LEFT JOIN email_claim AS c ON c.connection_no = j.connection_no AND c.row = j.row
    LEFT JOIN drift AS f ON f.connection_no = j.connection_no AND f.row = j.row
)
SELECT
    d.connection_no, d.row, d.external_id, d.row_hash, d.outcome,
    CASE
        WHEN d.outcome = 'excluded' THEN 'EXCLUDED'
        WHEN d.outcome = 'out_of_scope' THEN 'OUT_OF_SCOPE'
        WHEN d.outcome = 'rejected' THEN d.reject_code
        WHEN d.outcome = 'conflict' THEN coalesce(d.duplicate_code, d.unlinked_code, d.refused)
        WHEN d.outcome = 'held' AND d.is_outdated THEN 'PLAN_STALE'
        WHEN d.outcome = 'held' THEN 'HELD_GROSS'
        WHEN d.takes_effect IS NOT NULL THEN d.unlinked_code
        WHEN d.outcome = 'updated' AND d.is_reopened THEN 'REOPENED'
        WHEN d.outcome = 'updated' AND d.is_drift THEN 'DRIFT_CORRECTED'
    END AS code,
    CASE
        WHEN d.outcome = 'rejected' THEN d.reject_field
        WHEN d.outcome = 'held' AND NOT d.is_outdated THEN 'gross_amount'
        WHEN d.takes_effect IS NOT NULL THEN 'start_date'
        WHEN d.refused IS NOT NULL THEN 'email'
        WHEN d.outcome = 'updated' AND d.is_reopened THEN 'exit_date'
        WHEN d.outcome = 'updated' AND d.is_drift THEN d.drifted
        WHEN d.duplicate_code = 'DUPLICATE_EXTERNAL_ID' THEN 'external_id'
        WHEN d.duplicate_code = 'DUPLICATE_EMPLOYEE_NUMBER' THEN 'employee_number'
        WHEN d.unlinked_code IN ('SAME_NAME', 'SIMILAR_NAME', 'AMBIGUOUS_CANDIDATES') THEN 'last_name'
        WHEN d.outcome = 'conflict' THEN 'email'
    END AS field,
    r.rule,
    d.account_no, d.version_no, d.pay_no,
    CASE WHEN d.outcome IN ('updated', 'linked', 'transferred', 'held') AND NOT (d.outcome = 'held' AND d.is_outdated) THEN d.changed END AS changed,
    d.person_changes AND d.outcome IN ('updated', 'linked', 'transferred') AS person_changes,
    d.pay_changes AND d.outcome IN ('updated', 'linked', 'transferred') AS pay_changes,
    d.pay_rows, d.pay_rows_rejected, d.outcome AS planned_outcome, d.takes_effect
FROM decided AS d
LEFT JOIN first_rule AS r ON r.connection_no = d.connection_no AND r.row = d.row AND r.code = d.reject_code AND r.field = d.reject_field
