-- Open conflicts by code and by the days they have waited, in the bands the picture shows.
SELECT code, count(*) FILTER (age < 1) AS today, count(*) FILTER (age BETWEEN 1 AND 7) AS week, count(*) FILTER (age BETWEEN 8 AND 30) AS month,
    count(*) FILTER (age > 30) AS older
FROM (SELECT code, $today::DATE - since AS age FROM reporting.conflicts WHERE state = 'open')
GROUP BY code
ORDER BY count(*) DESC, code
