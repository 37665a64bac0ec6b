-- Accounts that the undone run changed and that are still there: what they were before, as the run left them, and now. `already` names
-- what an earlier undo of the same run has reversed.
CREATE OR REPLACE TEMP TABLE undo_account AS
WITH versioned AS (
    SELECT account_no, min(version_no) AS first_no, max(version_no) AS last_no
    FROM account_version WHERE run_no = (SELECT undone_run_no FROM undoing) GROUP BY account_no
),
former AS (
    SELECT n.account_no, max(v.version_no) AS version_no
    FROM versioned AS n JOIN account_version AS v ON v.account_no = n.account_no AND v.version_no < n.first_no
    GROUP BY n.account_no
),
paid AS (
    SELECT account_no, max(pay_no) AS pay_no FROM pay_version WHERE run_no = (SELECT undone_run_no FROM undoing) GROUP BY account_no
),
tied AS (
    SELECT account_no FROM link WHERE from_run_no = (SELECT undone_run_no FROM undoing)
    UNION
    SELECT account_no FROM link_ended
    WHERE from_run_no = (SELECT undone_run_no FROM undoing) OR by_run_no = (SELECT undone_run_no FROM undoing)
),
concerned AS (
    SELECT account_no FROM versioned UNION SELECT account_no FROM paid UNION SELECT account_no FROM tied
),
done AS (
    SELECT account_no, flatten(list(fields)) AS fields FROM reversal
    WHERE undone_run_no = (SELECT undone_run_no FROM undoing) AND result = 'reversed' GROUP BY account_no
)
SELECT
    a.account_no, coalesce(a.created_run_no = u.undone_run_no, FALSE) AS is_created, t.account_no IS NOT NULL AS is_tied,
    b.account_no IS NOT NULL AS has_lineage, coalesce(b.company_no <> u.company_no, FALSE) AS came,  -- by a transfer
    n.last_no AS run_version_no, f.version_no AS former_version_no, a.version_no, coalesce(n.last_no, b.version_no, a.version_no) AS left_version_no,
    p.pay_no AS run_pay_no, b.pay_no AS former_pay_no, a.pay_no,
    b.company_no AS former_company_no, b.connection_no AS former_connection_no, a.company_no, a.connection_no,
    coalesce(d.fields, []) AS already
FROM concerned AS c
JOIN account AS a ON a.account_no = c.account_no
CROSS JOIN undoing AS u
LEFT JOIN versioned AS n ON n.account_no = a.account_no
LEFT JOIN former AS f ON f.account_no = a.account_no
LEFT JOIN paid AS p ON p.account_no = a.account_no
LEFT JOIN tied AS t ON t.account_no = a.account_no
LEFT JOIN lineage AS b ON b.account_no = a.account_no AND b.run_no = u.undone_run_no
LEFT JOIN done AS d ON d.account_no = a.account_no
