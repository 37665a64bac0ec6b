"""Who the people of a snapshot are: the identity table read field by field, and judged.

Not here: pay (`pay`, `components`), scope and the final frame (`conform`). May import: `columns`, `connections`, `emails`, `fields`,
`mapping`, `parsing`, `phones`, `readings`, `rules`, `schemas`, `validate`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hr_pipeline.domain.arrow import Array
from hr_pipeline.domain.columns import mapped_columns
from hr_pipeline.domain.connections import Relation
from hr_pipeline.domain.emails import emails
from hr_pipeline.domain.fields import Group
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.parsing import Parsed, choices, dates, ends, languages, texts
from hr_pipeline.domain.phones import phones
from hr_pipeline.domain.readings import readings
from hr_pipeline.domain.rules import Finding, Mask, Rows
from hr_pipeline.domain.schemas import people_judge
from hr_pipeline.domain.validate import findings

_READERS: Mapping[str, Callable[[Array], Parsed]] = {
    "external_id": texts,
    "first_name": texts,
    "last_name": texts,
    "birth_name": texts,
    "employee_number": texts,
    "email": emails,
    "language": languages,
    "start_date": dates,
    "birth_date": dates,
    "exit_date": ends,
    "relation": choices,
}


@dataclass(frozen=True, slots=True)
class People:
    """The people as read and judged.

    Attributes:
        values: Identity field → values, in the types of EMPLOYEES.
        phone_inferred: The country came from the connection's region.
        absent: Identity field → rows in which nothing usable was sent; `True` when it is not mapped.
        findings: By position in the identity table.
    """

    values: dict[str, Array]
    phone_inferred: Mask
    absent: dict[str, Mask | bool]
    findings: list[Finding]


def people(table: pa.Table, mapping: FieldMapping, sync_date: Array, regions: Sequence[str | None], region_of_row: Rows) -> People:
    """The identity table in the platform's fields. Without a mapped relation everybody listed is an employee.

    Args:
        table: `ProviderFrames.identity`.
        mapping: Of the connections in the table.
        sync_date: Civil date of each row's sync.
        regions: Regions of the connections, for national phone numbers.
        region_of_row: Place in `regions` of each row's connection.
    """
    sent = mapped_columns(table, mapping.of_group(Group.IDENTITY))
    typed = sent["phone"].text if "phone" in sent else pa.nulls(table.num_rows, pa.string())
    numbers = phones(typed, regions, region_of_row)
    read = readings(sent, Group.IDENTITY, {**_READERS, "phone": lambda _: numbers.parsed}, table.num_rows)
    if "relation" not in sent:
        read.values["relation"] = pa.repeat(pa.scalar(str(Relation.EMPLOYEE), pa.string()), table.num_rows)
    judged = findings(people_judge(), {**read.values, "sync_date": sync_date}, read.findings)
    return People(read.values, np.asarray(numbers.inferred), read.absent, read.findings + judged)
