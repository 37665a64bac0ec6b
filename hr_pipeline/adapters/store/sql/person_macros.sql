-- Whether somebody's folded names (first|last|birth) are what was typed: a whole first or last name, all of it in either order, or each word a part.
CREATE OR REPLACE TEMP MACRO is_named(names, words, name) AS coalesce(
    list_contains(string_split(names, '|'), name)
    OR list_contains([
        string_split(names, '|')[1] || string_split(names, '|')[2],
        string_split(names, '|')[2] || string_split(names, '|')[1]
    ], name)
    OR (len(words) > 0 AND list_bool_and([contains(names, word) FOR word IN words])),
    FALSE
)
