"""What holds a plan before it is written: guards and reviews; and what people have released of it.

The limits are `domain.guards`', the figures `sql/figure.sql`'s. Part of `planning`, over its temporary tables. May import: `domain`,
`database`, `plan`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.plan import Asked, Plan
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Review
from hr_pipeline.domain.decisions import GUARD_HOLDS
from hr_pipeline.domain.guards import FACTOR_TOLERANCE_PCT, held_connections

# Connection number → the first thing that holds its run, with the parameters of that code.
Holds = dict[int, tuple[Code, dict[str, object]]]

_GUARD_HOLD = pa.schema([("connection_no", pa.int32()), ("code", pa.string()), ("about", pa.string())])


def holds_on(database: Database, figures: pd.DataFrame, asked: Sequence[Asked]) -> Holds:
    """Connection number → the first thing that holds its run. What was seen held, and approved or released, goes on."""
    for row in database.rows(statement("emptied_column")):
        figures.loc[figures["connection_no"] == row["connection_no"], f"emptied_{row['column_name']}"] = row["people"]
    for name in [c for c in figures.columns if c.startswith("emptied_")]:
        figures[name] = figures[name].fillna(0).astype("int64")
        figures[name.replace("emptied_", "filled_", 1)] = figures["linked_listed"]
    limits = {one.stored.connection_id: one.stored.connection.settings.limits for one in asked}
    numbers = {one.stored.connection_id: one.stored.number for one in asked}
    seen_held = {row["plan_id"] for row in database.rows(statement("approved_holds"), {"guards": sorted(GUARD_HOLDS)})}
    settled = {one.stored.number for one in asked if one.released or one.approved_plan_id in seen_held}
    held: Holds = {}
    others: dict[int, list[str]] = {}
    guards: list[dict[str, object]] = []
    for hold in held_connections(figures.assign(missing=figures["missing_unaccepted"]), limits).to_dict("records"):
        number = numbers[hold["connection_id"]]
        if number in settled and hold["code"] != Code.SNAPSHOT_EMPTY:
            continue
        code, _ = held.setdefault(number, (Code(hold["code"]), _hold_detail(hold)))
        if hold["code"] != code:
            others.setdefault(number, []).append(hold["code"])
        guards.append({"connection_no": number, "code": hold["code"], "about": hold["detail"]})
    if guards:
        database.fill("guard_hold", pa.Table.from_pylist(guards, schema=_GUARD_HOLD))
    for number, codes in others.items():  # a release is of everything that was told
        held[number][1]["also"] = ", ".join(dict.fromkeys(codes))
    for one in asked:
        review, first = one.stored.connection.settings.review, one.stored.last_run_no is None
        if (review is Review.ALWAYS or (review is Review.FIRST and first)) and one.counts.employees and not one.approved_plan_id:
            held.setdefault(one.stored.number, (Code.HELD_REVIEW, {"plan": one.plan_id}))
    return held


def _hold_detail(hold: Mapping[Any, Any]) -> dict[str, object]:
    about = "factor" if hold["code"] == Code.HELD_PAY_FACTOR else "field"
    return {"observed": str(hold["observed"]), "limit": str(hold["limit"]), **({about: str(hold["detail"])} if hold["detail"] else {})}


def hold(database: Database, holds: Holds) -> None:
    """Make everybody of these connections `held`: nobody's data is written. Whom the guards counted is noted first (`counted`)."""
    if holds:
        rows = [{"connection_no": number, "code": code.value, "field": detail.get("field")} for number, (code, detail) in holds.items()]
        schema = pa.schema([("connection_no", pa.int32()), ("code", pa.string()), ("field", pa.string())])
        database.fill("hold", pa.Table.from_pylist(rows, schema=schema))
        database.run(statement("counted"), {"tolerance": FACTOR_TOLERANCE_PCT})
        database.run(statement("decision_held"))
        database.run(statement("decision_unlisted_held"))


def withheld(database: Database, planned: Sequence[Plan]) -> frozenset[int]:
    """Held connections that others of the batch count on for an address: the others are to be planned without them."""
    if all(plan.failure is None for plan in planned) or all(plan.failure is not None for plan in planned):
        return frozenset()
    return frozenset(row["connection_no"] for row in database.rows(statement("address_withheld")))


def with_expired(database: Database, planned: list[Plan]) -> list[Plan]:
    """Held plans that were released once, with the moment the release ran out."""
    if all(plan.failure is None for plan in planned):
        return planned
    expired = {row["plan_hash"]: row["expires_at"] for row in database.rows(statement("releases_waiting")) if row["is_expired"]}
    return [
        replace(plan, detail={**plan.detail, "expired": f"{expired[plan.hash]:%Y-%m-%d %H:%M}"})
        if plan.failure is not None and plan.hash in expired
        else plan
        for plan in planned
    ]


def reconsidered(database: Database, planned: Sequence[Plan]) -> list[Asked]:
    """The connections as they are to be planned in the end: with what was released, and nobody on the way to a held one."""
    if all(plan.failure is None and not plan.counts.held for plan in planned):
        return [plan.asked for plan in planned]
    releases: dict[int, list[dict[str, Any]]] = {}
    for row in database.rows(statement("releases_waiting")):
        releases.setdefault(row["connection_no"], []).append(row)
    again = []
    for plan in planned:
        asked, known = plan.asked, releases.get(plan.asked.stored.number, [])
        valid = [release for release in known if not release["is_expired"]]
        if plan.failure is not None and any(release["plan_hash"] == plan.hash for release in valid):
            asked = replace(asked, released=plan.hash)
        elif plan.failure is not None and plan.counts.transferred + plan.counts.linked:
            asked = replace(asked, is_held_back=True)
        if plan.counts.held and valid:
            asked = replace(asked, rows_released=True)
        again.append(asked)
    return again
