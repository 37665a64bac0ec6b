"""The frames that travel from a provider's pages to the plan, column by column.

`ProviderFrames` hold what a provider sent, flattened to text and not yet judged; `Conformed` holds the same people in the
platform's fields, typed and judged. Both are Arrow tables covering any number of connections at once. May import: nothing of ours.
"""

from dataclasses import dataclass, field

import pyarrow as pa

# Columns beside the provider's own fields (all `string`), in each table of `ProviderFrames`.
PROVIDER_COMMON = pa.schema(
    [
        ("connection_id", pa.string()),
        ("row", pa.int64()),  # position in the provider's list, 0-based, unique within (connection, table)
        ("absent", pa.list_(pa.string())),  # provider fields whose key was not sent at all; null when every key came
        ("retyped", pa.list_(pa.string())),  # provider fields that carried an object or list where a scalar was due; null when none
    ]
)


@dataclass(frozen=True, slots=True)
class ProviderFrames:
    """What a provider sent, as text: one table per group of fields.

    Shapes: `identity` one row per listed employee; `pay` and `components` any number of rows per employee, tied by the column
    `employee_ref` (the provider's id of the person, text). Null means an explicit null, or a key listed in `absent`.
    """

    identity: pa.Table
    pay: pa.Table
    components: pa.Table


# One row per listed employee, decided or not. Units: money in `currency` per `pay_type` period, hours per week, rates in per cent.
EMPLOYEES = pa.schema(
    [
        ("connection_id", pa.string()),
        ("row", pa.int64()),
        ("external_id", pa.string()),  # null only when the provider sent none, or none that can be kept (then rejected)
        ("email", pa.string()),
        ("first_name", pa.string()),
        ("last_name", pa.string()),
        ("birth_name", pa.string()),
        ("language", pa.string()),  # ISO 639-1
        ("phone", pa.string()),  # E.164
        ("birth_date", pa.date32()),
        ("start_date", pa.date32()),
        ("exit_date", pa.date32()),  # last day, inclusive
        ("employee_number", pa.string()),
        ("relation", pa.string()),
        ("phone_inferred", pa.bool_()),
        ("email_key", pa.string()),  # what two e-mails are compared by
        ("name_key", pa.string()),  # what two names are compared by: first|last, folded
        ("birth_name_key", pa.string()),  # first|birth name, folded; null without a birth name
        # Pay valid on the sync date, simultaneous occupations added up; all null without a valid pay row.
        ("gross_amount", pa.decimal128(14, 2)),
        ("currency", pa.string()),  # ISO 4217
        ("pay_type", pa.string()),  # monthly | hourly
        ("weekly_hours", pa.decimal128(6, 2)),  # Q
        ("reference_hours", pa.decimal128(6, 2)),  # S
        ("work_regime_pct", pa.decimal128(7, 2)),
        ("employer_contribution_pct", pa.decimal128(5, 2)),
        ("effective_from", pa.date32()),
        ("effective_to", pa.date32()),  # inclusive at this edge; null = open
        ("has_pay", pa.bool_()),  # at least one pay row is valid on the date, and no row of the person is rejected
        ("pay_rows", pa.int64()),  # the provider's pay rows for this person, valid on the date or not
        ("pay_rows_rejected", pa.int64()),
        # Names of platform fields the provider did not send at all (unmapped, key absent, blank text, unusable with a warning): they clear
        # nothing.
        ("absent", pa.list_(pa.string())),
        ("in_scope", pa.bool_()),  # relation is among the connection's
        ("reject_code", pa.string()),  # first error, in the order of FIELDS; null when the person is valid
        ("reject_field", pa.string()),
        # Duplicates among the in-scope rows of the same connection (judged before the platform is looked at).
        ("components_key", pa.string()),  # digest of the person's salary components; null without any
        ("periods_key", pa.string()),  # digest of the person's rows in PERIODS; null without any
    ]
)

# Salary components valid on the sync date or later, of valid employees.
COMPONENTS = pa.schema(
    [
        ("connection_id", pa.string()),
        ("row", pa.int64()),  # row of the employee in EMPLOYEES
        ("code", pa.string()),
        ("label", pa.string()),
        ("amount", pa.decimal128(14, 2)),
        ("currency", pa.string()),
        ("frequency", pa.string()),  # monthly | yearly | once
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),  # inclusive; null = open
    ]
)

# Dated pay of valid employees, past, in force and to come: all of a person's periods, none of which overlap, simultaneous occupations added
# up in each. Whoever has no other pay than the one in force (nearly everybody) has no row here.
PERIODS = pa.schema(
    [
        ("connection_id", pa.string()),
        ("row", pa.int64()),  # row of the employee in EMPLOYEES
        ("effective_from", pa.date32()),
        ("effective_to", pa.date32()),  # inclusive; null = open
        ("gross_amount", pa.decimal128(14, 2)),
        ("currency", pa.string()),
        ("pay_type", pa.string()),
        ("weekly_hours", pa.decimal128(6, 2)),
        ("reference_hours", pa.decimal128(6, 2)),
        ("work_regime_pct", pa.decimal128(7, 2)),
        ("employer_contribution_pct", pa.decimal128(5, 2)),
    ]
)

# Everything wrong or odd, any number per employee; `row` null for pay without a person (PAY_ORPHAN). No values, only names.
PROBLEMS = pa.schema(
    [
        ("connection_id", pa.string()),
        ("row", pa.int64()),
        ("external_id", pa.string()),
        ("code", pa.string()),
        ("field", pa.string()),
        ("rule", pa.string()),  # e.g. `not an e-mail address`, `above 110 %`
        ("blocking", pa.bool_()),  # error (the person is rejected) or warning
    ]
)


@dataclass(frozen=True, slots=True)
class Conformed:
    """The people of any number of snapshots in the platform's fields. Schemas: EMPLOYEES, COMPONENTS, PROBLEMS, PERIODS."""

    employees: pa.Table
    components: pa.Table
    problems: pa.Table
    periods: pa.Table = field(default_factory=PERIODS.empty_table)
