"""Simultaneous occupations of one person added up: gross and hours (Q) sum, the reference (S), currency and pay type are shared.

Where rows of one person don't agree on what they must share, or only some say an amount, the sum would be a wrong fact: the person is
rejected. Different contribution rates become the rate of the sum, weighted by gross. Source: contracts/securex.md. May import:
`arrow`, `parsing`, `rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from hr_pipeline.domain.arrow import Array, flat, integers, pc, rows_of
from hr_pipeline.domain.parsing import quotient
from hr_pipeline.domain.rules import DIFFERS, HOURLY_ADDED, PARTIAL, Finding, Rows

_WHOLE = 10_000  # hundredths of a per cent


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
    """The rows added up by person.

    Args:
        rows: Valid pay rows by pay field (hundredths, and hours in units of `parsing.HOUR`), plus `given`: the work regime as sent,
            where `work_regime_pct` may be Q/S.
        person: Whose row each is.
    """
    cost = flat(pc.multiply(rows["gross_amount"], rows["employer_contribution_pct"]))
    by_person = pa.table({**rows, "cost": cost, "person": pa.array(person)}).group_by("person", use_threads=False)
    sums = by_person.aggregate(
        [
            ([], "count_all"),
            *((name, kind) for name in ("gross_amount", "weekly_hours", "work_regime_pct") for kind in ("sum", "count")),
            *((name, kind) for name in ("currency", "pay_type", "reference_hours") for kind in ("min", "max")),
            *(("employer_contribution_pct", kind) for kind in ("min", "max", "count")),
            ("given", "count"),
            ("cost", "sum"),
            ("cost", "count"),
            ("effective_from", "max"),
            ("effective_to", "min"),
        ]
    )
    s = {name: flat(sums[name]) for name in sums.column_names}
    rate, rate_unknown = _rate(s)
    values = {
        "gross_amount": _if_all(s, "gross_amount"),
        "currency": s["currency_min"],
        "pay_type": s["pay_type_min"],
        "weekly_hours": _if_all(s, "weekly_hours"),
        "reference_hours": s["reference_hours_min"],
        "work_regime_pct": _regime(s),
        "employer_contribution_pct": rate,
        "effective_from": s["effective_from_max"],
        "effective_to": s["effective_to_min"],
    }
    found = [
        *(Finding(name, PARTIAL, _partly(s, name)) for name in ("gross_amount", "weekly_hours", "employer_contribution_pct")),
        *(Finding(name, DIFFERS, _differing(s, name)) for name in ("currency", "pay_type", "reference_hours")),
        Finding("employer_contribution_pct", DIFFERS, rows_of(rate_unknown)),
        Finding(
            "gross_amount", HOURLY_ADDED, rows_of(pc.and_(pc.equal(s["pay_type_min"], "hourly"), pc.greater(s["gross_amount_count"], 1)))
        ),
    ]
    return Occupations(integers(s["person"]), integers(s["count_all"]), values, [finding for finding in found if len(finding.rows)])


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


def _rate(sums: Mapping[str, Array]) -> tuple[Array, Array]:
    """The contribution rate of the sum, and for whom there is none because rates differ without a gross to weigh them by."""
    low, high = sums["employer_contribution_pct_min"], sums["employer_contribution_pct_max"]
    same = pc.equal(low, high)
    complete = pc.equal(sums["cost_count"], sums["count_all"])
    weighted = quotient(flat(pc.if_else(complete, sums["cost_sum"], pa.scalar(None, pa.int64()))), sums["gross_amount_sum"])
    rate = flat(pc.if_else(same, low, weighted))
    return rate, pc.and_(pc.is_valid(low), pc.is_null(rate))


def _partly(sums: Mapping[str, Array], name: str) -> Rows:
    some = pc.greater(sums[f"{name}_count"], 0)
    return rows_of(pc.and_(some, pc.less(sums[f"{name}_count"], sums["count_all"])))


def _differing(sums: Mapping[str, Array], name: str) -> Rows:
    return rows_of(pc.not_equal(sums[f"{name}_min"], sums[f"{name}_max"]))
