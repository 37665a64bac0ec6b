"""A provider's columns under the platform's names: sources coalesced, transforms applied, what was not sent set apart.

Everything is still text here; `parsing` and its kinds read it. Clearing needs an explicit null (synchronisation.md §1), so
a value counts as *absent*, not as null, when a key that could have carried it was not sent or carried a blank text: a form
left empty is not somebody's decision to clear. May import: `arrow`, `mapping`, `rules`, `transforms`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.arrow import Array, distinct, flat, integers, mask_of, nulled, taken
from hr_pipeline.domain.mapping import FieldRule
from hr_pipeline.domain.rules import Mask
from hr_pipeline.domain.transforms import transformed


@dataclass(frozen=True, slots=True)
class Column:
    """One platform field as a provider sent it, one entry a row.

    Attributes:
        text: Trimmed, transformed, not empty; null where nothing usable came.
        absent: Null because it was not sent (key missing or text blank in at least one of the sources).
        retyped: Null because an object or a list came where a scalar was due.
    """

    text: Array
    absent: Mask
    retyped: Mask


def mapped_columns(table: pa.Table, rules: Mapping[str, FieldRule]) -> dict[str, Column]:
    """The table's mapped fields under the platform's names.

    Args:
        table: One table of `ProviderFrames`.
        rules: Platform field → rule, of that table's group. A source the table lacks counts as absent in every row.
    """
    absent = _flagged(table, "absent")
    retyped = _flagged(table, "retyped")
    return {name: _coalesced(table, rule, absent, retyped) for name, rule in rules.items()}


def told_absent(table: pa.Table, rules: Mapping[str, FieldRule]) -> dict[str, Mask]:
    """Platform fields of another table that rows of this one say could not be read at all (a whole list is closed to us)."""
    flags = _flagged(table, "absent")
    told = {name: [flags[source] for source in rule.sources if source in flags] for name, rule in rules.items()}
    return {name: np.logical_or.reduce(masks) for name, masks in told.items() if masks}


def no_rows(table: pa.Table) -> Mask:
    """A mask of the table's length, all false."""
    return np.zeros(table.num_rows, dtype=np.bool_)


def absent_lists(absent: Mapping[str, Mask | bool], rows: int) -> Array:
    """Names of the absent fields, row by row, as `list<string>`; `True` means in every row.

    Rows share few patterns, so each pattern is written once and taken as often as it occurs.
    """
    names = list(absent)
    bits = np.zeros(rows, dtype=np.int64)
    for place, mask in enumerate(absent.values()):
        if mask is True:
            bits |= 1 << place
        elif mask is not False:
            bits |= mask.astype(np.int64) << place
    known, codes = distinct(pa.array(bits))
    patterns = [[name for place, name in enumerate(names) if pattern >> place & 1] for pattern in known]
    return taken(pa.array(patterns, pa.list_(pa.string())), codes)


def _coalesced(table: pa.Table, rule: FieldRule, absent: Mapping[str, Mask], retyped: Mapping[str, Mask]) -> Column:
    """The first source that isn't empty wins; an object or list where it would have won makes the value unusable."""
    text: Array = pa.nulls(table.num_rows, pa.string())
    settled, unsure, wrong = no_rows(table), no_rows(table), no_rows(table)
    for source in rule.sources:
        if source not in table.column_names:
            unsure |= ~settled
            continue
        value = flat(pc.utf8_trim_whitespace(flat(table[source]).cast(pa.string())))
        blank = mask_of(pc.equal(value, ""))
        given = mask_of(pc.is_valid(value)) & ~blank
        unsure |= ~settled & (blank | absent.get(source, blank))
        wrong |= ~settled & ~given & retyped.get(source, no_rows(table))
        candidate = nulled(value, blank | settled | wrong)
        text = flat(pc.coalesce(text, candidate)) if settled.any() else candidate
        settled |= given | wrong
    return Column(transformed(text, rule.transforms), unsure & ~settled, wrong)


def _flagged(table: pa.Table, column: str) -> dict[str, Mask]:
    """Which rows list which provider field in a `list<string>` column."""
    if column not in table.column_names or table[column].null_count == table.num_rows:
        return {}
    lists = flat(table[column])
    names, codes = distinct(flat(pc.list_flatten(lists)))
    parents = integers(pc.list_parent_indices(lists))
    flags: dict[str, Mask] = {}
    for code, name in enumerate(names):
        mask = no_rows(table)
        mask[parents[codes == code]] = True
        flags[name] = mask
    return flags
