"""Salary components: every row read and judged; those valid on the date or later are kept, with a digest by person.

Past ones are judged too, since a row that can't be trusted rejects its person, but they are no longer a fact about today. May import:
`arrow`, `columns`, `fields`, `mapping`, `parsing`, `pay`, `readings`, `rules`, `schemas`, `validate`.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.arrow import Array, flat, placed, taken
from hr_pipeline.domain.columns import mapped_columns
from hr_pipeline.domain.fields import Group
from hr_pipeline.domain.frames import COMPONENTS
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.parsing import Parsed, choices, dates, decimals, ends, money, texts
from hr_pipeline.domain.pay import valid_from_to
from hr_pipeline.domain.readings import moved, readings
from hr_pipeline.domain.rules import Finding, Mask, Rows
from hr_pipeline.domain.schemas import COMPONENT_COLUMNS, component_judge
from hr_pipeline.domain.validate import blocked, findings

_READERS: Mapping[str, Callable[[Array], Parsed]] = {
    "component_code": texts,
    "component_label": texts,
    "component_amount": money,
    "component_currency": partial(choices, upper=True),
    "component_frequency": choices,
    "component_from": dates,
    "component_to": ends,
}

_NULL = "\x00"  # in a digest; texts hold no control characters, so it can't be mistaken for one


@dataclass(frozen=True, slots=True)
class SalaryComponents:
    """The components of the persons 0, 1, 2 ….

    Attributes:
        kept: Columns of COMPONENTS from `code` on, plus `person`.
        keys: Digest of each person's kept components; null without any.
        absent: Component field → `True` when it is not mapped.
        findings: By person.
    """

    kept: dict[str, Array]
    keys: Array
    absent: dict[str, Mask | bool]
    findings: list[Finding]


def salary_components(table: pa.Table, mapping: FieldMapping, person: Rows, persons: int, sync_date: Array) -> SalaryComponents:
    """Each person's salary components.

    Args:
        table: `ProviderFrames.components`.
        mapping: Of the connections in the table.
        person: Whose row each is; -1 for nobody's.
        persons: How many there are.
        sync_date: Civil date of each row's sync.
    """
    read = readings(mapped_columns(table, mapping.of_group(Group.COMPONENT)), Group.COMPONENT, _READERS, table.num_rows)
    values = {**read.values, "component_amount": decimals(read.values["component_amount"], COMPONENTS.field("amount").type)}
    found = list(read.findings)
    # Without a mapped code there are no components to speak of, only rows that nobody asked for.
    if asked_for := "component_code" in mapping.rules:
        found += findings(component_judge(dated="component_from" in mapping.rules), values, read.findings)
    bad = blocked(found, table.num_rows)
    _, going_on = valid_from_to(values["component_from"], values["component_to"], sync_date)
    rows = np.flatnonzero(~bad & (person >= 0) & going_on & asked_for)
    kept = {column: taken(values[field], rows) for field, column in COMPONENT_COLUMNS.items()}
    kept["person"] = pa.array(person[rows])
    absent: dict[str, Mask | bool] = {name: rows is True for name, rows in read.absent.items()}
    return SalaryComponents(kept, _digests(kept, persons), absent, moved(found, person))


def _digests(kept: Mapping[str, Array], persons: int) -> Array:
    """BLAKE2b (128 bits, hex) of each person's components, whatever their order."""
    fields = [kept[name].cast(pa.string()) for name in COMPONENT_COLUMNS.values()]
    lines = pc.binary_join_element_wise(*fields, "\x1f", null_handling="replace", null_replacement=_NULL)
    table = pa.table({"person": kept["person"], "line": lines})
    table = table.take(pc.sort_indices(table, [("person", "ascending"), ("line", "ascending")]))
    person = table["person"].to_numpy()
    first = np.flatnonzero(np.diff(person, prepend=-1))
    offsets = pa.array(np.append(first, len(person)), pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, flat(table["line"])), "\x1e").cast(pa.binary())
    digests = pa.array([hashlib.blake2b(text, digest_size=16).hexdigest() for text in joined.to_pylist()], pa.string())
    return placed(digests, person[first], persons)
