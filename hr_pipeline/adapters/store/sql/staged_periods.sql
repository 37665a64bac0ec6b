SELECT n.connection_no, p.* EXCLUDE (connection_id) FROM periods_in AS p JOIN numbers AS n USING (connection_id)
