"""The closed list of transforms of a field mapping, applied to whole columns of text.

A text that a transform can't turn stays as it is, so that validation names it. Source: synchronisation.md §9. May import:
`mapping`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.mapping import Transform

Texts: TypeAlias = "pa.Array[Any]"

_LETTERS = {"F": "fr", "N": "nl", "D": "de", "E": "en"}  # Securex's (assumed) language letters
_FRACTION = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,18})?")


def transformed(values: Texts, transforms: Sequence[Transform]) -> Texts:
    """The column after each transform in turn. Null stays null."""
    for transform in transforms:
        values = _KERNELS[transform](values)
    return values


def _stripped(values: Texts) -> Texts:
    return _whole(pc.utf8_trim_whitespace(pc.replace_substring_regex(values, r"\p{Zs}+", " ")))


def _digits(values: Texts) -> Texts:
    digits = pc.replace_substring_regex(values, "[^0-9]+", "")
    return _whole(pc.if_else(pc.equal(digits, ""), values, digits))


def _language_letter(values: Texts) -> Texts:
    places = pc.index_in(pc.utf8_upper(values), value_set=pa.array(list(_LETTERS)))
    return _whole(pc.coalesce(pa.array(list(_LETTERS.values())).take(places), values))


def _fraction_to_percentage(values: Texts) -> Texts:
    encoded = values.dictionary_encode()
    turned = [f"{Decimal(v) * 100:f}" if _FRACTION.fullmatch(v) else v for v in encoded.dictionary.to_pylist()]
    return _whole(pa.array(turned, pa.string()).take(encoded.indices))


def _open_end(values: Texts) -> Texts:
    return _whole(pc.if_else(pc.equal(values, "9999-12-31"), pa.scalar(None, pa.string()), values))


def _whole(values: Any) -> Texts:  # noqa: ANN401 the stubs type compute results as a union of everything
    texts: Texts = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return texts


_KERNELS: Mapping[Transform, Callable[[Texts], Texts]] = MappingProxyType(
    {
        Transform.STRIP: _stripped,
        Transform.LOWER: lambda values: _whole(pc.utf8_lower(values)),
        Transform.UPPER: lambda values: _whole(pc.utf8_upper(values)),
        Transform.TITLE: lambda values: _whole(pc.utf8_title(values)),
        Transform.DIGITS: _digits,
        Transform.LANGUAGE_LETTER: _language_letter,
        Transform.PERCENTAGE: lambda values: values,
        Transform.FRACTION_TO_PERCENTAGE: _fraction_to_percentage,
        Transform.OPEN_END: _open_end,
    }
)
