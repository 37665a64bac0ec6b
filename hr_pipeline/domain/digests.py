"""One digest for everything several rows say of a person, so that two snapshots can be told apart by one value.

May import: `arrow`, `rules`.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.arrow import Array, flat, placed
from hr_pipeline.domain.rules import Rows

_NULL = "\x00"  # texts hold no control characters, so it can't be mistaken for one


def digests(columns: Sequence[Array], person: Rows, persons: int) -> Array:
    """BLAKE2b (128 bits, hex) of each person's rows, whatever their order; null for somebody without any.

    Args:
        columns: What the rows say.
        person: Whose row each is.
        persons: How many there are.
    """
    fields = [column.cast(pa.string()) for column in columns]
    lines = pc.binary_join_element_wise(*fields, "\x1f", null_handling="replace", null_replacement=_NULL)
    table = pa.table({"person": pa.array(person), "line": lines})
    table = table.take(pc.sort_indices(table, [("person", "ascending"), ("line", "ascending")]))
    ordered = table["person"].to_numpy()
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    offsets = pa.array(np.append(first, len(ordered)), pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, flat(table["line"])), "\x1e").cast(pa.binary())
    found = pa.array([hashlib.blake2b(text, digest_size=16).hexdigest() for text in joined.to_pylist()], pa.string())
    return placed(found, ordered[first], persons)
