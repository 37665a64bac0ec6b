"""Phone numbers: never a guessed country, and the gate against the library behind it."""

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.phones import phones
from hr_pipeline.domain.rules import NO_PREFIX, NOT_PHONE, NOT_VALID_PHONE, Rule

REGIONS = ["BE", "FR", "NL", "DE", "LU", "ES", "PT", "IT", "GB", "PL", "CH", "US", "MC", "CI", "BR"]
DIGITS = st.text("0123456789", min_size=3, max_size=13)


def read(text: str | None, region: str | None = None) -> tuple[str | None, bool, list[Rule]]:
    """One number: its E.164 form, whether its country was inferred, and the rules it breaks."""
    found = phones(pa.array([text], pa.string()), [region], np.zeros(1, dtype=np.int64))
    return found.parsed.values.to_pylist()[0], bool(found.inferred[0]), [rule for rule, _ in found.parsed.broken]


@pytest.mark.parametrize(
    "sent",
    [
        "+32475123456",
        "+32 475 12 34 56",
        "+32 (0)475 12 34 56",
        "+32(475)123456",
        "0032475123456",
        "00 32 475/12.34.56",
        "(+32) 475 12 34 56",
        "+32\u00a0475-12-34-56",
        "\uff0b32 475 12 34 56",
        "+32 475 12 34 56 ext. 7",
    ],
)
@pytest.mark.parametrize("region", [None, "BE", "FR"])
def test_an_international_number_needs_no_region(sent: str, region: str | None) -> None:
    assert read(sent, region) == ("+32475123456", False, [])


@pytest.mark.parametrize(
    ("sent", "region", "kept"),
    [
        ("0475 12 34 56", "BE", "+32475123456"),
        ("0475/12.34.56", "BE", "+32475123456"),
        ("475123456", "BE", "+32475123456"),
        ("02 511 12 34", "BE", "+3225111234"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("32475123456", "BE", "+32475123456"),
        ("06 1234 5678", "NL", "+31612345678"),
        ("02 1234 5678", "IT", "+390212345678"),
        ("07911 123456", "GB", "+447911123456"),
        ("(202) 555-0123", "US", "+12025550123"),
    ],
)
def test_a_national_number_takes_the_region_of_its_connection_and_says_so(sent: str, region: str, kept: str) -> None:
    assert read(sent, region) == (kept, True, [])


@pytest.mark.parametrize("sent", ["0475 12 34 56", "06 12 34 56 78", "475123456", "(02) 123 45 67", "112"])
def test_a_national_number_without_a_region_is_never_guessed(sent: str) -> None:
    assert read(sent) == (None, False, [NO_PREFIX])


@pytest.mark.parametrize("region", [None, "BE"])
@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ("n/a", NOT_PHONE),
        ("call 0475 12 34 56", NOT_PHONE),
        ("0475 12 34 56 or 0476 12 34 56", NOT_PHONE),
        ("1", NOT_PHONE),
        ("+", NOT_PHONE),
        ("+999 12 34 56 78", NOT_PHONE),
        ("0475\x00123456", NOT_PHONE),
        ("+32 475 12", NOT_VALID_PHONE),
        ("+32 475 12 34 567", NOT_VALID_PHONE),
        ("+33 0000 00 00", NOT_VALID_PHONE),
    ],
)
def test_what_is_no_number_is_refused(sent: str, rule: Rule, region: str | None) -> None:
    assert read(sent, region) == (None, False, [rule])


def test_a_number_that_the_region_does_not_know_is_refused() -> None:
    assert read("0475 12", "BE") == (None, False, [NOT_VALID_PHONE])
    assert read(None, "BE") == (None, False, [])


def test_each_row_has_the_region_of_its_own_connection() -> None:
    numbers = pa.array(["0475123456", "0612345678", "0475123456", "+32475123456", None])
    found = phones(numbers, ["BE", "FR", None], np.array([0, 1, 2, 2, 0]))
    assert found.parsed.values.to_pylist() == ["+32475123456", "+33612345678", None, "+32475123456", None]
    assert found.inferred.tolist() == [True, True, False, False, False]
    assert [(rule, rows.tolist()) for rule, rows in found.parsed.broken] == [(NO_PREFIX, [2])]


def by_the_library(text: str, region: str | None) -> str | None:
    """E.164 when the library calls the number valid."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


def plausible(region: str) -> st.SearchStrategy[str]:
    """International numbers of a region: an example of the library's with some digits changed."""
    examples = [
        phonenumbers.example_number_for_type(region, kind)
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    ]
    texts = [phonenumbers.format_number(e, phonenumbers.PhoneNumberFormat.E164) for e in examples if e]
    return st.tuples(st.sampled_from(texts), DIGITS, st.integers(0, 9)).map(
        lambda parts: parts[0][: len(parts[0]) - parts[2]] + parts[1][: parts[2]]
    )


@given(st.lists(st.one_of(st.sampled_from(REGIONS).flatmap(plausible), DIGITS.map(lambda digits: f"+{digits}")), max_size=15))
def test_gate_and_library_agree_on_international_numbers(texts: list[str]) -> None:
    found = phones(pa.array(texts, pa.string()), [None], np.zeros(len(texts), dtype=np.int64))
    assert found.parsed.values.to_pylist() == [by_the_library(text, None) for text in texts]


@given(st.sampled_from(REGIONS), st.lists(DIGITS.filter(lambda digits: not digits.startswith("00")), max_size=15), st.booleans())
def test_gate_and_library_agree_on_national_numbers(region: str, texts: list[str], trunk: bool) -> None:
    dialled = [f"0{text}" if trunk and not text.startswith("0") else text for text in texts]
    found = phones(pa.array(dialled, pa.string()), [region], np.zeros(len(dialled), dtype=np.int64))
    assert found.parsed.values.to_pylist() == [by_the_library(text, region) for text in dialled]


@given(st.sampled_from(REGIONS).flatmap(lambda region: st.tuples(st.just(region), plausible(region))))
def test_a_national_number_is_the_international_one_dialled_at_home(pair: tuple[str, str]) -> None:
    region, international = pair
    wanted = by_the_library(international, None)
    if wanted is not None:
        number = phonenumbers.parse(wanted, None)
        national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        assert read(national, region)[0] == by_the_library(national, region)
