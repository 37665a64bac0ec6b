"""Invented people as conformed frames, for tests of the plan: only what a test cares about is named, the rest is plain.

Not here: providers' pages (the sandbox plays them). May import: `hr_pipeline.domain`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from hr_pipeline.domain.frames import COMPONENTS, EMPLOYEES, PERIODS, PROBLEMS, Conformed
from hr_pipeline.domain.text import email_key, name_key

START = date(2024, 1, 1)
MADE_UP = "a rule"  # which people break who are made up with the codes of their problems


def person(external_id: str | None, first_name: str = "Zoé", last_name: str | None = None, **values: Any) -> dict[str, Any]:
    """One listed employee. Defaults: an e-mail and a last name of their own, 3 000 € a month, nothing wrong."""
    last = last_name if last_name is not None else f"Peeters {external_id}"
    given = {
        "external_id": external_id,
        "first_name": first_name,
        "last_name": last,
        "email": f"{external_id}@example.com",
        "start_date": START,
        "relation": "employee",
        "phone_inferred": False,
        "gross_amount": Decimal("3000.00"),
        "currency": "EUR",
        "pay_type": "monthly",
        "effective_from": START,
        "has_pay": True,
        "pay_rows": 1,
        "pay_rows_rejected": 0,
        "in_scope": True,
    }
    return {**given, **({"periods_key": str(values["periods"])} if values.get("periods") else {}), **values}


def paid(external_id: str, on: date, rows: Iterable[tuple[str, str | None, str]], **values: Any) -> dict[str, Any]:
    """One listed employee as conforming tells of them on a day: periods (first day, last day, gross) that do not overlap."""
    plain = {"currency": "EUR", "pay_type": "monthly"}
    told: list[dict[str, Any]] = []
    in_force: dict[str, Any] | None = None
    for first, last, gross in rows:
        start, end = date.fromisoformat(first), date.fromisoformat(last) if last else None
        told.append({**plain, "effective_from": start, "effective_to": end, "gross_amount": Decimal(gross)})
        if start <= on and (end is None or on <= end):
            in_force = told[-1]
    pay = in_force or dict.fromkeys([*plain, "effective_from", "effective_to", "gross_amount"])
    others = told if told != [in_force] else []
    return person(external_id, **pay, has_pay=in_force is not None, pay_rows=len(told), periods=others, **values)


def conformed(snapshots: Mapping[str, Iterable[dict[str, Any]]]) -> Conformed:
    """People of several connections as the frames that validation hands to the plan."""
    rows = [{**one, "connection_id": name, "row": i} for name, people in snapshots.items() for i, one in enumerate(people)]
    frame = pa.Table.from_pylist([{column: row.get(column) for column in EMPLOYEES.names} for row in rows], schema=EMPLOYEES)
    keys = {
        "email_key": email_key(frame["email"]),
        "name_key": name_key(frame["first_name"], frame["last_name"]),
        "birth_name_key": name_key(frame["first_name"], frame["birth_name"]),
    }
    for name, key in keys.items():
        frame = frame.set_column(frame.schema.get_field_index(name), name, key.cast(pa.string()))
    problems = [
        {"connection_id": r["connection_id"], "row": r["row"], "external_id": r["external_id"], **said}
        for r in rows
        for said in [
            *([{"code": r["reject_code"], "field": r["reject_field"], "rule": MADE_UP, "blocking": True}] if r.get("reject_code") else []),
            *({"code": code, "field": None, "rule": MADE_UP, "blocking": False} for code in r.get("warnings", [])),
        ]
    ]
    components = [{**c, "connection_id": r["connection_id"], "row": r["row"]} for r in rows for c in r.get("components", [])]
    periods = [{**p, "connection_id": r["connection_id"], "row": r["row"]} for r in rows for p in r.get("periods", [])]
    return Conformed(
        frame,
        pa.Table.from_pylist(components, schema=COMPONENTS),
        pa.Table.from_pylist(problems, schema=PROBLEMS),
        pa.Table.from_pylist(periods, schema=PERIODS),
    )
