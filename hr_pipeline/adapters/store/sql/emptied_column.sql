-- How many linked people had a value that the provider no longer gives, by column. A rejected person's e-mail counts too.
SELECT connection_no, column_name, count(*) AS people
FROM (SELECT connection_no, unnest(emptied) AS column_name FROM change WHERE NOT is_new_link)
GROUP BY ALL
UNION ALL
SELECT connection_no, 'email', count(*) FROM judged
WHERE path = 'rejected' AND reject_code = 'EMAIL_MISSING' AND link_account_no IS NOT NULL AND (absent IS NULL OR NOT list_contains(absent, 'email'))
GROUP BY ALL
