"""From decoded rows to Arrow text columns, in batches: what every provider's `frames` is made of.

A value is kept as text exactly as it was written where JSON allows it; what can't be text (an object, a list) becomes null and is
named in `retyped`. May import: `domain`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import pyarrow as pa

from hr_pipeline.domain.frames import PROVIDER_COMMON

_NAMES = pa.list_(pa.string())
_BATCH = 4096  # rows gathered before they become Arrow: bounds the Python objects alive at a time

Names = list[str] | None


def flat_rows(
    items: Sequence[Mapping[str, object]], keys: Sequence[str], names: Sequence[str]
) -> tuple[list[tuple[object, ...]], list[Names] | None]:
    """Values of each item under two or more keys; beside them, per item, the names of keys that were not sent (null when all were)."""
    values: Callable[[Mapping[str, object]], tuple[object, ...]] = itemgetter(*keys)
    try:
        return [values(item) for item in items], None
    except KeyError:
        rows = [tuple([item.get(key) for key in keys]) for item in items]
        return rows, [[name for key, name in zip(keys, names, strict=True) if key not in item] or None for item in items]


class TextTable:
    """One table of `ProviderFrames`, filled page by page."""

    def __init__(self, connection_id: str, names: Sequence[str], constants: Mapping[str, str] | None = None) -> None:
        self._connection_id = connection_id
        self._names = tuple(names)
        self._constants = dict(constants or {})
        self._schema = pa.schema([*PROVIDER_COMMON, *((name, pa.string()) for name in (*self._names, *self._constants))])
        self._batches: list[pa.RecordBatch] = []
        self._rows: list[tuple[object, ...]] = []
        self._absent: dict[int, list[str]] = {}  # by position in the batch
        self._retyped: dict[int, list[str]] = {}
        self._absences = dict.fromkeys(self._names, 0)
        self._done = 0

    def __len__(self) -> int:
        return self._done + len(self._rows)

    def add(
        self, rows: Iterable[tuple[object, ...]], absent: Sequence[Names] | None = None, retyped: Sequence[Names] | None = None
    ) -> None:
        """Take the rows of one page, each as wide as `names`; `absent` and `retyped` beside them where any row has some."""
        start = len(self._rows)
        self._rows.extend(rows)
        for position, names in enumerate(absent or (), start):
            if names:
                self._absent[position] = names
                for name in names:
                    self._absences[name] += 1
        self._retyped.update((position, list(names)) for position, names in enumerate(retyped or (), start) if names)
        if len(self._rows) >= _BATCH:
            self._flush()

    def absent_everywhere(self, names: Collection[str]) -> list[str]:
        """Those of the names that no row had; none while there are no rows."""
        return [name for name in self._names if name in names and len(self) and self._absences[name] == len(self)]

    def table(self, also_absent: Sequence[str] = ()) -> pa.Table:
        """Everything taken so far; `also_absent` names fields of a list that was not sent at all, for every row."""
        if self._rows:
            self._flush()
        table = pa.Table.from_batches(self._batches, schema=self._schema)
        if not also_absent:
            return table
        absent = [[*(names or ()), *also_absent] for names in table.column("absent").to_pylist()]
        return table.set_column(table.schema.get_field_index("absent"), "absent", pa.array(absent, _NAMES))

    def _flush(self) -> None:
        size = len(self._rows)
        columns = [self._text_column(name, values) for name, values in zip(self._names, zip(*self._rows, strict=True), strict=True)]
        batch: list[pa.Array[Any]] = [
            pa.repeat(pa.scalar(self._connection_id, pa.string()), size),
            pa.array(range(self._done, self._done + size), pa.int64()),
            _name_lists(self._absent, size),
            _name_lists(self._retyped, size),
            *columns,
            *(pa.repeat(pa.scalar(value, pa.string()), size) for value in self._constants.values()),
        ]
        self._batches.append(pa.record_batch(batch, schema=self._schema))
        self._done += size
        self._rows, self._absent, self._retyped = [], {}, {}

    def _text_column(self, name: str, values: Sequence[object]) -> "pa.Array[Any]":
        try:
            return pa.array(values, pa.string())
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            if not set(map(type, values)).isdisjoint((dict, list)):
                for position, value in enumerate(values):
                    if isinstance(value, dict | list):
                        self._retyped.setdefault(position, []).append(name)
            return pa.array([as_text(value) for value in values], pa.string())


def as_text(value: object) -> str | None:
    """A JSON scalar as text, null for anything else. A number reads as the shortest decimal that is the same number."""
    if value is None or type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _name_lists(names: Mapping[int, list[str]], size: int) -> "pa.Array[Any]":
    if not names:
        return pa.nulls(size, _NAMES)
    lists: pa.Array[Any] = pa.array([names.get(position) for position in range(size)], _NAMES)
    return lists
