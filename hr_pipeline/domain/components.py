"""Salary components: every row read and judged; those valid on the date or later are kept, with a digest by person.

Past ones are judged too, since a row that can't be trusted rejects its person, but they are no longer a fact about today. May import:
`arrow`, `columns`, `digests`, `fields`, `mapping`, `parsing`, `pay`, `readings`, `rules`, `schemas`, `validate`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from hr_pipeline.domain.arrow import Array, taken
from hr_pipeline.domain.columns import mapped_columns
from hr_pipeline.domain.digests import digests
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
    return SalaryComponents(
        kept, digests([kept[name] for name in COMPONENT_COLUMNS.values()], person[rows], persons), absent, moved(found, person)
    )
