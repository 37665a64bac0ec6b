"""Finding people by what somebody typed: in the store, and in the kept lists, where people without an account are.

Names and addresses are in what is returned; whoever asks decides whether they are shown. Not here: words (`explaining_people`). May import:
`adapters`, `domain`, this room.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
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
from hr_pipeline.domain.text import email_key, folded_names
from hr_pipeline.domain.whom import Whom, whom
from hr_pipeline.operations.kept_people import Kept, listed_people, may_mention
from hr_pipeline.operations.workplace import Workplace

OUTCOMES = 5  # runs told of each person
READERS = 4  # lists read at a time: opening, unsealing and proving them leave the interpreter free
NAMES = ("first_name", "last_name", "email")
_READ = ("external_id", "employee_number", "birth_name", *NAMES)

Facts = dict[str, Any]
Progress = Callable[[str, int, int], None]  # as `pulling`'s


@dataclass(slots=True)
class _Lists:
    """Kept lists, by the number of their connection. `unread` are gone, or can't be read: one of many must not hide who is in the others."""

    kept: dict[int, Kept] = field(default_factory=dict)
    people: dict[int, pa.Table] = field(default_factory=dict)
    unread: int = 0


def find_people(
    work: Workplace, typed: str, connection_id: str | None = None, *, names: bool = False, progress: Progress | None = None
) -> list[Facts]:
    """Everybody whom an id, address, number or name means, with what bears on where they stand and `first_name`, `last_name`, `email`.

    What the store knows as an id means those people alone; anything else is sought in the kept lists too.

    Args:
        work: Where.
        typed: What somebody typed.
        connection_id: Only there.
        names: Whether lists are to be read for no more than the names of people without an account.
        progress: Told of the lists read.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`; `NOBODY_FOUND`, saying where was looked.
    """
    who = whom(typed)
    with work.store.opened() as database:
        if connection_id is not None:
            stored_connections(database, [connection_id])
        known = known_people(database, who, connection_id)
        lists = _Lists() if any(one.is_id for one in known) else _lists(work, database, lists_of_people(database, connection_id))
    searched = len(lists.kept)
    _read(work, lists, None if who.is_name or not who.text.isascii() else who.text, progress)
    with work.store.opened() as database:
        people = _once([*_meant(database, who, lists), *known])
        if not people:
            raise Refusal(Code.NOBODY_FOUND, connection=connection_id, lists=searched or None, unread=lists.unread or None)
        facts = standings(database, people, work.today, OUTCOMES)
        unlinked = {one.connection_no for one, told in zip(people, facts, strict=True) if not told["is_linked"]} - lists.people.keys()
        wanted = [one for one in lists_of_people(database, connection_id) if one.connection_no in unlinked] if names and unlinked else []
        more = _lists(work, database, wanted)
    _read(work, more, None)
    return _named(people, facts, lists.people | more.people)


def _lists(work: Workplace, database: Database, wanted: Sequence[ListKept]) -> _Lists:
    """Those of the lists whose file is still there."""
    snapshots = snapshots_of(database, [one.snapshot_id for one in wanted])
    stored = {one.number: one for one in stored_connections(database, [one.connection_id for one in wanted])} if wanted else {}
    there = [one for one in wanted if landing_path(work.home, one.connection_id, one.snapshot_id).exists()]
    kept = {one.connection_no: (stored[one.connection_no], snapshots[one.snapshot_id]) for one in there}
    return _Lists(kept, unread=len(wanted) - len(there))


def _read(work: Workplace, lists: _Lists, mentioned: str | None, progress: Progress | None = None) -> None:
    """Read the people of the lists; with a text, only of lists in which it stands somewhere."""

    def one(kept: Kept) -> pa.Table | Refusal | None:
        try:
            return listed_people(work, kept, _READ) if mentioned is None or may_mention(work, kept, mentioned) else None
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(READERS, thread_name_prefix="find") as executor:
        for done, (number, read) in enumerate(zip(lists.kept, executor.map(one, lists.kept.values()), strict=True), start=1):
            if progress is not None:
                progress("Lists", done, len(lists.kept))
            if isinstance(read, Refusal):
                lists.unread += 1
            elif read is not None:
                lists.people[number] = read


def _meant(database: Database, who: Whom, lists: _Lists) -> list[Person]:
    """People without an account in the lists whom what was typed means."""
    if not lists.people:
        return []
    listed = [
        (number, row, one)
        for number, table in lists.people.items()
        for row, one in zip(table["row"].to_pylist(), table["external_id"].to_pylist(), strict=True)
    ]
    places = meant_of(database, _compared(lists.people), who)
    return [Person(listed[place][0], listed[place][2], row=listed[place][1]) for place in places]


def _compared(people: dict[int, pa.Table]) -> pa.Table:
    """Everybody of the lists by what they are compared by: `KEPT`, in the order of the lists."""
    whole = pa.concat_tables(people.values())
    numbers = [pa.repeat(pa.scalar(number, pa.int32()), table.num_rows) for number, table in people.items()]
    folded = [pc.fill_null(folded_names(whole[name]), "") for name in ("first_name", "last_name", "birth_name")]
    columns = [
        pa.array(range(whole.num_rows), pa.int64()),
        pa.chunked_array(numbers),
        whole["external_id"],
        whole["employee_number"],
        email_key(whole["email"]),
        pc.binary_join_element_wise(*folded, "|"),
    ]
    return pa.table(columns, schema=KEPT)


def _identified(connection_no: int | None, external_id: str | None, row: int | None) -> tuple[Any, ...]:
    """Who somebody is: by the provider's id, or by the place in the list where the provider sent none."""
    return (connection_no, external_id, row if external_id is None else None)


def _once(people: Iterable[Person]) -> list[Person]:
    """Each person once, in the order of connections and ids; two rows without an id are two people."""
    first: dict[tuple[Any, ...], Person] = {}
    for one in people:
        first.setdefault((one.account_no, *_identified(one.connection_no, one.external_id, one.row)), one)
    return sorted(first.values(), key=lambda one: (one.connection_no or 0, one.external_id or "", one.account_no or 0, one.row or 0))


def _named(people: Sequence[Person], facts: Sequence[Facts], lists: dict[int, pa.Table]) -> list[Facts]:
    """The facts with the names of people without an account, as their list has them; None where it is not at hand."""
    sought = {(one.connection_no, one.external_id) for one in people}
    values: dict[tuple[Any, ...], Facts] = {}
    for number, table in lists.items():
        for row in table.to_pylist():
            if (number, row["external_id"]) in sought:
                named = {name: row[name] for name in NAMES}
                values.setdefault(_identified(number, row["external_id"], row["row"]), named)
    return [
        told if told["is_linked"] else {**told, **values.get(_identified(one.connection_no, one.external_id, one.row), {})}
        for one, told in zip(people, facts, strict=True)
    ]
