-- Who has to be decided about beyond the plainly unchanged, and how many links nobody judged answers to.
SELECT
    count(*) FILTER (path = 'linked') AS linked,
    count(*) FILTER (path = 'unlinked') AS unlinked,
    (SELECT count(*) FROM link_in_question) - count(DISTINCT link_account_no) AS unlisted
FROM judged
