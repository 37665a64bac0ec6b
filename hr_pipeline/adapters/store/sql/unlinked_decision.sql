-- Everybody without a link: tied to an account, a question for a person, or new.
INSERT INTO unlinked_decision BY NAME
WITH twin AS (
    -- Same name, same birth date, and the connection links by them. Whom two employees could be, or who could be two, is a question.
    SELECT n.connection_no, n.row, n.account_no,
        count(*) OVER (PARTITION BY n.account_no) = 1 AND count(*) OVER (PARTITION BY n.connection_no, n.row) = 1 AS is_only
    FROM name_candidate AS n
    JOIN batch AS b USING (connection_no)
    WHERE b.link_on_birth_date AND n.is_free AND n.same_birth_date
),
named AS (
    SELECT n.connection_no, n.row,
        any_value(o.account_no) AS twin_account_no,
        bool_or(t.account_no IS NOT NULL) AS has_twin,
        any_value(n.account_no) AS account_no,
        count(*) AS candidates,
        bool_or(n.is_free) AS any_free
    FROM name_candidate AS n
    LEFT JOIN twin AS o ON o.account_no = n.account_no AND o.is_only
    LEFT JOIN twin AS t ON t.account_no = n.account_no AND t.connection_no = n.connection_no AND t.row = n.row
    WHERE o.account_no IS NULL OR (o.connection_no = n.connection_no AND o.row = n.row)  -- who is tied tonight is nobody else's namesake
    GROUP BY n.connection_no, n.row
),
moving AS (
    SELECT connection_no, row, CASE WHEN count(*) = 1 THEN any_value(account_no) END AS account_no FROM group_candidate GROUP BY ALL
)
SELECT
    u.connection_no, u.row,
    CASE
        WHEN e.row IS NOT NULL THEN CASE WHEN e.code IS NULL THEN 'linked' ELSE 'conflict' END
        WHEN n.row IS NULL THEN CASE WHEN g.row IS NULL THEN 'created' ELSE 'conflict' END
        WHEN n.twin_account_no IS NOT NULL THEN 'linked'
        ELSE 'conflict'
    END AS outcome,
    CASE
        WHEN e.row IS NOT NULL THEN e.code
        WHEN n.row IS NULL THEN CASE WHEN g.row IS NOT NULL THEN 'TRANSFER' END
        WHEN n.twin_account_no IS NOT NULL THEN NULL
        WHEN n.has_twin THEN 'AMBIGUOUS_CANDIDATES'
        WHEN n.any_free THEN 'SAME_NAME'
        ELSE 'REHIRE'
    END AS code,
    CASE
        WHEN e.row IS NOT NULL THEN e.account_no
        WHEN n.twin_account_no IS NOT NULL THEN n.twin_account_no
        WHEN n.candidates = 1 THEN n.account_no
        WHEN n.row IS NULL THEN g.account_no
    END AS account_no,
    u.email_key
FROM judged AS u
JOIN batch AS b ON b.connection_no = u.connection_no
LEFT JOIN email_decision AS e ON e.connection_no = u.connection_no AND e.row = u.row
LEFT JOIN named AS n ON n.connection_no = u.connection_no AND n.row = u.row
LEFT JOIN moving AS g ON g.connection_no = u.connection_no AND g.row = u.row
WHERE u.path = 'unlinked'
