"""The guards at their exact boundaries: one less passes, one more holds."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits
from hr_pipeline.domain.guards import (
    FACTOR_RATIOS,
    Factor,
    PlanFigures,
    figures_table,
    gross_moved,
    held_by,
    held_connections,
    pay_factor,
)

LIMITS = Limits()


def codes(figures: PlanFigures, *, limits: Limits = LIMITS, first_sync: bool = False) -> list[Code]:
    return [hold.code for hold in held_by(figures, limits, first_sync=first_sync)]


# The figures that just pass; one more of the named count holds.
JUST_PASSING = {
    "missing, on the floor": (PlanFigures(source=5, linked_before=7, missing=2), "missing", Code.HELD_MISSING),
    "missing, on the share": (PlanFigures(source=80, linked_before=100, missing=20), "missing", Code.HELD_MISSING),
    "missing, on a broken share": (PlanFigures(source=11, linked_before=14, missing=2), "missing", Code.HELD_MISSING),
    "new, on the floor": (PlanFigures(source=18, linked_before=8, new=10), "new", Code.HELD_NEW),
    "new, on the share": (PlanFigures(source=150, linked_before=100, new=50), "new", Code.HELD_NEW),
    "pay changed, on the floor": (PlanFigures(source=5, pay_compared=5, pay_changed=3), "pay_changed", Code.HELD_PAY_CHANGED),
    "pay changed, on the share": (PlanFigures(source=40, pay_compared=40, pay_changed=10), "pay_changed", Code.HELD_PAY_CHANGED),
    "rejected": (PlanFigures(source=100, asked=100, rejected=40), "rejected", Code.HELD_REJECTED),
    "rejected, few people": (PlanFigures(source=5, asked=5, rejected=2), "rejected", Code.HELD_REJECTED),
}


@pytest.mark.parametrize("case", JUST_PASSING)
def test_at_the_limit_passes_and_one_more_holds(case: str) -> None:
    figures, count, code = JUST_PASSING[case]
    assert codes(figures) == []
    one_more = replace(figures, **{count: getattr(figures, count) + 1})
    holds = held_by(one_more, LIMITS, first_sync=False)
    assert [(hold.code, hold.observed, hold.limit) for hold in holds] == [(code, getattr(one_more, count), getattr(figures, count))]


@pytest.mark.parametrize("factor", Factor)
def test_a_factor_holds_from_half_of_the_compared_rows_on(factor: Factor) -> None:
    assert codes(PlanFigures(source=9, pay_compared=9, factor_rows={factor: 4})) == []
    holds = held_by(PlanFigures(source=9, pay_compared=9, factor_rows={factor: 5}), LIMITS, first_sync=False)
    assert [(hold.code, hold.detail) for hold in holds] == [(Code.HELD_PAY_FACTOR, factor)]
    assert codes(PlanFigures(source=8, pay_compared=8, factor_rows={factor: 4})) == [Code.HELD_PAY_FACTOR]


def test_two_factors_on_a_quarter_each_do_not_add_up() -> None:
    assert codes(PlanFigures(source=8, pay_compared=8, factor_rows={Factor.TIMES_12: 2, Factor.TIMES_100: 2})) == []


def test_a_column_that_empties_for_more_than_half_holds_and_is_named() -> None:
    filled = {"phone": 10, "language": 3}
    assert codes(PlanFigures(source=10, filled_before=filled, emptied={"phone": 5, "language": 1})) == []
    holds = held_by(PlanFigures(source=10, filled_before=filled, emptied={"phone": 6, "language": 2}), LIMITS, first_sync=False)
    assert [(hold.code, hold.detail, hold.observed) for hold in holds] == [
        (Code.HELD_COLUMN_EMPTIED, "language", 2),
        (Code.HELD_COLUMN_EMPTIED, "phone", 6),
    ]


def test_any_number_of_new_people_passes_at_the_first_sync() -> None:
    figures = PlanFigures(source=5_000, asked=5_000, new=5_000)
    assert codes(figures, first_sync=True) == []
    assert codes(figures, first_sync=False) == [Code.HELD_NEW]


def test_too_many_rejected_hold_at_the_first_sync_too() -> None:
    assert codes(PlanFigures(source=10, asked=10, rejected=5), first_sync=True) == [Code.HELD_REJECTED]


def test_nobody_listed_where_somebody_was_holds_and_nobody_where_nobody_was_passes() -> None:
    assert codes(PlanFigures(source=0, had_people=True))[0] is Code.SNAPSHOT_EMPTY
    assert codes(PlanFigures(source=0, had_people=False)) == []


def test_the_more_telling_guard_is_told_first() -> None:
    figures = PlanFigures(source=10, asked=10, pay_compared=10, pay_changed=10, factor_rows={Factor.TIMES_12: 10}, rejected=9)
    assert codes(figures) == [Code.HELD_PAY_FACTOR, Code.HELD_PAY_CHANGED, Code.HELD_REJECTED]


def test_limits_of_the_connection_replace_the_usual_ones() -> None:
    strict = Limits(missing_pct=Decimal(0), missing_floor=Decimal(0))
    assert codes(PlanFigures(source=99, linked_before=100, missing=1), limits=strict) == [Code.HELD_MISSING]
    odd = Limits(missing_pct=Decimal("33.4"), missing_floor=Decimal(0))  # 33.4 % of 500 is 167 exactly
    assert codes(PlanFigures(source=333, linked_before=500, missing=167), limits=odd) == []
    assert codes(PlanFigures(source=332, linked_before=500, missing=168), limits=odd) == [Code.HELD_MISSING]


figures_of_one = st.builds(
    PlanFigures,
    source=st.integers(0, 50),
    asked=st.integers(0, 50),
    linked_before=st.integers(0, 10_000),
    missing=st.integers(0, 3_000),
    new=st.integers(0, 6_000),
    pay_compared=st.integers(0, 1_000),
    pay_changed=st.integers(0, 400),
    rejected=st.integers(0, 30),
    had_people=st.booleans(),
    factor_rows=st.dictionaries(st.sampled_from(Factor), st.integers(0, 600)),
    filled_before=st.fixed_dictionaries({"phone": st.integers(0, 60), "email": st.integers(0, 60)}),
    emptied=st.fixed_dictionaries({"phone": st.integers(0, 60)}),
)
percentages = st.decimals(min_value=0, max_value=100, places=3)
limits_of_one = st.builds(Limits, missing_pct=percentages, new_pct=percentages, pay_factor_pct=percentages, column_emptied_pct=percentages)


def expected(f: PlanFigures, limits: Limits, *, first_sync: bool) -> list[tuple[Code, str]]:
    """The rule of §6 once more, in fractions."""

    def over(count: int, base: int, pct: Decimal, floor: Decimal = Decimal(0)) -> bool:
        return count > max(Fraction(floor), Fraction(pct) * base / 100)

    found = [(Code.SNAPSHOT_EMPTY, "")] if f.source == 0 and f.had_people else []
    if over(f.missing, f.linked_before, limits.missing_pct, limits.missing_floor):
        found.append((Code.HELD_MISSING, ""))
    if not first_sync and over(f.new, f.linked_before, limits.new_pct, limits.new_floor):
        found.append((Code.HELD_NEW, ""))
    for factor in Factor:
        rows = f.factor_rows.get(factor, 0)
        if rows and rows >= Fraction(limits.pay_factor_pct) * f.pay_compared / 100:
            found.append((Code.HELD_PAY_FACTOR, factor))
    if over(f.pay_changed, f.pay_compared, limits.pay_changed_pct, limits.pay_changed_floor):
        found.append((Code.HELD_PAY_CHANGED, ""))
    found += [
        (Code.HELD_COLUMN_EMPTIED, column)
        for column in sorted(f.emptied)
        if over(f.emptied[column], f.filled_before[column], limits.column_emptied_pct)
    ]
    if over(f.rejected, f.asked, limits.rejected_pct):
        found.append((Code.HELD_REJECTED, ""))
    return found


@given(st.lists(st.tuples(figures_of_one, limits_of_one, st.booleans()), min_size=1, max_size=5))
def test_many_connections_at_once_are_judged_exactly_as_each_alone(cases: list[tuple[PlanFigures, Limits, bool]]) -> None:
    names = [f"securex-{i}" for i in range(len(cases))]
    table = figures_table(
        {n: f for n, (f, _, _) in zip(names, cases, strict=True)}, {n for n, (_, _, first) in zip(names, cases, strict=True) if first}
    )
    holds = held_connections(table, {n: limits for n, (_, limits, _) in zip(names, cases, strict=True)})
    for name, (figures, limits, first) in zip(names, cases, strict=True):
        mine = holds[holds["connection_id"] == name]
        assert list(zip(mine["code"], mine["detail"], strict=True)) == expected(figures, limits, first_sync=first)
    assert list(holds["connection_id"]) == sorted(holds["connection_id"])


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [("1000.00", "1300.00", False), ("1000.00", "1300.01", True), ("1000.00", "700.00", False), ("1000.00", "699.99", True)],
)
def test_gross_may_move_by_thirty_per_cent_and_not_a_cent_more(before: str, after: str, held: bool) -> None:
    assert gross_moved(Decimal(before), Decimal(after), LIMITS) is held


@pytest.mark.parametrize(("before", "after"), [(None, Decimal(1)), (Decimal(1), None), (Decimal(0), Decimal(1))])
def test_gross_that_cannot_be_compared_is_not_held(before: Decimal | None, after: Decimal | None) -> None:
    assert not gross_moved(before, after, LIMITS)


@pytest.mark.parametrize("factor", Factor)
def test_a_factor_is_seen_through_rounding_and_a_small_raise(factor: Factor) -> None:
    numerator, denominator = FACTOR_RATIOS[factor]
    before = Decimal("3250.55")
    due = (before * numerator / denominator).quantize(Decimal("0.01"))
    assert pay_factor(before, due) is factor
    assert pay_factor(before, due * Decimal("1.04")) is factor


@pytest.mark.parametrize("after", ["3250.55", "6500.00", "35000.00", "0", "-39006.60"])
def test_an_ordinary_move_is_no_factor(after: str) -> None:
    assert pay_factor(Decimal("3250.55"), Decimal(after)) is None
