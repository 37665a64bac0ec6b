"""The connections of one plan as the temporary table `batch`, which every statement of `sql/` joins: dates, settings, policies.

May import: `domain`, `plan`.
"""

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa

from hr_pipeline.adapters.store.plan import Asked
from hr_pipeline.domain.fields import ACCOUNT_FIELDS, FIELDS, Group
from hr_pipeline.domain.mapping import FieldMapping, Policy

# Bits of the policy masks: the fields of an account, then those of its pay (the order `change.sql` uses).
FIELD_ORDER = (*ACCOUNT_FIELDS, *(f.name for f in FIELDS if f.group is Group.PAY and not f.name.startswith("effective_")))

_ANY_GROSS = Decimal(10**9)  # per cent; what fits the column, and more than any move

_BATCH = pa.schema(
    [
        ("connection_no", pa.int32()),
        ("connection_id", pa.string()),
        ("company_no", pa.int32()),
        ("group_name", pa.string()),
        ("date", pa.date32()),
        ("first_sync", pa.bool_()),
        ("had_people", pa.bool_()),
        ("is_older", pa.bool_()),
        ("last_listed_run_no", pa.int64()),
        ("employee_number_unique", pa.bool_()),
        ("link_on_birth_date", pa.bool_()),
        ("gross_pct", pa.decimal128(18, 4)),
        ("always_mask", pa.int32()),
        ("first_mask", pa.int32()),
        ("clear_mask", pa.int32()),
        ("clearable", pa.list_(pa.string())),
        ("source", pa.int64()),
        ("source_pay_rows", pa.int64()),
        ("source_with_pay", pa.int64()),
        ("plan_id", pa.string()),
        ("approved_plan_id", pa.string()),
        ("is_accepted", pa.bool_()),
        ("automatic_transfer", pa.bool_()),
        ("is_held_back", pa.bool_()),
        ("planned_at", pa.timestamp("us", "UTC")),
        ("fingerprint", pa.string()),
        ("snapshot_id", pa.string()),
        ("missing_runs", pa.int32()),
        ("close_missing", pa.string()),
        ("pay_is_dated", pa.bool_()),
    ]
)


def batch_table(asked: Sequence[Asked]) -> pa.Table:
    """The batch as a table; the policies of a mapping that companies share are worked out once."""
    policies = {
        mapping_id: _policies(mapping) for mapping_id, mapping in {one.stored.fingerprint: one.stored.mapping for one in asked}.items()
    }
    return pa.Table.from_pylist([_batch_row(one, policies) for one in asked], schema=_BATCH)


def _batch_row(one: Asked, policies: dict[str, dict[str, object]]) -> dict[str, object]:
    stored, settings = one.stored, one.stored.connection.settings
    return {
        "connection_no": stored.number,
        "connection_id": stored.connection_id,
        "company_no": stored.company_no,
        "group_name": stored.connection.group,
        "date": one.date,
        "first_sync": stored.last_run_no is None,
        "had_people": bool(stored.last_source),
        "is_older": one.is_older,
        "last_listed_run_no": stored.last_listed_run_no,
        "employee_number_unique": settings.employee_number_unique,
        "link_on_birth_date": settings.link_on_birth_date,
        "gross_pct": min(settings.limits.gross_pct, _ANY_GROSS).quantize(Decimal("0.0001")),
        **policies[stored.fingerprint],
        "source": one.counts.employees,
        "source_pay_rows": one.counts.pay_rows,
        "source_with_pay": one.counts.with_pay,
        "plan_id": one.plan_id,
        "approved_plan_id": one.approved_plan_id,
        "is_accepted": one.is_settled,
        "automatic_transfer": settings.automatic_transfer,
        "is_held_back": one.is_held_back,
        "planned_at": one.planned_at,
        "fingerprint": stored.fingerprint,
        "snapshot_id": one.snapshot_id,
        "missing_runs": settings.missing_runs,
        "close_missing": settings.close_missing.value,
        "pay_is_dated": _sources(stored.mapping, "effective_from") != _sources(stored.mapping, "start_date"),
    }


def _sources(mapping: FieldMapping, field: str) -> tuple[str, ...]:
    """Provider fields of a platform field. Pay that is dated by the start of the employment alone has no date of its own."""
    rule = mapping.governing(field)
    return rule.sources if rule is not None else ()


def _policies(mapping: FieldMapping) -> dict[str, object]:
    """Policies of a mapping as bit masks in `FIELD_ORDER`, for SQL."""
    rules = [(bit, name, rule) for bit, name in enumerate(FIELD_ORDER) if (rule := mapping.governing(name)) is not None]
    return {
        "always_mask": sum(1 << bit for bit, _, rule in rules if rule.policy is Policy.ALWAYS),
        "first_mask": sum(1 << bit for bit, _, rule in rules if rule.policy is Policy.FIRST_SYNC),
        "clear_mask": sum(1 << bit for bit, _, rule in rules if rule.may_clear),
        "clearable": [name for _, name, rule in rules if rule.may_clear],
    }
