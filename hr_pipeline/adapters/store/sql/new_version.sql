-- Numbers for accounts and pay that change, after those of the new accounts; accounts keep their number.
INSERT INTO new_version BY NAME
SELECT
    x.connection_no, x.row, r.run_no, x.account_no, x.is_new_link, d.person_changes, d.pay_changes,
    CASE WHEN d.person_changes THEN (SELECT coalesce(max(version_no), 0) FROM account_version) + (SELECT count(*) FROM new_account) + row_number() OVER (ORDER BY x.account_no) ELSE x.version_no END AS version_no,
    CASE WHEN d.pay_changes THEN (SELECT coalesce(max(pay_no), 0) FROM pay_version) + (SELECT count(*) FROM new_account) + row_number() OVER (ORDER BY x.account_no) ELSE x.pay_no END AS pay_no
FROM change AS x
JOIN decision AS d ON d.connection_no = x.connection_no AND d.row = x.row
JOIN run AS r ON r.connection_no = x.connection_no
WHERE d.person_changes OR d.pay_changes OR (x.is_new_link AND d.outcome IN ('linked', 'transferred'))
