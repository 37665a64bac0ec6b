"""Reading amounts, hours and percentages: exact, against slow arithmetic."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.parsing import HOUR, MONEY, decimals, hours, money, percentages, quotient

AMOUNTS = st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=2)


@given(st.lists(AMOUNTS, max_size=20))
def test_money_is_exact_from_text_to_decimal(amounts: list[Decimal]) -> None:
    parsed = money(pa.array([f"{amount:f}" for amount in amounts], pa.string()))
    assert parsed.broken == ()
    assert decimals(parsed.values, MONEY).to_pylist() == amounts


@given(st.text("0123456789.,-+eE NaInf", max_size=12))
def test_a_text_is_money_only_when_it_is_a_plain_decimal_of_two_places(text: str) -> None:
    whole, point, places = text.removeprefix("-").partition(".")
    plain = 1 <= len(whole) <= 12 and whole.isdecimal() and (not point or (1 <= len(places) <= 2 and places.isdecimal()))
    parsed = money(pa.array([text]))
    assert parsed.values.to_pylist() == [int(Decimal(text) * 100) if plain else None]
    assert len(parsed.broken) == (0 if plain else 1)


@given(st.integers(0, 999), st.integers(0, 59))
def test_hours_and_minutes_are_sixtieths(whole: int, minutes: int) -> None:
    (units,) = hours(pa.array([f"{whole}:{minutes:02d}"])).values.to_pylist()
    assert Fraction(units, HOUR) == whole + Fraction(minutes, 60)


@given(st.decimals(min_value=0, max_value=999, places=4))
def test_decimal_hours_are_exact(given_hours: Decimal) -> None:
    (units,) = hours(pa.array([f"{given_hours:f}"])).values.to_pylist()
    assert Fraction(units, HOUR) == Fraction(given_hours)


def test_hours_written_both_ways_are_the_same() -> None:
    clock, decimal = hours(pa.array(["30:24", "30.4"])).values.to_pylist()
    assert clock == decimal


@given(st.decimals(min_value=-99999, max_value=99999, places=6))
def test_a_percentage_rounds_half_even(value: Decimal) -> None:
    (hundredths,) = percentages(pa.array([f"{value:f}"]), exact=False).values.to_pylist()
    assert Decimal(hundredths) / 100 == value.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(-5, 10**6)), max_size=20))
def test_a_quotient_is_exact_half_even_and_null_without_a_divisor(pairs: list[tuple[int, int]]) -> None:
    above, below = (pa.array([pair[side] for pair in pairs], pa.int64()) for side in (0, 1))
    wanted = [round(Fraction(a, b)) if b > 0 else None for a, b in pairs]
    assert quotient(above, below).to_pylist() == wanted


def test_what_a_decimal_type_cannot_hold_becomes_its_largest_value() -> None:
    narrow = pa.decimal128(5, 2)
    assert decimals(pa.array([99_999, 100_000, -100_000, None]), narrow).to_pylist() == [
        Decimal("999.99"),
        Decimal("999.99"),
        Decimal("-999.99"),
        None,
    ]
