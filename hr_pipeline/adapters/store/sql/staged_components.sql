SELECT n.connection_no, c.* EXCLUDE (connection_id) FROM components_in AS c JOIN numbers AS n USING (connection_id)
