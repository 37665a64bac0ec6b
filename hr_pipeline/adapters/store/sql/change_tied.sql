INSERT INTO change BY NAME FROM change_of_target
