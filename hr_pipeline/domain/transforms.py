"""The closed list of transforms of a field mapping, applied to whole columns of text.

A text that a transform can't turn stays as it is, so that validation names it. Source: synchronisation.md §9. May import:
`arrow`, `mapping`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.arrow import Array, distinct, flat, taken
from hr_pipeline.domain.mapping import Transform

_LETTERS = {"F": "fr", "N": "nl", "D": "de", "E": "en"}  # Securex's (assumed) language letters
_FRACTION = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,18})?")


def transformed(values: Array, transforms: Sequence[Transform]) -> Array:
    """The column after each transform in turn. Null stays null."""
    for transform in transforms:
        values = _KERNELS[transform](values)
    return values


def _stripped(values: Array) -> Array:
    return flat(pc.utf8_trim_whitespace(pc.replace_substring_regex(values, r"\p{Zs}+", " ")))


def _digits(values: Array) -> Array:
    digits = pc.replace_substring_regex(values, "[^0-9]+", "")
    return flat(pc.if_else(pc.equal(digits, ""), values, digits))


def _language_letter(values: Array) -> Array:
    places = pc.index_in(pc.utf8_upper(values), value_set=pa.array(list(_LETTERS)))
    return flat(pc.coalesce(pa.array(list(_LETTERS.values())).take(places), values))


def _fraction_to_percentage(values: Array) -> Array:
    known, codes = distinct(values)
    turned = [f"{Decimal(text) * 100:f}" if _FRACTION.fullmatch(text) else text for text in known]
    return taken(pa.array(turned, pa.string()), codes)


def _open_end(values: Array) -> Array:
    return flat(pc.if_else(pc.equal(values, "9999-12-31"), pa.scalar(None, pa.string()), values))


_KERNELS: Mapping[Transform, Callable[[Array], Array]] = MappingProxyType(
    {
        Transform.STRIP: _stripped,
        Transform.LOWER: lambda values: flat(pc.utf8_lower(values)),
        Transform.UPPER: lambda values: flat(pc.utf8_upper(values)),
        Transform.TITLE: lambda values: flat(pc.utf8_title(values)),
        Transform.DIGITS: _digits,
        Transform.LANGUAGE_LETTER: _language_letter,
        Transform.PERCENTAGE: lambda values: values,
        Transform.FRACTION_TO_PERCENTAGE: _fraction_to_percentage,
        Transform.OPEN_END: _open_end,
    }
)
