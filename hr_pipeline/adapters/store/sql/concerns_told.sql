-- What stands now is told; what stood and does not any more is forgotten, so that it is told when it comes again.
INSERT INTO told BY NAME
SELECT n.key, n.kind, n.connection_no, $digest_no::BIGINT AS digest_no
FROM concern AS n
ANTI JOIN told AS t ON t.key = n.key
