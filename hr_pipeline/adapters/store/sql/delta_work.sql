-- Which of the statements after `delta` have something to do.
SELECT count(*) FILTER (shared_marks <> 0) AS contested, count(*) FILTER (row IS NULL) AS unmatched FROM delta
