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

from hr_pipeline.domain.arrow import Array, distinct, flat, integers, mask_of, taken
from hr_pipeline.domain.bounds import PayBounds
from hr_pipeline.domain.columns import absent_lists, mapped_columns, told_absent
from hr_pipeline.domain.components import SalaryComponents, salary_components
from hr_pipeline.domain.connections import Relation, Settings
from hr_pipeline.domain.fields import FIELDS, Group
from hr_pipeline.domain.frames import COMPONENTS, EMPLOYEES, PERIODS, Conformed, ProviderFrames
from hr_pipeline.domain.identity import People, people
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline.domain.parsing import texts
from hr_pipeline.domain.pay import PAY_FIELDS, Pay, pay_on, valid_from_to
from hr_pipeline.domain.rules import COMPONENT_ORPHAN, NO_PAY_ROW, NO_VALID_PAY_ROW, PAY_ORPHAN, Finding, Mask, Rows, Rule
from hr_pipeline.domain.text import email_key, name_key
from hr_pipeline.domain.validate import Problems, orphans, problems


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
    chosen = [settings[connection] for connection in listed.connections]
    who = people(frames.identity, mapping, listed.sync_date, [s.region for s in chosen], listed.connection)
    persons = _persons(flat(frames.identity["connection_id"]), who.values["external_id"])
    pay_person, pay_orphans = _tied(frames.pay, persons, mapping, PAY_ORPHAN)
    pay = pay_on(frames.pay, mapping, pay_person, len(persons.keys), _rows(frames.pay, on).sync_date, bounds or PayBounds())
    component_person, component_orphans = _tied(frames.components, persons, mapping, COMPONENT_ORPHAN)
    extras = salary_components(frames.components, mapping, component_person, len(persons.keys), _rows(frames.components, on).sync_date)
    in_scope = _in_scope(who.values["relation"], chosen, listed.connection)
    unread = told_absent(frames.identity, mapping.of_group(Group.PAY))  # a closed list of pay says nothing: neither missing nor emptied
    asked = in_scope & ~np.logical_or.reduce([*unread.values(), np.zeros(len(in_scope), dtype=np.bool_)])
    found = [
        *who.findings,
        *_of_employees([*pay.findings, *extras.findings], persons),
        *(_without_pay(who, pay, persons, asked, listed.sync_date) if mapping.of_group(Group.PAY) else ()),
    ]
    told = problems(found, flat(frames.identity["connection_id"]), flat(frames.identity["row"]), who.values["external_id"])
    employees = _employees(frames.identity, who, pay, extras, persons, told, in_scope, unread)
    found_problems = pa.concat_tables([told.table, pay_orphans, component_orphans])
    components, periods = _of_valid(extras.kept, COMPONENTS, persons, employees), _of_valid(pay.periods, PERIODS, persons, employees)
    return Conformed(employees, components, found_problems, periods)


def _rows(table: pa.Table, on: date | Mapping[str, date]) -> _Rows:
    connections, connection = distinct(flat(table["connection_id"]))
    dates = pa.array([on if isinstance(on, date) else on[c] for c in connections], pa.date32())
    return _Rows(connections, connection, taken(dates, connection))


def _persons(connection_id: Array, external_id: Array) -> _Persons:
    keys = _keyed(connection_id, external_id).dictionary_encode()
    return _Persons(keys.dictionary, integers(keys.indices, null=-1))


def _keyed(connection_id: Array, reference: Array) -> Array:
    """One text a person; neither part holds a control character."""
    return flat(pc.binary_join_element_wise(connection_id, reference, "\x1f"))


def _tied(table: pa.Table, persons: _Persons, mapping: FieldMapping, orphan: Rule) -> tuple[Rows, pa.Table]:
    """Whose each row is (-1: nobody's), and the problems of those who are not listed. The reference is read as the external id is."""
    transforms = mapping.rules["external_id"].transforms if "external_id" in mapping.rules else ()
    reference = texts(mapped_columns(table, {"reference": FieldRule(("employee_ref",), transforms)})["reference"].text).values
    connection_id = flat(table["connection_id"])
    person = integers(pc.index_in(_keyed(connection_id, reference), value_set=persons.keys, skip_nulls=True), null=-1)
    nobody = np.flatnonzero(person < 0)
    return person, orphans(orphan, taken(connection_id, nobody), taken(reference, nobody))


def _of_employees(findings: Sequence[Finding], persons: _Persons) -> list[Finding]:
    """Findings about persons told of every employee who is that person."""
    found = []
    for finding in findings:
        concerned = np.zeros(len(persons.keys) + 1, dtype=np.bool_)  # the last place is -1's: nobody
        concerned[finding.rows] = True
        found.append(Finding(finding.field, finding.rule, np.flatnonzero(concerned[persons.of_employee])))
    return found


def _in_scope(relation: Array, settings: Sequence[Settings], connection: Rows) -> Mask:
    """Whose relation is among the connection's; an unreadable one is in scope, so that it is seen as the error it is."""
    in_scope = mask_of(pc.invert(pc.is_in(relation, value_set=pa.array(list(Relation), pa.string()))))
    for kind in Relation:
        wanted = np.array([kind in s.relations for s in settings], dtype=np.bool_)
        in_scope |= mask_of(pc.equal(relation, str(kind))) & (wanted[connection] if len(wanted) else False)
    return in_scope


def _without_pay(who: People, pay: Pay, persons: _Persons, in_scope: Mask, sync_date: Array) -> list[Finding]:
    """People in scope of whom no pay is known: no row at all or, while they are employed, none valid on the date."""
    begun, going_on = valid_from_to(who.values["start_date"], who.values["exit_date"], sync_date)
    rows, rejected, has_pay = (_counted(of_person, persons) for of_person in (pay.rows, pay.rejected, pay.has_pay))
    none_valid = (rows > 0) & (has_pay == 0) & (rejected == 0) & begun & going_on
    return [
        Finding(None, NO_PAY_ROW, np.flatnonzero(in_scope & (rows == 0))),
        Finding(None, NO_VALID_PAY_ROW, np.flatnonzero(in_scope & none_valid)),
    ]


def _counted(of_person: Rows | Mask, persons: _Persons) -> Rows:
    """What belongs to each employee's person; 0 for somebody without an id."""
    return np.append(of_person, 0)[persons.of_employee]


def _employees(
    identity: pa.Table,
    who: People,
    pay: Pay,
    extras: SalaryComponents,
    persons: _Persons,
    told: Problems,
    in_scope: Mask,
    unread: Mapping[str, Mask],
) -> pa.Table:
    """The table EMPLOYEES."""
    first_name, last_name = who.values["first_name"], who.values["last_name"]
    absent = {**who.absent, **{name: _absent_by_employee(rows, persons) for name, rows in {**pay.absent, **extras.absent}.items()}}
    absent |= {name: mask | absent[name] for name, mask in unread.items()}
    if unread and "work_regime_pct" in absent:  # it may follow from hours that could not be read
        absent["work_regime_pct"] = np.logical_or.reduce([*unread.values()]) | absent["work_regime_pct"]
    columns = {
        "connection_id": flat(identity["connection_id"]),
        "row": flat(identity["row"]),
        **who.values,
        "phone_inferred": pa.array(who.phone_inferred),
        "email_key": email_key(who.values["email"]),
        "name_key": name_key(first_name, last_name),
        "birth_name_key": name_key(first_name, who.values["birth_name"]),
        **{name: taken(pay.values[name], persons.of_employee) for name in PAY_FIELDS},
        "has_pay": pa.array(_counted(pay.has_pay, persons).astype(np.bool_)),
        "pay_rows": pa.array(_counted(pay.rows, persons), pa.int64()),
        "pay_rows_rejected": pa.array(_counted(pay.rejected, persons), pa.int64()),
        "absent": absent_lists({field.name: absent[field.name] for field in FIELDS}, identity.num_rows),
        "in_scope": pa.array(in_scope),
        "reject_code": told.reject_code,
        "reject_field": told.reject_field,
        "components_key": taken(extras.keys, persons.of_employee),
        "periods_key": taken(pay.periods_keys, persons.of_employee),
    }
    return pa.Table.from_arrays([columns[name] for name in EMPLOYEES.names], schema=EMPLOYEES)


def _absent_by_employee(of_person: Mask | bool, persons: _Persons) -> Mask | bool:
    if isinstance(of_person, bool):
        return of_person
    return np.append(of_person, False)[persons.of_employee]  # -1 is nobody: nothing known, nothing absent


def _of_valid(kept: Mapping[str, Array], schema: pa.Schema, persons: _Persons, employees: pa.Table) -> pa.Table:
    """COMPONENTS or PERIODS: of valid employees only; of two who share an id, each has its own rows."""
    valid = np.flatnonzero(mask_of(pc.is_null(employees["reject_code"])) & (persons.of_employee >= 0))
    order = valid[np.argsort(persons.of_employee[valid], kind="stable")]
    count = np.bincount(persons.of_employee[valid], minlength=len(persons.keys))
    start = np.concatenate([[0], np.cumsum(count)])
    person = integers(kept["person"])
    copies = count[person]
    line = np.repeat(np.arange(len(person)), copies)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(copies) - copies, copies)
    employee = order[start[person[line]] + nth]
    columns = [
        taken(flat(employees["connection_id"]), employee),
        taken(flat(employees["row"]), employee),
        *(taken(kept[name], line) for name in schema.names[2:]),
    ]
    return pa.Table.from_arrays(columns, schema=schema)
