DELETE FROM link
WHERE account_no IN (SELECT n.account_no FROM new_version AS n SEMI JOIN settled AS s ON s.connection_no = n.connection_no AND s.row = n.row WHERE n.is_new_link)
