"""Reading phone numbers into E.164 with phonenumbers; a national number only with the connection's region, never guessed.

`00` before a number is the international prefix in every country we serve, so `0032…` is read as `+32…`. The library costs
20 µs a number; its own metadata, applied as one regular expression per country to the whole column, settles plain fixed-line and
mobile numbers for 0.4 µs, and only the rest goes through it (a test compares the two). Source: synchronisation.md §9.
May import: `arrow`, `parsing`, `rules`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.arrow import Array, distinct, flat, mask_of, placed, replaced, taken
from hr_pipeline.domain.parsing import Parsed, read_once
from hr_pipeline.domain.rules import NO_PREFIX, NOT_PHONE, NOT_VALID_PHONE, Mask, Rows, Rule

_PUNCTUATION = r"[ \x{00A0}\x{202F}./-]+"
_PHONE_SHAPE = r"^[+(]{0,2}[\p{Nd}()\[\] \x{00A0}\x{202F}./\-–]+(?:(?:;ext=|ext\.?|x|#)[ ]*[0-9]+)?$"
_LONGEST_CODE = 3  # digits of a country calling code


@dataclass(frozen=True, slots=True)
class Plan:
    """What the library knows of one country's plain numbers."""

    code: str
    trunk: bool  # a leading 0 is dialled nationally and is no part of the number
    general: str  # pattern of every national number
    kinds: tuple[tuple[str, tuple[int, ...]], ...]  # pattern and lengths of fixed-line and of mobile numbers


@dataclass(frozen=True, slots=True)
class Phones:
    """Numbers that were read, and which of them took their country from the connection."""

    parsed: Parsed
    inferred: Mask


def phones(text: Array, regions: Sequence[str | None], region_of_row: Rows) -> Phones:
    """E.164 numbers.

    Args:
        text: Numbers as typed.
        regions: ISO 3166-1 alpha-2 codes; `None` for a connection without one.
        region_of_row: Place in `regions` of each row's connection.
    """
    dialled = flat(pc.replace_substring_regex(pc.replace_substring_regex(text, _PUNCTUATION, ""), "^(?:00|＋)", "+"))
    international = mask_of(pc.match_substring_regex(dialled, r"^[(]?\+"))
    values, done = _settled_international(dialled, international)
    groups: list[tuple[str | None, Mask]] = [(None, international)]
    for region in dict.fromkeys(regions):
        theirs = np.array([r == region for r in regions], dtype=np.bool_)[region_of_row] & ~international
        groups.append((region, theirs))
        if region and theirs.any():
            values, settled = _settled_national(values, dialled, np.flatnonzero(theirs), region)
            done |= settled
    broken: list[tuple[Rule, Rows]] = []
    unsettled = mask_of(pc.is_valid(text)) & ~done
    for region, theirs in groups:
        rows = np.flatnonzero(unsettled & theirs)
        if len(rows):
            judged = _judged(taken(dialled, rows), region)
            values = replaced(values, rows, judged.values)
            broken += [(rule, rows[found]) for rule, found in judged.broken]
    return Phones(Parsed(values, tuple(broken)), ~international & mask_of(pc.is_valid(values)))


def _judged(text: Array, region: str | None) -> Parsed:
    """The library's verdict, once per distinct number."""
    shaped = mask_of(pc.match_substring_regex(text, _PHONE_SHAPE))
    misshapen = np.flatnonzero(~shaped)
    judged = read_once(taken(text, np.flatnonzero(shaped)), lambda value: _number(value, region), pa.string())
    places = np.flatnonzero(shaped)
    values = placed(judged.values, places, len(text))
    broken = tuple((rule, places[rows]) for rule, rows in judged.broken)
    return Parsed(values, (*broken, (NOT_PHONE, misshapen)) if len(misshapen) else broken)


def _number(text: str, region: str | None) -> str | Rule:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        unknown_country = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        return NO_PREFIX if unknown_country and not region and not text.lstrip("(").startswith("+") else NOT_PHONE
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else NOT_VALID_PHONE
    )


def _settled_international(dialled: Array, international: Mask) -> tuple[Array, Mask]:
    """Plain international numbers, country by country; null where the library must be asked."""
    values: Array = pa.nulls(len(dialled), pa.string())
    done = np.zeros(len(dialled), dtype=np.bool_)
    starts, start_of_row = distinct(flat(pc.utf8_slice_codeunits(dialled, 1, 1 + _LONGEST_CODE)))
    codes = [_country_code(start) for start in starts]
    for code in {code for code in codes if code}:
        plan = _plan(phonenumbers.region_code_for_country_code(int(code)))
        rows = np.flatnonzero(international & np.isin(start_of_row, [n for n, c in enumerate(codes) if c == code]))
        if plan and len(rows):
            numbers = flat(pc.utf8_slice_codeunits(taken(dialled, rows), 1 + len(code)))
            good = rows[_matching(numbers, plan)]
            values = replaced(values, good, taken(dialled, good))
            done[good] = True
    return values, done


def _settled_national(values: Array, dialled: Array, rows: Rows, region: str) -> tuple[Array, Mask]:
    """Plain national numbers of one region, dialled with its trunk prefix 0."""
    done = np.zeros(len(dialled), dtype=np.bool_)
    plan = _plan(region)
    if plan and plan.trunk:
        typed = taken(dialled, rows)
        numbers = flat(pc.utf8_slice_codeunits(typed, 1))
        good = mask_of(pc.starts_with(typed, "0")) & _matching(numbers, plan)
        settled = rows[good]
        values = replaced(values, settled, pc.binary_join_element_wise(f"+{plan.code}", taken(numbers, np.flatnonzero(good)), ""))
        done[settled] = True
    return values, done


def _matching(numbers: Array, plan: Plan) -> Mask:
    """National numbers that are valid fixed-line or mobile numbers of a plan."""
    lengths = pc.utf8_length(numbers)
    good = np.zeros(len(numbers), dtype=np.bool_)
    for pattern, possible in plan.kinds:
        good |= mask_of(pc.match_substring_regex(numbers, pattern)) & mask_of(pc.is_in(lengths, value_set=pa.array(possible, pa.int32())))
    # A number that itself begins with the trunk's 0 is for the library to take apart.
    return good & mask_of(pc.match_substring_regex(numbers, plan.general)) & ~mask_of(pc.starts_with(numbers, "0"))


@lru_cache(maxsize=256)
def _plan(region: str) -> Plan | None:
    """The plan of a region, or nothing where a column can't be settled without the library.

    That is: several regions share the calling code, or leading digits are stripped by more than a plain trunk 0.
    """
    known = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if known is None or known.country_code is None or known.general_desc is None or known.national_prefix_for_parsing not in {None, "0"}:
        return None
    if phonenumbers.region_codes_for_country_code(known.country_code) != (region,):
        return None
    kinds = tuple(
        (f"^(?:{kind.national_number_pattern})$", tuple(kind.possible_length or known.general_desc.possible_length))
        for kind in (known.fixed_line, known.mobile)
        if kind and kind.national_number_pattern
    )
    return Plan(
        str(known.country_code), known.national_prefix_for_parsing == "0", f"^(?:{known.general_desc.national_number_pattern})$", kinds
    )


def _country_code(digits: str) -> str | None:
    """The calling code that a number begins with; codes are prefix-free."""
    for length in range(1, _LONGEST_CODE + 1):
        if digits[:length].isdecimal() and int(digits[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length]
    return None
