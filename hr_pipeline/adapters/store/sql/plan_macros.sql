-- The value a field has after a sync (§1). Places in the masks follow FIELD_ORDER in planning.py.
-- old: the account's; new: the provider's, null also where `absent` says that it was not sent. A null clears only where the provider
-- says so and the policy allows it; `first_sync` sets once; anything else is the platform's own.
CREATE OR REPLACE TEMP MACRO is_set(mask, place) AS ((mask >> place) & 1) = 1;

CREATE OR REPLACE TEMP MACRO not_sent(field, absent) AS absent IS NOT NULL AND list_contains(absent, field);

CREATE OR REPLACE TEMP MACRO kept(field, place, old, new, absent, always_mask, first_mask, clear_mask) AS CASE
    WHEN is_set(always_mask, place) THEN CASE WHEN new IS NULL AND is_set(clear_mask, place) AND NOT not_sent(field, absent) THEN NULL ELSE coalesce(new, old) END
    WHEN is_set(first_mask, place) THEN coalesce(old, new)
    ELSE old
END;

CREATE OR REPLACE TEMP MACRO first_kept(place, new, always_mask, first_mask) AS CASE WHEN is_set(always_mask | first_mask, place) THEN new END;

-- The account has a value, the provider now says that there is none.
CREATE OR REPLACE TEMP MACRO is_emptied(field, place, old, new, absent, always_mask) AS
    new IS NULL AND old IS NOT NULL AND is_set(always_mask, place) AND NOT not_sent(field, absent);

-- No pay row at all, of somebody who works here and had pay: nothing is cleared by that, and nothing was emptied that could be let through.
CREATE OR REPLACE TEMP MACRO is_pay_field(field) AS
    field IN ('gross_amount', 'weekly_hours', 'reference_hours', 'work_regime_pct', 'employer_contribution_pct');

CREATE OR REPLACE TEMP MACRO is_without_pay_known(has_pay, emptied) AS NOT has_pay AND len(list_filter(emptied, lambda f: is_pay_field(f))) > 0;

-- A name key is `first|last`: the first half of one key with the last half of another.
CREATE OR REPLACE TEMP MACRO joined_key(first_of, last_of) AS split_part(first_of, '|', 1) || '|' || split_part(last_of, '|', 2);

-- What an approval is bound to: the decision, the provider's row, the account's and the pay's versions, mapping and settings.
CREATE OR REPLACE TEMP MACRO row_signature(external_id, row_hash, planned_outcome, account_no, version_no, pay_no, fingerprint) AS
    hash(external_id, row_hash, planned_outcome, account_no, version_no, pay_no, fingerprint);
