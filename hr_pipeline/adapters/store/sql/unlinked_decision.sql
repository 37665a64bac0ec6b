-- Everybody without a link: tied to an account, a question for a person, or new.
INSERT INTO unlinked_decision BY NAME
WITH named AS (
    SELECT n.connection_no, n.row,
        count(*) FILTER (n.is_free AND n.same_birth_date) AS twins,
        any_value(n.account_no) FILTER (n.is_free AND n.same_birth_date) AS twin_account_no,
        any_value(n.account_no) AS account_no,
        count(*) AS candidates,
        bool_or(n.is_free) AS any_free
    FROM name_candidate AS n
    GROUP BY ALL
),
claimed AS (
    SELECT n.twin_account_no, count(*) AS claims
    FROM named AS n JOIN batch AS b USING (connection_no)
    WHERE b.link_on_birth_date AND n.twins = 1
    GROUP BY ALL
)
SELECT
    u.connection_no, u.row,
    CASE
        WHEN e.row IS NOT NULL THEN CASE WHEN e.code IS NULL THEN 'linked' ELSE 'conflict' END
        WHEN n.row IS NULL THEN 'created'
        WHEN b.link_on_birth_date AND n.twins = 1 AND c.claims = 1 THEN 'linked'
        ELSE 'conflict'
    END AS outcome,
    CASE
        WHEN e.row IS NOT NULL THEN e.code
        WHEN n.row IS NULL THEN NULL
        WHEN b.link_on_birth_date AND n.twins = 1 AND c.claims = 1 THEN NULL
        WHEN b.link_on_birth_date AND n.twins >= 1 THEN 'AMBIGUOUS_CANDIDATES'
        WHEN n.any_free THEN 'SAME_NAME'
        ELSE 'REHIRE'
    END AS code,
    CASE
        WHEN e.row IS NOT NULL THEN e.account_no
        WHEN b.link_on_birth_date AND n.twins = 1 AND c.claims = 1 THEN n.twin_account_no
        WHEN n.candidates = 1 THEN n.account_no
    END AS account_no,
    u.email_key
FROM judged AS u
JOIN batch AS b ON b.connection_no = u.connection_no
LEFT JOIN email_decision AS e ON e.connection_no = u.connection_no AND e.row = u.row
LEFT JOIN named AS n ON n.connection_no = u.connection_no AND n.row = u.row
LEFT JOIN claimed AS c ON c.twin_account_no = n.twin_account_no
WHERE u.path = 'unlinked'
