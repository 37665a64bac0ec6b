"""What each field says about an employee and a candidate account being one person: one table of weights, and the waterfall they make.

A score orders and explains candidates; nothing is ever linked or refused because of it. The store compares pairs set-based with these
same weights (`sql/candidate.sql`). Never evidence: national register numbers, which are neither requested nor stored. May import: nothing
of ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a field of two people says."""

    AGREES = "agrees"
    ALIKE = "alike"  # a name that is another, but close
    DIFFERS = "differs"
    UNKNOWN = "unknown"  # not known on one side or on both


@dataclass(frozen=True, slots=True)
class Evidence:
    """Points for one field by verdict.

    Points are Fellegi and Sunter's weights (A Theory for Record Linkage, JASA 1969): log2(m/u) when it agrees and log2((1-m)/(1-u)) when it
    differs, m being how often the field agrees between two records of one person, u between two people of one company; one and
    a half points per bit, rounded, so that everything for somebody makes 100. The m and u are estimates, given beside each
    line; they err on the careful side. What is unknown says nothing.
    """

    field: str
    agrees: int
    differs: int
    alike: int | None = None
    unknown: int = 0

    def weight(self, verdict: Verdict) -> int:
        """Points of a verdict; close counts as different where closeness says nothing."""
        return {
            Verdict.AGREES: self.agrees,
            Verdict.ALIKE: self.differs if self.alike is None else self.alike,
            Verdict.DIFFERS: self.differs,
            Verdict.UNKNOWN: self.unknown,
        }[verdict]


TABLE = (
    # m 0.6: people have a private and a work address. u 0.002: couples share addresses, companies recycle them.
    Evidence("email", agrees=12, differs=-2),
    # m 0.93: people marry, clerks mistype. u 0.015 beside how common the name is, which has a step of its own: families work together.
    # Alike (m 0.05, u 0.012): a typing mistake, a part more or less.
    Evidence("last_name", agrees=9, alike=3, differs=-6),
    # m 0.95, u 0.02; alike as above, short forms too.
    Evidence("first_name", agrees=8, alike=3, differs=-6),
    # m 0.98: a day typed wrong. u 1/(40 x 365): forty years of birth dates.
    Evidence("birth_date", agrees=21, differs=-8),
    # m 0.6: numbers change with the payroll software. u 0.02: small numbers come back in every one of them.
    Evidence("employee_number", agrees=7, differs=-2),
    # m 0.5: people change numbers. u 0.005: families and switchboards.
    Evidence("phone", agrees=10, differs=-1),
)

BASE_FIELD, BASE = "base", 31  # where everybody starts: no step can lead below 0
BEARERS_FIELD = "name_bearers"

# How common the name is, when the whole name agrees: two points, less one and a half for each doubling of those in the company who bear it
# (Winkler's adjustment by frequency: u of a name is its share). People who bear it, at least; points.
COMMONNESS = ((1, 2), (2, 0), (4, -1), (8, -2), (16, -4), (32, -6))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a waterfall."""

    field: str
    verdict: Verdict
    weight: int


def waterfall(verdicts: Mapping[str, Verdict], bearers: int) -> tuple[Step, ...]:
    """From where everybody starts to the score, field by field; the weights sum to the score exactly.

    Args:
        verdicts: By field of `TABLE`; a field that is not there is unknown.
        bearers: How many people of the company bear the employee's name, at least 1.
    """
    fields = [(one, verdicts.get(one.field, Verdict.UNKNOWN)) for one in TABLE]
    named = all(verdicts.get(name) is Verdict.AGREES for name in ("first_name", "last_name"))
    common = next(points for least, points in reversed(COMMONNESS) if max(bearers, 1) >= least)
    return (
        Step(BASE_FIELD, Verdict.UNKNOWN, BASE),
        *(Step(one.field, verdict, one.weight(verdict)) for one, verdict in fields),
        Step(BEARERS_FIELD, Verdict.AGREES if named else Verdict.UNKNOWN, common if named else 0),
    )


def score(steps: Iterable[Step]) -> int:
    """What a waterfall comes to: from 6, everything speaks against their being one person, to 100, everything for."""
    return sum(step.weight for step in steps)


def weights() -> list[dict[str, object]]:
    """The table for the store: a row per field and verdict; of the name's bearers, a row per number of them at least."""
    rows = [(BASE_FIELD, Verdict.UNKNOWN, 0, BASE), (BEARERS_FIELD, Verdict.UNKNOWN, 0, 0)]
    rows += [(one.field, verdict, 0, one.weight(verdict)) for one in TABLE for verdict in Verdict]
    rows += [(BEARERS_FIELD, Verdict.AGREES, least, weight) for least, weight in COMMONNESS]
    return [{"field": field, "verdict": str(verdict), "bearers": bearers, "weight": weight} for field, verdict, bearers, weight in rows]
