"""From what a provider sent to the platform's fields, typed and judged: the one path for any number of connections.

Everything is vectorised over all connections that share a provider and a mapping; a bad row never touches another. Here the parts are tied
together: who is whose pay, who is in scope, what is wrong with whom. Not here: reading a field (`parsing` and its kinds), the rules
(`schemas`), decisions about accounts (the plan). May import: the rest of this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.domain.bounds import PayBounds
from hr_pipeline.domain.columns import Array, absent_lists, flat, mapped_columns, mask_of
from hr_pipeline.domain.components import SalaryComponents, salary_components
from hr_pipeline.domain.connections import Relation, Settings
from hr_pipeline.domain.fields import FIELDS, Group
from hr_pipeline.domain.frames import COMPONENTS, EMPLOYEES, PROBLEMS, Conformed, ProviderFrames
from hr_pipeline.domain.identity import People, people
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline.domain.parsing import texts
from hr_pipeline.domain.pay import PAY_FIELDS, Pay, pay_on, valid_from_to
from hr_pipeline.domain.rules import COMPONENT_ORPHAN, NO_PAY_ROW, NO_VALID_PAY_ROW, PAY_ORPHAN, Finding, Mask, Rows
from hr_pipeline.domain.text import email_key, name_key
from hr_pipeline.domain.validate import Problems, blocked, orphans, problems


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which connection each row of a table belongs to, with the date of its sync."""

    connections: list[str]
    connection: Rows  # place in `connections`
    sync_date: Array


@dataclass(frozen=True, slots=True)
class _Persons:
    """Distinct (connection, external id) pairs: what pay is tied to. Two employees who share an id share its pay."""

    keys: Array
    of_employee: Rows  # -1 without an external id


def conformed(
    frames: ProviderFrames,
    mapping: FieldMapping,
    settings: Mapping[str, Settings],
    on: date | Mapping[str, date],
    bounds: PayBounds | None = None,
) -> Conformed:
    """The people, salary components and problems of these snapshots. Employees keep the order of `frames.identity`.

    Args:
        frames: What the provider sent.
        mapping: Of all the connections in the frames, already checked.
        settings: By connection id.
        on: Civil date of the sync (Europe/Brussels), or one by connection id.
        bounds: What pay is judged by; Belgian ones by default.

    Raises:
        KeyError: A connection without settings or date.
    """
    listed = _rows(frames.identity, on)
    regions = [settings[connection].region for connection in listed.connections]
    who = people(frames.identity, mapping, listed.sync_date, regions, listed.connection)
    connection_id, row = flat(frames.identity["connection_id"]), flat(frames.identity["row"])
    persons = _persons(connection_id, who.values["external_id"])

    pay_person, pay_orphans = _tied(frames.pay, persons, mapping.rules.get("external_id"))
    count = len(persons.keys)
    pay = pay_on(frames.pay, mapping, pay_person, count, _rows(frames.pay, on).sync_date, bounds or PayBounds())
    component_person, component_orphans = _tied(frames.components, persons, mapping.rules.get("external_id"))
    extras = salary_components(frames.components, mapping, component_person, count, _rows(frames.components, on).sync_date)
