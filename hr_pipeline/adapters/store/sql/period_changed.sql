UPDATE change AS x
SET pay_changed = list_append(x.pay_changed, 'pay_periods')
FROM (SELECT DISTINCT connection_no, row FROM period_difference WHERE NOT is_in_force) AS d
WHERE d.connection_no = x.connection_no AND d.row = x.row AND NOT list_contains(x.pay_changed, 'pay_periods')
