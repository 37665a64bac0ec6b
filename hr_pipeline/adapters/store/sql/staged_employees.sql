-- The people of a part with the hash of who they are and of everything an account, its pay and its components would take from them, and a mark
-- where the snapshot itself contradicts itself (§3.3; bits: 1 external id, 2 e-mail, 4 employee number). Excluded people are
-- not known here: the plan looks at marked rows again.
WITH numbered AS (
    SELECT n.connection_no, e.* EXCLUDE (connection_id)
    FROM employees_in AS e
    JOIN numbers AS n USING (connection_id)
),
shared_id AS (
    SELECT connection_no, external_id, coalesce(min(row) FILTER (in_scope), min(row)) AS first_row
    FROM numbered WHERE external_id IS NOT NULL
    GROUP BY connection_no, external_id HAVING count(*) > 1
),
shared_email AS (
    SELECT connection_no, email_key FROM numbered WHERE in_scope AND email_key IS NOT NULL
    GROUP BY ALL HAVING count(*) > 1
),
shared_number AS (
    SELECT connection_no, employee_number FROM numbered WHERE in_scope AND employee_number IS NOT NULL
    GROUP BY ALL HAVING count(*) > 1
)
SELECT
    -- Two who share an id share its pay rows, which are counted once.
    e.* REPLACE (
        CASE WHEN e.row <> i.first_row THEN 0 ELSE e.pay_rows END AS pay_rows,
        CASE WHEN e.row <> i.first_row THEN 0 ELSE e.pay_rows_rejected END AS pay_rows_rejected
    ),
    hash(
        e.external_id, e.email, e.first_name, e.last_name, e.birth_name, e.language, e.phone, e.birth_date, e.start_date, e.exit_date, e.employee_number,
        e.gross_amount, e.currency, e.pay_type, e.weekly_hours, e.reference_hours, e.work_regime_pct, e.employer_contribution_pct,
        e.effective_from, e.effective_to, e.has_pay, e.components_key, e.periods_key, e.absent
    ) AS row_hash,
    (CASE WHEN i.external_id IS NOT NULL THEN 1 ELSE 0 END
     + CASE WHEN m.email_key IS NOT NULL THEN 2 ELSE 0 END
     + CASE WHEN d.employee_number IS NOT NULL THEN 4 ELSE 0 END)::UTINYINT AS shared_marks
FROM numbered AS e
LEFT JOIN shared_id AS i ON i.connection_no = e.connection_no AND i.external_id = e.external_id
LEFT JOIN shared_email AS m ON m.connection_no = e.connection_no AND m.email_key = e.email_key AND e.in_scope
LEFT JOIN shared_number AS d ON d.connection_no = e.connection_no AND d.employee_number = e.employee_number AND e.in_scope
