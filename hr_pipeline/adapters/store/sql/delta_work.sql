-- Which of the statements after `delta` have something to do.
SELECT
    count(*) FILTER (shared_marks <> 0 AND in_scope AND NOT is_excluded) AS contested,
    count(*) FILTER (row IS NULL) AS unlisted
FROM delta
