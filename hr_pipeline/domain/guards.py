"""Guards on a whole plan: which connections must wait for a person before anything is written.

One rule for any number of connections, exact at every boundary (decimals, never floats). Not here: counting the figures (the
plan's SQL), keeping and releasing holds. Source: synchronisation.md §6. May import: `codes`, `connections`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from math import ceil, floor

import numpy as np
import pandas as pd

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits


class Factor(StrEnum):
    """Factors that betray a wrong unit or period: a year's pay as a month's, cents as euros, and back."""

    TIMES_12 = "times_12"
    TIMES_100 = "times_100"
    DIVIDED_BY_12 = "divided_by_12"
    DIVIDED_BY_100 = "divided_by_100"


# after ÷ before of each factor, as (numerator, denominator), so that SQL and Python can both stay exact.
FACTOR_RATIOS: Mapping[Factor, tuple[int, int]] = {
    Factor.TIMES_12: (12, 1),
    Factor.TIMES_100: (100, 1),
    Factor.DIVIDED_BY_12: (1, 12),
    Factor.DIVIDED_BY_100: (1, 100),
}
FACTOR_TOLERANCE_PCT = Decimal(5)  # an index or a raise may come on top of the wrong unit

# A person's row is held when its gross moves by more than the limit: abs(after - before) * 100 > gross_pct * before.
# Judged only where there was a gross above zero before; the same in SQL on DECIMAL columns.
GROSS_SQL = "abs(after - before) * 100 > gross_pct * before"


def gross_moved(before: Decimal | None, after: Decimal | None, limits: Limits) -> bool:
    """Whether one person's gross moved by more than the limit (`HELD_GROSS`); exactly the limit passes."""
    if before is None or after is None or before <= 0:
        return False
    return abs(after - before) * 100 > limits.gross_pct * before


def pay_factor(before: Decimal | None, after: Decimal | None) -> Factor | None:
    """The factor that explains how an amount moved, within the tolerance; null when none does."""
    if before is None or after is None or before <= 0 or after <= 0:
        return None
    for factor, (numerator, denominator) in FACTOR_RATIOS.items():
        due = before * numerator / denominator
        if abs(after - due) * 100 <= FACTOR_TOLERANCE_PCT * due:
            return factor
    return None


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """What the guards look at, for the plan of one connection. Counts of people, unless said otherwise."""

    source: int = 0  # T: listed in the snapshot
    asked: int = 0  # A: T without excluded and out of scope
    linked_before: int = 0  # linked to this connection before the plan, exclusions aside
    missing: int = 0  # of those, not listed
    new: int = 0  # would be created
    pay_compared: int = 0  # had pay before and have it now
    pay_changed: int = 0  # of those, with another gross, regime, hours or contribution
    rejected: int = 0
    had_people: bool = False  # the last complete snapshot listed somebody
    factor_rows: Mapping[Factor, int] = field(default_factory=dict)  # of those compared, moved by the factor
    filled_before: Mapping[str, int] = field(default_factory=dict)  # column → linked and listed people with a value before
    emptied: Mapping[str, int] = field(default_factory=dict)  # column → of those, null now


@dataclass(frozen=True, slots=True)
class Hold:
    """One guard that holds a run: its code, the count that was seen, the most that would have passed, and what it is about."""

    code: Code
    observed: int
    limit: int  # for `HELD_PAY_FACTOR` the least that holds; for `SNAPSHOT_EMPTY` the least that passes
    detail: str = ""  # column or factor


@dataclass(frozen=True, slots=True)
class _Guard:
    """observed > max(floor, share of base), or ≥ where `at_least`."""

    code: Code
    observed: str
    base: str
    share: str  # name of the limit in per cent
    floor: str | None = None
    at_least: bool = False
    not_at_first: bool = False


# In the order in which they are told; the first one is the run's code. A more telling guard comes before the one it drags along.
_GUARDS = (
    _Guard(Code.HELD_MISSING, "missing", "linked_before", "missing_pct", "missing_floor"),
    _Guard(Code.HELD_NEW, "new", "linked_before", "new_pct", "new_floor", not_at_first=True),
    *(_Guard(Code.HELD_PAY_FACTOR, f"factor_{f}", "pay_compared", "pay_factor_pct", at_least=True) for f in Factor),
    _Guard(Code.HELD_PAY_CHANGED, "pay_changed", "pay_compared", "pay_changed_pct", "pay_changed_floor"),
    _Guard(Code.HELD_COLUMN_EMPTIED, "emptied_", "filled_", "column_emptied_pct"),
    _Guard(Code.HELD_REJECTED, "rejected", "asked", "rejected_pct"),
)


def held_by(figures: PlanFigures, limits: Limits, *, first_sync: bool) -> list[Hold]:
    """The guards that hold one connection's run; empty when it may go on."""
    holds = held_connections(figures_table({"": figures}, first_syncs={""} if first_sync else set()), {"": limits})
    columns = (holds[name].tolist() for name in ("code", "observed", "limit", "detail"))
    return [Hold(Code(code), observed, limit, detail) for code, observed, limit, detail in zip(*columns, strict=True)]


def figures_table(figures: Mapping[str, PlanFigures], first_syncs: set[str]) -> pd.DataFrame:
    """Figures of several connections as the table that `held_connections` takes."""
    rows = [
        {
            "connection_id": connection,
            "first_sync": connection in first_syncs,
            **{name: getattr(f, name) for name in ("source", "asked", "linked_before", "missing", "new")},
            **{name: getattr(f, name) for name in ("pay_compared", "pay_changed", "rejected", "had_people")},
            **{f"factor_{factor}": f.factor_rows.get(factor, 0) for factor in Factor},
            **{f"filled_{column}": count for column, count in f.filled_before.items()},
            **{f"emptied_{column}": count for column, count in f.emptied.items()},
        }
        for connection, f in figures.items()
    ]
    table = pd.DataFrame(rows)
    counts = [name for name in table.columns if name.startswith(("filled_", "emptied_"))]
    return table.assign(**{name: table[name].fillna(0).astype("int64") for name in counts})


def held_connections(figures: pd.DataFrame, limits: Mapping[str, Limits]) -> pd.DataFrame:
    """The guards that hold each connection's run.

    Args:
        figures: One row per connection: `connection_id`, `first_sync` and `had_people` (bool), the counts of `PlanFigures` by
            their names, `factor_<factor>` for each `Factor`, and any pairs `filled_<column>`, `emptied_<column>`. Never null.
        limits: Of every connection in the table.

    Returns:
        `connection_id, code, observed, limit, detail`, in the order of the connections, then of the guards.
    """
    figures = figures.reset_index(drop=True)
    connections, first_sync = figures["connection_id"].to_numpy(dtype=object), figures["first_sync"].to_numpy(dtype=np.bool_)
    parts = [_empty_snapshots(figures)]
    for guard, observed, base, detail in _measures(figures):
        # A guard can't hold on nothing: that leaves few connections for the exact arithmetic, and for most guards none.
        counted = figures[observed].to_numpy(dtype="int64")
        rows = np.flatnonzero((counted > 0) & ~(first_sync & guard.not_at_first))
        if not rows.size:
            continue
        shares = np.array([getattr(limits[c], guard.share) for c in connections[rows]], dtype=object)
        floors = np.array([getattr(limits[c], guard.floor) if guard.floor else Decimal(0) for c in connections[rows]], dtype=object)
        bounds = np.maximum(floors, shares * figures[base].to_numpy(dtype=object)[rows] / 100)
        seen = counted[rows]
        # Counts are whole, so a bound rounds to the whole count beside it without changing any verdict.
        limit = np.array([(ceil if guard.at_least else floor)(bound) for bound in bounds], dtype="int64")
        held = seen >= limit if guard.at_least else seen > limit
        if held.any():
            part = {
                "connection_id": connections[rows[held]],
                "code": guard.code.value,
                "observed": seen[held],
                "limit": limit[held],
                "detail": detail,
            }
            parts.append(pd.DataFrame(part, index=rows[held]))
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def _measures(figures: pd.DataFrame) -> Iterator[tuple[_Guard, str, str, str]]:
    """Each guard with the columns it reads: one measure, or one per emptied column."""
    for guard in _GUARDS:
        if guard.code is Code.HELD_COLUMN_EMPTIED:
            for name in sorted(c for c in figures.columns if c.startswith(guard.observed)):
                column = name.removeprefix(guard.observed)
                yield guard, name, guard.base + column, column
        else:
            yield guard, guard.observed, guard.base, guard.observed.removeprefix("factor_") if guard.at_least else ""


def _empty_snapshots(figures: pd.DataFrame) -> pd.DataFrame:
    """Nobody listed where somebody was before (§5): whatever else it would mean, nothing may be written."""
    rows = figures[(figures["source"] == 0) & figures["had_people"]]
    empty = {"connection_id": rows["connection_id"], "code": Code.SNAPSHOT_EMPTY.value, "observed": rows["source"]}
    return pd.DataFrame({**empty, "limit": 1, "detail": ""})
