"""Invented people as a provider sends them, for tests of conforming: a plain row each, of which a test names what it cares about.

Two providers in miniature: a Belgian one that sends everything (rows of workers, remunerations, components), a French one that sends two
e-mail addresses, a fraction for the work regime, and no gross. Field names are the tests' own; the adapters have theirs.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from hr_pipeline.domain.bounds import PayBounds
from hr_pipeline.domain.conform import conformed
from hr_pipeline.domain.connections import Settings
from hr_pipeline.domain.fields import FIELDS, Group
from hr_pipeline.domain.frames import PROVIDER_COMMON, Conformed, ProviderFrames
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Transform

NOT_SENT = object()  # the key is missing
RETYPED = object()  # an object or a list stands where a scalar was due

TODAY = date(2024, 6, 1)
BREWERY = "securex-brewery"
BAKERY = "payfit-bakery"

# Every platform field from a provider field of the same name.
BELGIAN = FieldMapping({field.name: FieldRule((f"{field.name}_sent",)) for field in FIELDS if field.name != "work_regime_pct"})
REGIME_SENT = FieldMapping({**BELGIAN.rules, "work_regime_pct": FieldRule(("work_regime_pct_sent",))})

FRENCH = FieldMapping(
    {
        "external_id": FieldRule(("id",)),
        "first_name": FieldRule(("firstName",), (Transform.STRIP,)),
        "last_name": FieldRule(("lastName",), (Transform.STRIP,)),
        "email": FieldRule(("email.professional", "email.personal")),
        "start_date": FieldRule(("contract.startDate",)),
        "birth_date": FieldRule(("birthDate",)),
        "phone": FieldRule(("phone.personal",)),
        "exit_date": FieldRule(("terminationDate",), may_clear=True),
        "relation": FieldRule(("relation",)),
        "weekly_hours": FieldRule(("standardWeeklyHours",)),
        "work_regime_pct": FieldRule(("fullTimeEquivalent",), (Transform.FRACTION_TO_PERCENTAGE,)),
        "effective_from": FieldRule(("contract.startDate",)),
        "effective_to": FieldRule(("contract.endDate",)),
    }
)

Row = Mapping[str, Any]


def worker(who: str = "1", **changes: Any) -> dict[str, Any]:
    """A person with nothing wrong."""
    plain = {
        "external_id": who,
        "first_name": "Zoé",
        "last_name": f"Lefèvre {who}",
        "email": f"zoe.{who}@example.com",
        "start_date": "2020-01-01",
        "employee_number": f"N{who}",
        "birth_name": None,
        "language": "fr",
        "phone": "+32475123456",
        "birth_date": "1990-02-28",
        "exit_date": None,
        "relation": "employee",
    }
    return {f"{name}_sent": value for name, value in {**plain, **changes}.items()}


def remuneration(reference: Any = "1", **changes: Any) -> dict[str, Any]:
    """A pay row with nothing wrong, valid on TODAY."""
    plain = {
        "gross_amount": "3250.50",
        "currency": "EUR",
        "pay_type": "monthly",
        "weekly_hours": "38:00",
        "reference_hours": "38:00",
        "work_regime_pct": None,
        "employer_contribution_pct": "27.50",
        "effective_from": "2024-01-01",
        "effective_to": None,
    }
    return {"employee_ref": reference, **{f"{name}_sent": value for name, value in {**plain, **changes}.items()}}


def component(reference: Any = "1", **changes: Any) -> dict[str, Any]:
    """A salary component with nothing wrong."""
    plain = {
        "component_code": "MV",
        "component_label": "Meal vouchers",
        "component_amount": "120.00",
        "component_currency": "EUR",
        "component_frequency": "monthly",
        "component_from": "2024-01-01",
        "component_to": None,
    }
    return {"employee_ref": reference, **{f"{name}_sent": value for name, value in {**plain, **changes}.items()}}


def frames(workers: Sequence[Row], pay: Sequence[Row] = (), components: Sequence[Row] = (), connection: str = BREWERY) -> ProviderFrames:
    """The rows as a provider's adapter hands them on."""
    return ProviderFrames(
        _table(workers, connection, worker()), _table(pay, connection, remuneration()), _table(components, connection, component())
    )


def joined(*several: ProviderFrames) -> ProviderFrames:
    """Several connections' frames as one."""
    return ProviderFrames(*(pa.concat_tables([getattr(f, name) for f in several]) for name in ("identity", "pay", "components")))


def conform(
    workers: Sequence[Row],
    pay: Sequence[Row] = (),
    components: Sequence[Row] = (),
    *,
    mapping: FieldMapping = BELGIAN,
    settings: Settings | None = None,
    on: date = TODAY,
    bounds: PayBounds | None = None,
) -> Conformed:
    """One connection conformed."""
    return conformed(frames(workers, pay, components), mapping, {BREWERY: settings or Settings()}, on, bounds)


def employee(result: Conformed, external_id: str | None = "1") -> dict[str, Any]:
    """The only employee with that id."""
    (one,) = [row for row in result.employees.to_pylist() if row["external_id"] == external_id]
    return dict(one)


def told(result: Conformed, external_id: str | None = "1") -> list[tuple[str, str | None, str]]:
    """Code, field and rule of each problem of a person."""
    return [(row["code"], row["field"], row["rule"]) for row in result.problems.to_pylist() if row["external_id"] == external_id]


def _table(rows: Iterable[Row], connection: str, plain: Row) -> pa.Table:
    given = list(rows)
    names = list(dict.fromkeys(name for row in [*given, plain] for name in row))
    listed = [
        {
            "connection_id": connection,
            "row": place,
            "absent": [name for name in names if row.get(name, NOT_SENT) is NOT_SENT] or None,
            "retyped": [name for name in names if row.get(name) is RETYPED] or None,
            **{name: value for name, value in row.items() if isinstance(value, str)},
        }
        for place, row in enumerate(given)
    ]
    return pa.Table.from_pylist(listed, schema=pa.schema([*PROVIDER_COMMON, *((name, pa.string()) for name in names)]))


PAY_FIELDS = [field.name for field in FIELDS if field.group is Group.PAY]
COMPONENT_FIELDS = [field.name for field in FIELDS if field.group is Group.COMPONENT]
