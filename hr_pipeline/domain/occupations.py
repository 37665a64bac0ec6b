"""Simultaneous occupations of one person added up: gross and hours (Q) sum, the reference (S), currency and pay type are shared.

Where rows of one person don't agree on what they must share, or only some say an amount, the sum would be a wrong fact: the person is
rejected. Different contribution rates become the rate of the sum, weighted by gross. Source: contracts/securex.md. May import:
`arrow`, `frames`, `parsing`, `rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.arrow import Array, flat, integers, rows_of, taken
from hr_pipeline.domain.frames import EMPLOYEES
from hr_pipeline.domain.parsing import HOUR, decimals, quotient
from hr_pipeline.domain.rules import DIFFERS, HOURLY_ADDED, PARTIAL, Finding, Rows

_WHOLE = 10_000  # hundredths of a per cent
_SHARED = ("currency", "pay_type", "reference_hours")


@dataclass(frozen=True, slots=True)
class Occupations:
    """Persons with at least one row taken.

    Attributes:
        person: Who, in no particular order.
        count: How many rows each was made of.
        values: Pay field → the sum, in the units of the rows.
        findings: By position in `person`.
    """

    person: Rows
    count: Rows
    values: dict[str, Array]
    findings: list[Finding]


def occupations(rows: Mapping[str, Array], person: Rows) -> Occupations:
    """The rows added up by person; a single row, which is nearly everybody's, is taken as it stands.

    Args:
        rows: Valid pay rows by pay field (hundredths, and hours in units of `parsing.HOUR`), plus `given`: the work regime as sent,
            where `work_regime_pct` may be Q/S.
        person: Whose row each is.
    """
    shared = np.bincount(person)[person] > 1
    one, several = np.flatnonzero(~shared), np.flatnonzero(shared)
    sums = _added_up({name: taken(column, several) for name, column in rows.items()}, person[several])
    values = _values(sums)
    return Occupations(
        person=np.concatenate([person[one], integers(sums["person"])]),
        count=np.concatenate([np.ones_like(one), integers(sums["count_all"])]),
        values={name: pa.concat_arrays([taken(rows[name], one), column]) for name, column in values.items()},
        findings=[f.moved(f.rows + len(one)) for f in _findings(sums, values["employer_contribution_pct"]) if len(f.rows)],
    )


def _added_up(rows: Mapping[str, Array], person: Rows) -> dict[str, Array]:
    """Arrow's aggregates by person, each column named for its field and its kind."""
    cost = flat(pc.multiply(rows["gross_amount"], rows["employer_contribution_pct"]))
    by_person = pa.table({**rows, "cost": cost, "person": pa.array(person)}).group_by("person", use_threads=False)
    sums = by_person.aggregate(
        [
            ([], "count_all"),
            *((name, kind) for name in ("gross_amount", "weekly_hours", "work_regime_pct", "cost") for kind in ("sum", "count")),
            *((name, kind) for name in (*_SHARED, "employer_contribution_pct") for kind in ("min", "max")),
            ("employer_contribution_pct", "count"),
            ("given", "count"),
            ("effective_from", "max"),
            ("effective_to", "min"),
        ]
    )
    return {name: flat(sums[name]) for name in sums.column_names}


def _values(sums: Mapping[str, Array]) -> dict[str, Array]:
    """The pay of each person, in the units of the rows."""
    return {
        "gross_amount": _if_all(sums, "gross_amount"),
        "currency": sums["currency_min"],
        "pay_type": sums["pay_type_min"],
        "weekly_hours": _if_all(sums, "weekly_hours"),
        "reference_hours": sums["reference_hours_min"],
        "work_regime_pct": _regime(sums),
        "employer_contribution_pct": _rate(sums),
        "effective_from": sums["effective_from_max"],
        "effective_to": sums["effective_to_min"],
    }


def _findings(sums: Mapping[str, Array], rate: Array) -> list[Finding]:
    """What the rows of one person don't agree on."""
    no_rate = pc.and_(pc.is_valid(sums["employer_contribution_pct_min"]), pc.is_null(rate))
    hourly = pc.and_(pc.equal(sums["pay_type_max"], "hourly"), pc.greater(sums["gross_amount_count"], 1))
    return [
        *(Finding(name, PARTIAL, _partly(sums, name)) for name in ("gross_amount", "weekly_hours", "employer_contribution_pct")),
        *(Finding(name, DIFFERS, rows_of(pc.not_equal(sums[f"{name}_min"], sums[f"{name}_max"]))) for name in _SHARED),
        Finding("employer_contribution_pct", DIFFERS, rows_of(no_rate)),
        Finding("gross_amount", HOURLY_ADDED, rows_of(hourly)),
    ]


def in_units(values: Mapping[str, Array]) -> dict[str, Array]:
    """Hundredths and hours as the decimals of EMPLOYEES."""
    columns = dict(values)
    for name in ("weekly_hours", "reference_hours"):
        hundredths = quotient(flat(pc.multiply(values[name], 100)), pa.repeat(HOUR, len(values[name])))
        columns[name] = decimals(hundredths, EMPLOYEES.field(name).type)
    for name in ("gross_amount", "work_regime_pct", "employer_contribution_pct"):
        columns[name] = decimals(values[name], EMPLOYEES.field(name).type)
    return columns


def regime_of(hours: Array, reference: Array) -> Array:
    """Q/S in hundredths of a per cent, half-even; null where either is unknown (S is never assumed)."""
    return quotient(flat(pc.multiply(hours, _WHOLE)), reference)


def _if_all(sums: Mapping[str, Array], name: str) -> Array:
    """The sum where every row has the field; a sum of some would understate."""
    whole = pc.equal(sums[f"{name}_count"], sums["count_all"])
    return flat(pc.if_else(whole, sums[f"{name}_sum"], pa.scalar(None, pa.int64())))


def _regime(sums: Mapping[str, Array]) -> Array:
    """ΣQ/S in hundredths of a per cent; the rows' own percentages added up where one was sent."""
    from_hours = regime_of(_if_all(sums, "weekly_hours"), sums["reference_hours_min"])
    return flat(pc.if_else(pc.equal(sums["given_count"], 0), from_hours, _if_all(sums, "work_regime_pct")))


def _rate(sums: Mapping[str, Array]) -> Array:
    """The contribution rate of the sum; null where rates differ and no gross says how much each weighs."""
    low, high = sums["employer_contribution_pct_min"], sums["employer_contribution_pct_max"]
    complete = pc.equal(sums["cost_count"], sums["count_all"])
    weighted = quotient(flat(pc.if_else(complete, sums["cost_sum"], pa.scalar(None, pa.int64()))), sums["gross_amount_sum"])
    return flat(pc.if_else(pc.equal(low, high), low, weighted))


def _partly(sums: Mapping[str, Array], name: str) -> Rows:
    """Persons of whom some rows say an amount and some don't."""
    some = pc.greater(sums[f"{name}_count"], 0)
    return rows_of(pc.and_(some, pc.less(sums[f"{name}_count"], sums["count_all"])))
