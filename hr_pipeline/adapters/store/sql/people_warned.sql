-- What is odd about each `person_wanted` in the newest list decided about, without keeping them back.
SELECT DISTINCT w.place, p.code, p.field, p.rule
FROM person_wanted AS w
JOIN connection AS c USING (connection_no)
JOIN problem AS p ON p.run_no = c.last_listed_run_no AND p.external_id = w.external_id
WHERE NOT p.blocking AND p.row IS NOT NULL
ORDER BY w.place, p.code, p.field, p.rule
