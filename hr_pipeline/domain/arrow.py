"""Arrow arrays and NumPy masks, the two shapes that columns have in this room, and the few moves between them.

May import: `rules`.
"""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.rules import Mask, Rows

Array: TypeAlias = pa.Array


def flat(column: pa.Array | pa.ChunkedArray) -> Array:
    """One array, whatever its chunks."""
    whole: Array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole


def mask_of(values: pa.Array | pa.ChunkedArray) -> Mask:
    """A boolean array as a mask; null is false."""
    mask: Mask = np.asarray(flat(pc.fill_null(values, pa.scalar(value=False))).to_numpy(zero_copy_only=False), dtype=np.bool_)
    return mask


def rows_of(values: pa.Array | pa.ChunkedArray) -> Rows:
    """Positions at which a boolean array is true."""
    return np.flatnonzero(mask_of(values))


def integers(values: Array, null: int = 0) -> Rows:
    """A column of integers, with something in the place of null."""
    numbers: Rows = np.asarray(flat(pc.fill_null(values, null)).to_numpy(zero_copy_only=False), dtype=np.int64)
    return numbers


def taken(values: Array, rows: Rows) -> Array:
    """The column's values at these positions; null where a position is below zero (nobody, nothing)."""
    return flat(values.take(pa.array(rows, pa.int64(), mask=rows < 0)))


def replaced(values: Array, rows: Rows, new: Array) -> Array:
    """The column with other values at these positions, which ascend."""
    mask = np.zeros(len(values), dtype=np.bool_)
    mask[rows] = True
    return flat(pc.replace_with_mask(values, pa.array(mask), new))


def nulled(values: Array, mask: Mask) -> Array:
    """The column with null where the mask is set."""
    return flat(pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)) if mask.any() else values


def placed(values: Array, rows: Rows, size: int) -> Array:
    """A column of a size with values at some positions and null elsewhere."""
    place = np.full(size, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return taken(values, place)


def distinct(values: Array) -> tuple[list[Any], Rows]:
    """The distinct values other than null, and for each row its place among them; -1 for null."""
    encoded = values.dictionary_encode()
    return encoded.dictionary.to_pylist(), integers(encoded.indices, null=-1)
