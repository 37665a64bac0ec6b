-- The value a field has after a sync (§1). Bits of the masks follow FIELD_ORDER in planning.py.
-- old: the account's; new: the provider's; absent: fields the provider did not send. A null only clears where the policy allows.
CREATE OR REPLACE TEMP MACRO is_set(mask, place) AS ((mask >> place) & 1) = 1;

CREATE OR REPLACE TEMP MACRO kept(field, place, old, new, absent, always_mask, first_mask, clear_mask) AS CASE
    WHEN absent IS NOT NULL AND list_contains(absent, field) THEN old
    WHEN NOT is_set(always_mask | first_mask, place) THEN old                    -- policy never, or not mapped: the platform's own
    WHEN new IS NULL THEN CASE WHEN is_set(clear_mask, place) AND is_set(always_mask, place) THEN NULL ELSE old END
    WHEN is_set(first_mask, place) AND old IS NOT NULL THEN old                  -- first_sync: set once
    ELSE new
END;

CREATE OR REPLACE TEMP MACRO first_kept(place, new, always_mask, first_mask) AS
    CASE WHEN is_set(always_mask | first_mask, place) THEN new END;

-- The account has a value, the provider now says that there is none.
CREATE OR REPLACE TEMP MACRO emptied(field, place, old, new, absent, always_mask) AS
    old IS NOT NULL AND new IS NULL AND is_set(always_mask, place) AND (absent IS NULL OR NOT list_contains(absent, field));

-- A name key is `first|last`: the first half of one key with the last half of another.
CREATE OR REPLACE TEMP MACRO joined_key(first_of, last_of) AS split_part(first_of, '|', 1) || '|' || split_part(last_of, '|', 2);
