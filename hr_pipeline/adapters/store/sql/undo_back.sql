-- Each account that goes back, with what of it does, and the numbers of its new versions.
CREATE OR REPLACE TEMP TABLE undo_back AS
WITH back AS (
    SELECT u.*, f.fields, list_contains(f.fields, 'account') AS goes, list_contains(f.fields, 'link') AS link_goes,
        list_contains(f.fields, 'pay') AS pay_goes, len(list_filter(f.fields, lambda x: x NOT IN ('account', 'link', 'pay'))) > 0 AS person_goes
    FROM undo_account AS u
    JOIN (SELECT account_no, list(field) AS fields FROM undo_field WHERE result = 'reversed' GROUP BY account_no) AS f USING (account_no)
)
SELECT *,
    CASE WHEN person_goes
        THEN (SELECT coalesce(max(version_no), 0) FROM account_version) + row_number() OVER (PARTITION BY person_goes ORDER BY account_no)
    END AS new_version_no,
    CASE WHEN pay_goes
        THEN (SELECT coalesce(max(pay_no), 0) FROM pay_version) + row_number() OVER (PARTITION BY pay_goes ORDER BY account_no)
    END AS new_pay_no
FROM back
