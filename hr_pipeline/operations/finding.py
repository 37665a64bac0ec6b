"""Finding people by what somebody typed: in the store, and in the kept lists, where people without an account are.

Of a list no more is decoded than the pages of those who have no account. Names and addresses are in what is returned; whoever asks decides
whether they are shown. Not here: words (`explaining_people`). May import: `adapters`, `domain`, this room.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.adapters.landing import landing_path
from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.people import KEPT, ListKept, Person, known_people, lists_of_people, meant_of, standings
from hr_pipeline.adapters.store.snapshots import snapshots_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.text import SEPARATOR, email_key, folded, folded_names
from hr_pipeline.domain.whom import Whom, whom
from hr_pipeline.operations.kept_people import Among, Kept, listed_people
from hr_pipeline.operations.mentioning import Mentions, mentions_of
from hr_pipeline.operations.workplace import Workplace

OUTCOMES = 5  # runs told of each person
READERS = 2  # lists read at a time: unpacking and proving them leave the interpreter free, folding and decoding do not
NAMES = ("first_name", "last_name", "email")
_READ = ("external_id", "employee_number", "birth_name", *NAMES)

Facts = dict[str, Any]
Progress = Callable[[str, int, int], None]  # as `pulling`'s


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found: what bears on where each stands, best match first, and how many there are, of whom these may be the first only."""

    people: list[Facts]
    total: int


@dataclass(slots=True)
class _Lists:
    """Kept lists, by the number of their connection. `unread` are gone, or can't be read: one of many must not hide who is in the others."""

    kept: dict[int, tuple[Kept, Among | None]] = field(default_factory=dict)
    people: dict[int, pa.Table] = field(default_factory=dict)
    unread: int = 0


def find_people(
    work: Workplace,
    typed: str,
    connection_id: str | None = None,
    *,
    names: bool = False,
    most: int | None = None,
    progress: Progress | None = None,
) -> Found:
    """Everybody whom an id, address, number or name means, with what bears on where they stand and `first_name`, `last_name`, `email`.

    What the store knows as an id means those people alone; anything else is sought in the kept lists too. Those whom an id, number, address
    or full name means come before those of whose name it is a part; then in the order of companies and names.

    Args:
        work: Where.
        typed: What somebody typed.
        connection_id: Only there.
        names: Whether lists are to be read for no more than the names of people without an account.
        most: So many of them are told about.
        progress: Told of the lists read.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`; `NOBODY_FOUND`, saying where was looked.
    """
    who = whom(typed)
    with work.store.opened() as database:
        if connection_id is not None:
            stored_connections(database, [connection_id])
        people = known_people(database, who, connection_id)
        lists = _Lists() if any(one.is_id for one in people) else _lists(work, database, lists_of_people(database, connection_id))
        told = None if lists.kept else _told(work, database, _ranked(people, connection_id, lists), lists, names=names, most=most)
    if told is None:
        _read(work, lists, mentions_of(who), progress)
        with work.store.opened() as database:
            people = [*_meant(database, who, lists), *people]
            told = _told(work, database, _ranked(people, connection_id, lists), lists, names=names, most=most)
    _read(work, told.more, None)
    return Found(_named(told.people, told.facts, lists.people | told.more.people), told.total)


@dataclass(frozen=True, slots=True)
class _Told:
    """People with their facts; lists that are still to be read for the names of some; and how many people there are."""

    people: list[Person]
    facts: list[Facts]
    more: _Lists
    total: int


def _told(work: Workplace, database: Database, people: list[Person], lists: _Lists, *, names: bool, most: int | None) -> _Told:
    first = people[:most]
    facts = standings(database, first, work.today, OUTCOMES)
    nameless: dict[int | None, set[str]] = {}
    for one, told in zip(first, facts, strict=True):
        if names and not told["is_linked"] and one.connection_no not in lists.people and one.external_id is not None:
            nameless.setdefault(one.connection_no, set()).add(one.external_id)
    kept = lists_of_people(database, None) if nameless else []
    wanted = [_only(one, nameless[one.connection_no]) for one in kept if one.connection_no in nameless]
    return _Told(first, facts, _lists(work, database, wanted), len(people))


def _only(kept: ListKept, ids: set[str]) -> ListKept:
    """The same list, read for no others."""
    return kept if kept.there is None else replace(kept, there=kept.there & ids, perhaps=frozenset(ids - kept.there))


def _lists(work: Workplace, database: Database, wanted: Sequence[ListKept]) -> _Lists:
    """Those of the lists whose file is still there."""
    if not wanted:
        return _Lists()
    snapshots = snapshots_of(database, [one.snapshot_id for one in wanted])
    stored = {one.number: one for one in stored_connections(database, [one.connection_id for one in wanted])}
    there = [one for one in wanted if landing_path(work.home, one.connection_id, one.snapshot_id).exists()]
    kept = {
        one.connection_no: (
            (stored[one.connection_no], snapshots[one.snapshot_id]),
            None if one.there is None else Among(one.there, one.perhaps),
        )
        for one in there
    }
    return _Lists(kept, unread=len(wanted) - len(there))


def _read(work: Workplace, lists: _Lists, mentions: Mentions | None, progress: Progress | None = None) -> None:
    """Read the people of the lists who have no account; only those whom a page mentions, where that can be told."""
    if not lists.kept:
        return

    def one(kept: tuple[Kept, Among | None]) -> pa.Table | Refusal:
        try:
            return listed_people(work, kept[0], _READ, kept[1], mentions)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(READERS, thread_name_prefix="find") as executor:
        for done, (number, read) in enumerate(zip(lists.kept, executor.map(one, lists.kept.values()), strict=True), start=1):
            if progress is not None:
                progress("Lists", done, len(lists.kept))
            if isinstance(read, Refusal):
                lists.unread += 1
            else:
                lists.people[number] = read


def _meant(database: Database, who: Whom, lists: _Lists) -> list[Person]:
    """People without an account in the lists whom what was typed means."""
    whole = _compared(lists.people)
    if not whole.num_rows:
        return []
    rows = pa.concat_arrays([chunk for table in lists.people.values() for chunk in table["row"].chunks])
    found = meant_of(database, whole, who)
    meant = whole.append_column("row", rows).take(pa.array(found, pa.int64())).to_pylist()
    companies = {number: kept[0].connection.company for number, (kept, _) in lists.kept.items()}
    return [
        Person(
            one["connection_no"],
            one["external_id"],
            row=one["row"],
            is_exact=found[one["place"]],
            company=companies[one["connection_no"]],
            names=one["names"],
        )
        for one in meant
    ]


def _compared(people: dict[int, pa.Table]) -> pa.Table:
    """Everybody of the lists by what they are compared by: `KEPT`, in the order of the lists."""
    if not people:
        return KEPT.empty_table()
    whole = pa.concat_tables(people.values())
    numbers = [pa.repeat(pa.scalar(number, pa.int32()), table.num_rows) for number, table in people.items()]
    folded = [pc.fill_null(folded_names(whole[name]), "") for name in ("first_name", "last_name", "birth_name")]
    columns = [
        pa.array(range(whole.num_rows), pa.int64()),
        pa.chunked_array(numbers),
        whole["external_id"],
        whole["employee_number"],
        email_key(whole["email"]),
        pc.binary_join_element_wise(*folded, SEPARATOR),
    ]
    return pa.table(columns, schema=KEPT)


def _ranked(people: Iterable[Person], connection_id: str | None, lists: _Lists) -> list[Person]:
    """Each person once, the best match first.

    Raises:
        Refusal: `NOBODY_FOUND`.
    """
    first: dict[tuple[Any, ...], Person] = {}
    for one in people:
        first.setdefault((one.account_no, *_identified(one.connection_no, one.external_id, one.row)), one)
    if not first:
        raise Refusal(Code.NOBODY_FOUND, connection=connection_id, lists=len(lists.kept) or None, unread=lists.unread or None)
    return sorted(first.values(), key=_rank)


def _rank(one: Person) -> tuple[Any, ...]:
    """What people are sorted by: exact first, then company, last and first name; ids where names are not at hand or shared.

    Of a company, an account without an employee comes before employees: one of them it may be.
    """
    given, _, family = one.names.partition(SEPARATOR)
    company = (folded(one.company), one.company)
    return (not one.is_exact, company, one.account_no is None, family, given, one.connection_no or 0, one.external_id or "", one.row or 0)


def _identified(connection_no: int | None, external_id: str | None, row: int | None) -> tuple[Any, ...]:
    """Who somebody is: by the provider's id, or by the place in the list where the provider sent none."""
    return (connection_no, external_id, row if external_id is None else None)


def _named(people: Sequence[Person], facts: Sequence[Facts], lists: dict[int, pa.Table]) -> list[Facts]:
    """The facts with the names of people without an account, as their list has them; None where it is not at hand."""
    sought = {(one.connection_no, one.external_id) for one in people}
    values: dict[tuple[Any, ...], Facts] = {}
    ids = pa.array([one for _, one in sought], pa.string())
    for number in lists.keys() & {number for number, _ in sought}:
        for row in lists[number].filter(pc.is_in(lists[number]["external_id"], value_set=ids)).to_pylist():
            if (number, row["external_id"]) in sought:
                named = {name: row[name] for name in NAMES}
                values.setdefault(_identified(number, row["external_id"], row["row"]), named)
    return [
        told if told["is_linked"] else {**told, **values.get(_identified(one.connection_no, one.external_id, one.row), {})}
        for one, told in zip(people, facts, strict=True)
    ]
