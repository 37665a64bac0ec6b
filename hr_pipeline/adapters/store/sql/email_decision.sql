-- What the account with the same e-mail means for each employee without a link (§3.5, in its order).
INSERT INTO email_decision BY NAME
SELECT
    e.connection_no, e.row, e.account_no,
    CASE
        WHEN NOT e.same_company AND NOT e.same_group THEN 'EMAIL_IN_OTHER_COMPANY'
        WHEN NOT e.same_name AND c.row IS NOT NULL THEN 'EMAIL_SHARED'
        WHEN e.held_by IS NULL AND e.same_company THEN NULL
        WHEN e.held_by IS NULL THEN 'EMAIL_IN_OTHER_COMPANY'
        WHEN e.same_company THEN CASE WHEN e.ended_or_gone THEN 'REHIRE' ELSE 'ALREADY_LINKED' END
        WHEN e.same_name AND e.birth_dates_agree THEN 'TRANSFER'
        ELSE 'EMAIL_IN_OTHER_COMPANY'
    END AS code
FROM email_candidate AS e
LEFT JOIN contradiction AS c ON c.connection_no = e.connection_no AND c.row = e.row
