"""Reading text into values, column by column: text, languages, choices, dates, amounts, hours, percentages.

A text that can't be read becomes null plus a finding. Whether what was read is plausible is judged by `schemas`. Columns with
few distinct values are read once per distinct value; the others by Arrow's own kernels. E-mail addresses and phone
numbers have modules of their own. May import: `arrow`, `languages`, `rules`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.arrow import Array, distinct, flat, integers, mask_of, nulled, replaced, taken
from hr_pipeline.domain.languages import LANGUAGES
from hr_pipeline.domain.rules import (
    CONTROL_CHARACTERS,
    LONGEST_TEXT,
    NOT_AMOUNT,
    NOT_DATE,
    NOT_HOURS,
    NOT_LANGUAGE,
    NOT_PERCENTAGE,
    TOO_LONG,
    TOO_MANY_DECIMALS,
    Rows,
    Rule,
)

T = TypeVar("T")

OPEN_END = date(9999, 12, 31)  # what providers write for "no end"
HOUR = 600_000  # units of `hours`: divisible by 60 for minutes and by 10^4 for decimals, so that both are exact
MONEY = pa.decimal128(14, 2)

# Line and paragraph separators and bidirectional overrides are as unfit for a name as the C0 and C1 controls.
_CONTROLS = r"[\p{Cc}\x{2028}\x{2029}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
_PLAIN_TEXT = r"^[!-~]+(?: [!-~]+)*$"
_PLACES = 2
_CIVIL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9])")
_DECIMAL_HOURS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")
_PERCENTAGE = re.compile(r"-?[0-9]{1,5}(?:\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column that was read: values, null where nothing came or it could not be read, and which rows broke which rule."""

    values: Array
    broken: tuple[tuple[Rule, Rows], ...] = ()


def read_once(text: Array, reader: Callable[[str], T | Rule], kind: pa.DataType) -> Parsed:
    """A column read by a scalar function, called once per distinct text; a `Rule` in the place of a value is a finding."""
    known, codes = distinct(text)
    read = [reader(value) for value in known]
    values = pa.array([None if isinstance(value, Rule) else value for value in read], kind)
    refused: dict[Rule, list[int]] = {}
    for code, value in enumerate(read):
        if isinstance(value, Rule):
            refused.setdefault(value, []).append(code)
    broken = tuple((rule, np.flatnonzero(np.isin(codes, found))) for rule, found in refused.items())
    return Parsed(taken(values, codes), broken)


def texts(text: Array) -> Parsed:
    """Names, numbers and ids: NFC, runs of blanks made one; control characters and more than 200 characters refused."""
    plain = mask_of(pc.match_substring_regex(text, _PLAIN_TEXT))
    odd = np.flatnonzero(mask_of(pc.is_valid(text)) & ~plain)
    values = text
    if len(odd):
        tidied = pc.replace_substring_regex(pc.utf8_normalize(taken(text, odd), form="NFC"), r"\p{Zs}+", " ")
        values = replaced(text, odd, flat(tidied))
    controlled = np.zeros(len(text), dtype=np.bool_)
    controlled[odd] = mask_of(pc.match_substring_regex(taken(values, odd), _CONTROLS))
    long = mask_of(pc.greater(pc.utf8_length(values), LONGEST_TEXT)) & ~controlled
    refused = ((CONTROL_CHARACTERS, np.flatnonzero(controlled)), (TOO_LONG, np.flatnonzero(long)))
    return Parsed(nulled(values, controlled | long), tuple((rule, rows) for rule, rows in refused if len(rows)))


def languages(text: Array) -> Parsed:
    """ISO 639-1, in lower case; a locale (`fr-BE`) says its language too. Unknown ones are a warning and leave null."""
    return read_once(text, _language, pa.string())


def choices(text: Array, *, upper: bool = False) -> Parsed:
    """Members of closed sets in one case; whether they belong to their set is the schema's question."""
    return Parsed(flat((pc.utf8_upper if upper else pc.utf8_lower)(text)))


def dates(text: Array) -> Parsed:
    """Civil dates as ISO writes them; a date with a time, a slash or another order is refused rather than guessed."""
    return read_once(text, _civil_date, pa.date32())


def ends(text: Array) -> Parsed:
    """Civil dates of ends, inclusive; `9999-12-31` is no end."""
    return read_once(text, lambda value: None if value == OPEN_END.isoformat() else _civil_date(value), pa.date32())


def money(text: Array) -> Parsed:
    """Amounts as exact hundredths (`int64`): a plain decimal point, two decimals at most, no exponent, no thousands mark."""
    given = mask_of(pc.is_valid(text))
    good = mask_of(pc.match_substring_regex(text, r"^-?[0-9]{1,12}(?:\.[0-9]{1,2})?$"))
    fine_grained = given & ~good & mask_of(pc.match_substring_regex(text, r"^-?[0-9]{1,12}\.[0-9]{3,}$"))
    amounts = nulled(text, ~good).cast(MONEY)
    hundredths = flat(pc.multiply(amounts, pa.scalar(100, pa.decimal128(3, 0))).cast(pa.int64()))
    refused = ((NOT_AMOUNT, np.flatnonzero(given & ~good & ~fine_grained)), (TOO_MANY_DECIMALS, np.flatnonzero(fine_grained)))
    return Parsed(hundredths, tuple((rule, rows) for rule, rows in refused if len(rows)))


def hours(text: Array) -> Parsed:
    """Hours as `int64` in units of 1/600 000 h: `30:24` (thirty hours, twenty-four minutes) and `30.4` are the same."""
    return read_once(text, _hours, pa.int64())


def percentages(text: Array, *, exact: bool) -> Parsed:
    """Percentages as hundredths (`int64`).

    Args:
        text: 27.50 means 27.5 %.
        exact: Refuse more than two decimals; otherwise they round half-even (a quotient such as 6/7 has no end).
    """
    return read_once(text, _exact_percentage if exact else _percentage, pa.int64())


def decimals(hundredths: Array, kind: pa.Decimal128Type) -> Array:
    """Hundredths as decimals with two places. What the type can't hold becomes its largest value, which no bound lets through."""
    largest = 10**kind.precision - 1
    held = pc.max_element_wise(pc.min_element_wise(hundredths, largest, skip_nulls=False), -largest, skip_nulls=False)
    return flat(pc.multiply(held.cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))).cast(kind))


def quotient(numerator: Array, denominator: Array) -> Array:
    """Numerator ÷ denominator as whole `int64`, half-even; null where either is null or the denominator isn't above zero."""
    above, below = integers(numerator), integers(denominator)
    known = mask_of(pc.is_valid(numerator)) & (below > 0)
    divisor = np.where(known, below, 1)
    whole, rest = np.divmod(above, divisor)
    up = (2 * rest > divisor) | ((2 * rest == divisor) & (whole % 2 == 1))
    return flat(pa.array(whole + up, mask=~known))


def _language(text: str) -> str | Rule:
    code = re.split("[-_]", text, maxsplit=1)[0].lower()
    return code if code in LANGUAGES else NOT_LANGUAGE


def _civil_date(text: str) -> date | Rule:
    if not _CIVIL_DATE.fullmatch(text):
        return NOT_DATE
    try:
        return date.fromisoformat(text)
    except ValueError:
        return NOT_DATE


def _hours(text: str) -> int | Rule:
    if clock := _CLOCK.fullmatch(text):
        return (int(clock[1]) * 60 + int(clock[2])) * (HOUR // 60)
    return int(Decimal(text) * HOUR) if _DECIMAL_HOURS.fullmatch(text) else NOT_HOURS


def _percentage(text: str) -> int | Rule:
    return int((Decimal(text) * 100).to_integral_value(ROUND_HALF_EVEN)) if _PERCENTAGE.fullmatch(text) else NOT_PERCENTAGE


def _exact_percentage(text: str) -> int | Rule:
    if len(text.partition(".")[2]) > _PLACES and _PERCENTAGE.fullmatch(text):
        return TOO_MANY_DECIMALS
    return _percentage(text)
