-- Whether somebody's folded names (first|last|birth) are what was typed: all of it in either order; that, a whole first or last name, or each word
-- a part. Of the two halves of what was typed, or of its first word, one stands in such names: few people's do, and only theirs are taken apart.
CREATE OR REPLACE TEMP MACRO is_full_name(names, name) AS name IN (
    split_part(names, '|', 1) || split_part(names, '|', 2),
    split_part(names, '|', 2) || split_part(names, '|', 1)
);
CREATE OR REPLACE TEMP MACRO is_named(names, words, name) AS CASE
    WHEN contains(names, name[:length(name) // 2]) OR contains(names, name[length(name) // 2 + 1:]) OR contains(names, words[1]) THEN
        contains('|' || names || '|', '|' || name || '|')
        OR is_full_name(names, name)
        OR (len(words) > 0 AND list_bool_and([contains(names, word) FOR word IN words]))
    ELSE FALSE
END
