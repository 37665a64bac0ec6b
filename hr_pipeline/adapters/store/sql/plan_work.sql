-- Who has to be decided about beyond the plainly unchanged.
SELECT count(*) FILTER (path = 'linked') AS linked, count(*) FILTER (path = 'unlinked') AS unlinked FROM judged
