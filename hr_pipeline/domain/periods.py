"""The dated pay of each person: what held before, holds now and is announced, one period after the other.

Rows of one person may overlap in time, so they are cut at every day on which one of them begins or ends; in each piece the rows that hold
are added up as `occupations` does it. Whoever has no pay but the one in force, nearly everybody, has no periods and costs nothing. May
import: `arrow`, `bounds`, `occupations`, `rules`, `schemas`, `validate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hr_pipeline.domain.arrow import Array, integers, taken
from hr_pipeline.domain.bounds import PayBounds
from hr_pipeline.domain.occupations import Occupations, in_units, occupations
from hr_pipeline.domain.rules import PERIOD_CONTRADICTED, Finding, Mask, Rows
from hr_pipeline.domain.schemas import pay_judge
from hr_pipeline.domain.validate import blocked, findings

MOST_SHARES = 20_000  # pieces of rows that one person's pay may fall into: far beyond any career, far below what fills memory

_ALWAYS, _NEVER = -1_000_000, 1_000_000  # days since 1970 that no civil date of ours reaches: no beginning, no end
_SPAN = _NEVER - _ALWAYS + 1


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of those who have other pay than the one in force.

    Attributes:
        person: Whose each is, ascending; of one person, oldest first.
        values: Pay field → values, in the types of EMPLOYEES; ends are inclusive.
        in_force: Whether the day of the sync is in it.
        findings: By person: periods left out because the rows in them contradict each other.
    """

    person: Rows
    values: dict[str, Array]
    in_force: Mask
    findings: list[Finding]


def periods(rows: Mapping[str, Array], person: Rows, persons: int, sync_date: Array, bounds: PayBounds) -> Periods:
    """What each person's rows say of every day.

    Args:
        rows: Pay rows as `occupations` takes them, whenever they hold.
        person: Whose row each is; -1 for nobody's, and for one that can't be trusted.
        persons: How many there are.
        sync_date: Civil date of each row's sync.
        bounds: What sums are judged by. A sum that breaks them is no fact, so its period is left out.
    """
    first, after, today = _days(rows["effective_from"], _ALWAYS), _days(rows["effective_to"], _NEVER - 1) + 1, _days(sync_date, 0)
    chosen = np.flatnonzero((person >= 0) & _have_periods(person, persons, first, after, today)[person])
    cut = _cut(person[chosen], first[chosen], after[chosen], persons)
    share = chosen[cut.row]
    pieces, place = np.unique(cut.piece, return_inverse=True)
    sums = occupations({name: taken(column, share) for name, column in rows.items()}, place)
    values = in_units(sums.values)
    wrong, contradictions = _contradictions(sums, values, bounds)

    piece = pieces[sums.person]
    owner, begun, ended = cut.person[piece], cut.day[piece], cut.day[piece + 1]
    day = np.zeros(persons, dtype=np.int64)
    day[person[share]] = today[share]
    values |= {"effective_from": _dates(begun), "effective_to": _dates(ended - 1)}
    order = np.argsort(piece, kind="stable")
    order = order[~wrong[order]]
    flooded = Finding("gross_amount", PERIOD_CONTRADICTED, cut.flooded)
    return Periods(
        person=owner[order],
        values={name: taken(column, order) for name, column in values.items()},
        in_force=((begun <= day[owner]) & (day[owner] < ended))[order],
        findings=[f for f in [flooded, *(c.moved(np.unique(owner[c.rows])) for c in contradictions)] if len(f.rows)],
    )


@dataclass(frozen=True, slots=True)
class _Cut:
    """Rows cut at every day on which a row of their person begins or no longer holds.

    Attributes:
        person, day: The cuts, by person, then day; a piece lies between two of one person.
        row, piece: Which row holds in which piece, named for the cut it begins at.
        flooded: Persons left out, whose pay falls into more pieces than is sensible: thousands of open rows at once make millions.
    """

    person: Rows
    day: Rows
    row: Rows
    piece: Rows
    flooded: Rows


def _cut(person: Rows, first: Rows, after: Rows, persons: int) -> _Cut:
    begins, ends = (person * _SPAN + day - _ALWAYS for day in (first, after))  # one number that sorts by person, then day
    cuts = np.unique(np.concatenate([begins, ends]))
    start, end = np.searchsorted(cuts, begins), np.searchsorted(cuts, ends)
    fitting = (np.bincount(person, weights=end - start, minlength=persons) <= MOST_SHARES)[person]
    pieces = np.where(fitting, end - start, 0)
    row = np.repeat(np.arange(len(person)), pieces)
    piece = start[row] + np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    owner, day = np.divmod(cuts, _SPAN)
    return _Cut(owner, day + _ALWAYS, row, piece, np.unique(person[~fitting]))


def _have_periods(person: Rows, persons: int, first: Rows, after: Rows, today: Rows) -> Mask:
    """Persons of whom some row doesn't hold today, or whose rows of today don't hold for the same days."""
    having = np.zeros(max(persons, 1), dtype=np.bool_)
    having[person[(person >= 0) & ((first > today) | (after <= today))]] = True
    several = np.flatnonzero((person >= 0) & (np.bincount(person[person >= 0], minlength=len(having)) > 1)[person])
    several = several[np.argsort(person[several], kind="stable")]
    same_person = person[several][1:] == person[several][:-1]
    differs = (first[several][1:] != first[several][:-1]) | (after[several][1:] != after[several][:-1])
    having[person[several][1:][same_person & differs]] = True
    return having


def _contradictions(sums: Occupations, values: Mapping[str, Array], bounds: PayBounds) -> tuple[Mask, list[Finding]]:
    """Which sums are no fact, and why, by position in `sums`. A single row has been judged already."""
    added = np.flatnonzero(sums.count > 1)
    judged = findings(pay_judge(bounds), {name: taken(column, added) for name, column in values.items()}) if len(added) else []
    found = [*sums.findings, *(f.moved(added[f.rows]) for f in judged)]
    told = [Finding(f.field, PERIOD_CONTRADICTED, f.rows) for f in found if f.rule.blocking]
    return blocked(found, len(sums.person)), told


def _days(dates: Array, null: int) -> Rows:
    """Days since 1970."""
    return integers(dates.cast(pa.int32()), null)


def _dates(days: Rows) -> Array:
    """Civil dates; null for no beginning and no end."""
    known = (days > _ALWAYS) & (days < _NEVER - 1)
    return pa.array(np.where(known, days, 0).astype(np.int32), pa.int32(), mask=~known).cast(pa.date32())
