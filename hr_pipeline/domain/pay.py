"""The pay of each person on a date: every pay row read and judged, those valid on the date taken, the others kept as dated pay.

Person and pay go together, so one row that can't be trusted, even next year's, rejects its person (synchronisation.md §3.2). Amounts
are hundredths and hours 1/600 000 h in 64-bit integers throughout, hence exact. How simultaneous occupations add up is in
`occupations`, dated pay in `periods`. May import: `arrow`, `bounds`, `columns`, `digests`, `fields`, `frames`, `mapping`, `occupations`,
`parsing`, `periods`, `readings`, `rules`, `schemas`, `validate`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.arrow import Array, flat, mask_of, replaced, taken
from hr_pipeline.domain.bounds import PayBounds
from hr_pipeline.domain.columns import mapped_columns
from hr_pipeline.domain.digests import digests
from hr_pipeline.domain.fields import Group
from hr_pipeline.domain.frames import EMPLOYEES, PERIODS
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.occupations import in_units, occupations, regime_of
from hr_pipeline.domain.parsing import Parsed, choices, dates, decimals, ends, hours, money, percentages
from hr_pipeline.domain.periods import Periods, periods
from hr_pipeline.domain.readings import Readings, moved, readings
from hr_pipeline.domain.rules import Finding, Mask, Rows
from hr_pipeline.domain.schemas import pay_judge, pay_row_judge
from hr_pipeline.domain.validate import blocked, findings

PAY_FIELDS = tuple(EMPLOYEES.names[EMPLOYEES.names.index("gross_amount") : EMPLOYEES.names.index("effective_to") + 1])
PERIOD_FIELDS = tuple(PERIODS.names[2:])

_READERS: Mapping[str, Callable[[Array], Parsed]] = {
    "gross_amount": money,
    "currency": partial(choices, upper=True),
    "pay_type": choices,
    "weekly_hours": hours,
    "reference_hours": hours,
    "work_regime_pct": partial(percentages, exact=False),
    "employer_contribution_pct": partial(percentages, exact=True),
    "effective_from": dates,
    "effective_to": ends,
}


@dataclass(frozen=True, slots=True)
class Pay:
    """The pay of the persons 0, 1, 2 …; all null without a valid row, and for somebody whose pay is rejected.

    Attributes:
        values: Pay field → values, in the types of EMPLOYEES.
        has_pay: At least one row is valid on the date, and none is rejected.
        rows: The provider's pay rows of the person.
        rejected: Those of them that broke a rule.
        absent: Pay field → persons of whom a taken row did not say it; `True` when nothing mapped could say it.
        findings: By person.
        periods: Columns of PERIODS from `effective_from` on, plus `person`.
        periods_keys: Digest of each person's periods; null without any.
    """

    values: dict[str, Array]
    has_pay: Mask
    rows: Rows
    rejected: Rows
    absent: dict[str, Mask | bool]
    findings: list[Finding]
    periods: dict[str, Array]
    periods_keys: Array


def pay_on(table: pa.Table, mapping: FieldMapping, person: Rows, persons: int, sync_date: Array, bounds: PayBounds) -> Pay:
    """Each person's pay on the sync date.

    Args:
        table: `ProviderFrames.pay`.
        mapping: Of the connections in the table.
        person: Whose row each is; -1 for nobody's.
        persons: How many there are.
        sync_date: Civil date of each row's sync.
        bounds: What pay is judged by.
    """
    read = readings(mapped_columns(table, mapping.of_group(Group.PAY)), Group.PAY, _READERS, table.num_rows)
    given = read.values["work_regime_pct"]
    read.values["work_regime_pct"] = flat(pc.coalesce(given, regime_of(read.values["weekly_hours"], read.values["reference_hours"])))
    typed = {**in_units(read.values), "given_regime_pct": decimals(given, EMPLOYEES.field("work_regime_pct").type)}
    judge = pay_row_judge(bounds, dated="effective_from" in mapping.rules)
    found = read.findings + findings(judge, typed, read.findings)
    bad = blocked(found, table.num_rows)
    valid = np.flatnonzero(~bad & (person >= 0) & _valid_on(read.values, sync_date))
    by_person = moved(found, person)

    rows = {name: taken(column, valid) for name, column in {**read.values, "given": given}.items()}
    sums = occupations(rows, person[valid])
    sums_found = [*sums.findings, *findings(pay_judge(bounds), (values := in_units(sums.values)))]
    by_person += moved(sums_found, sums.person)

    spoilt = blocked(by_person, persons)
    rejected = np.bincount(person[bad & (person >= 0)], minlength=persons)
    disagreeing = sums.person[blocked(sums_found, len(sums.person))]
    rejected[disagreeing] += sums.count[np.isin(sums.person, disagreeing)]
    place = np.full(persons, -1, dtype=np.int64)
    place[sums.person] = np.arange(len(sums.person))
    place[spoilt] = -1
    trusted = np.where(bad | np.append(spoilt, False)[person], -1, person)
    others = periods({**read.values, "given": given}, trusted, persons, sync_date, bounds)
    return Pay(
        values=_with_days({name: taken(values[name], place) for name in PAY_FIELDS}, others),
        has_pay=place >= 0,
        rows=np.bincount(person[person >= 0], minlength=persons),
        rejected=rejected,
        absent=_absent(read, person, valid, persons),
        findings=by_person + others.findings,
        periods={**{name: others.values[name] for name in PERIOD_FIELDS}, "person": pa.array(others.person)},
        periods_keys=digests([others.values[name] for name in PERIOD_FIELDS], others.person, persons),
    )


def valid_from_to(start: Array, end: Array, sync_date: Array) -> tuple[Mask, Mask]:
    """Which rows have begun by the date, and which have not ended before it; inclusive at both ends, null is open."""
    begun = mask_of(pc.fill_null(pc.less_equal(start, sync_date), pa.scalar(value=True)))
    going_on = mask_of(pc.fill_null(pc.greater_equal(end, sync_date), pa.scalar(value=True)))
    return begun, going_on


def _with_days(values: dict[str, Array], others: Periods) -> dict[str, Array]:
    """The pay with the days for which exactly it holds: until another occupation of the person begins, since another ended."""
    rows = np.flatnonzero(others.in_force)
    days = {
        name: replaced(values[name], others.person[rows], taken(others.values[name], rows)) for name in ("effective_from", "effective_to")
    }
    return {**values, **days}


def _valid_on(values: Mapping[str, Array], sync_date: Array) -> Mask:
    begun, going_on = valid_from_to(values["effective_from"], values["effective_to"], sync_date)
    return begun & going_on


def _absent(read: Readings, person: Rows, valid: Rows, persons: int) -> dict[str, Mask | bool]:
    """Pay fields of which a taken row says nothing, by person; the regime may be told by Q and S instead."""
    told = dict(read.absent)
    told["work_regime_pct"] = _regime_absent(read)
    absent: dict[str, Mask | bool] = {}
    for name, rows in told.items():
        absent[name] = rows
        if not isinstance(rows, bool):
            mask = np.zeros(persons, dtype=np.bool_)
            mask[person[valid[rows[valid]]]] = True
            absent[name] = mask
    return absent


def _regime_absent(read: Readings) -> Mask | bool:
    unknown = mask_of(pc.is_null(read.values["work_regime_pct"]))
    sent, hours, reference = (read.absent[name] for name in ("work_regime_pct", "weekly_hours", "reference_hours"))
    ways = [sent] if isinstance(hours, bool) or isinstance(reference, bool) else [sent, hours, reference]
    masks = [way for way in ways if not isinstance(way, bool)]
    return unknown & np.logical_or.reduce(masks) if masks else True
