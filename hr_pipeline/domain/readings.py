"""One table of a provider read into the platform's fields: values, what was not sent, what could not be read.

The step between `columns` (text under our names) and the schemas (judgement). May import: `arrow`, `columns`, `fields`, `parsing`, `rules`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hr_pipeline.domain.arrow import Array
from hr_pipeline.domain.columns import Column
from hr_pipeline.domain.fields import FIELDS, Group
from hr_pipeline.domain.parsing import Parsed
from hr_pipeline.domain.rules import NOT_SINGLE, Finding, Mask, Rows


@dataclass(frozen=True, slots=True)
class Readings:
    """The fields of one group.

    Attributes:
        values: Field → values; an unmapped field is null throughout.
        absent: Field → rows in which nothing usable was sent; `True` when it is not mapped.
        findings: What could not be read, by row.
    """

    values: dict[str, Array]
    absent: dict[str, Mask | bool]
    findings: list[Finding]


def readings(sent: Mapping[str, Column], group: Group, readers: Mapping[str, Callable[[Array], Parsed]], rows: int) -> Readings:
    """Every field of a group, read by its reader.

    Args:
        sent: The mapped columns of the group.
        group: Which fields.
        readers: Field → reader.
        rows: Of the table.
    """
    values: dict[str, Array] = {}
    absent: dict[str, Mask | bool] = {}
    findings: list[Finding] = []
    for field in (field.name for field in FIELDS if field.group is group):
        column = sent.get(field)
        parsed = readers[field](pa.nulls(rows, pa.string()) if column is None else column.text)
        values[field] = parsed.values
        found = [Finding(field, rule, where) for rule, where in parsed.broken]
        findings += found
        absent[field] = True
        if column is not None:
            absent[field] = column.absent | _dropped(found, rows)
            if column.retyped.any():
                findings.append(Finding(field, NOT_SINGLE, np.flatnonzero(column.retyped)))
    return Readings(values, absent, findings)


def moved(findings: Sequence[Finding], target: Rows) -> list[Finding]:
    """The findings told of other rows: `target` has, for each row, its person's, or -1 when nobody is there to be told."""
    found = [Finding(finding.field, finding.rule, np.unique(target[finding.rows])) for finding in findings]
    return [Finding(finding.field, finding.rule, finding.rows[finding.rows >= 0]) for finding in found]


def _dropped(findings: Sequence[Finding], rows: int) -> Mask:
    """Values dropped with a mere warning: what we could not use clears nothing."""
    mask = np.zeros(rows, dtype=np.bool_)
    for finding in findings:
        if not finding.rule.blocking:
            mask[finding.rows] = True
    return mask
