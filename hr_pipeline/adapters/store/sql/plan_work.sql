-- Who has to be decided about beyond the plainly unchanged, and how many links somebody judged answers to.
SELECT
    count(*) FILTER (path = 'linked') AS linked,
    count(*) FILTER (path = 'unlinked') AS unlinked,
    count(DISTINCT link_account_no) AS answered
FROM judged
