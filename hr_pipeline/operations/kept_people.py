"""People of a kept snapshot by their own values, for whoever asks a command for names: the two sides of a conflict, who was turned away, who is sought.

Values are what the provider sent, under the platform's names: of people whose data can't be used too. They go to the terminal or the file of
who asked, and nowhere else. May import: `adapters`, `domain`, this room.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.adapters.landing import landed_pages, landing_path
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.adapters.store.connections import StoredConnection, stored_connection
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.listed_rows import account_values, rows_of_conflict, rows_without_account
from hr_pipeline.adapters.store.snapshots import Snapshot, kept_snapshot
from hr_pipeline.domain.columns import mapped_columns
from hr_pipeline.domain.fields import ACCOUNT_FIELDS, Group
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.workplace import Workplace

Values = dict[str, Any]
Kept = tuple[StoredConnection, Snapshot]

_ESCAPED_ASCII = re.compile(rb"\\u00[2-7]", re.IGNORECASE)  # JSON may write any letter so
_PLAIN = re.compile(r"[\w.:-]+", re.ASCII)  # what JSON writes as it is, if it is not escaped so
_FEW = 20  # ids looked for in the pages of a list; for more of them it is read whole
_WHAT_AN_OUTCOME_SAYS = ("external_id", "outcome", "code", "field", "rule")


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a question by their values.

    Attributes:
        date: Of the list it was asked from last; None when no run asked it.
        listed: The employee, or several who share an id, then those who share what a duplicate is about; each with `external_id`. None
            when that list is no longer kept.
        accounts: Field values by account id.
    """

    date: date | None
    listed: list[Values] | None
    accounts: dict[str, Values]


def sides_of(work: Workplace, conflict_no: int, account_ids: Sequence[str], others: Sequence[str] = ()) -> Sides:
    """The values that a conflict weighs, of its employee and its candidates.

    Args:
        work: Where.
        conflict_no: As `conflicts` lists it.
        account_ids: The candidates.
        others: External ids of other employees it is about.

    Raises:
        Refusal: `STORE_UNREADABLE`, `STORE_KEY_REFUSED` when the kept file can't be read.
    """
    with work.store.opened() as database:
        accounts = account_values(database, account_ids)
        asked = rows_of_conflict(database, conflict_no, others)
        kept = _kept(work, database, asked.connection_id, asked.snapshot_id) if asked else None
    if asked is None or kept is None:
        return Sides(asked.date if asked else None, None, accounts)
    found = _people(work, kept, list(asked.external_ids))
    listed = [{"external_id": external_id, **found[row]} for row, external_id in asked.external_ids.items() if row in found]
    return Sides(asked.date, listed, accounts)


def named_outcomes(work: Workplace, run: Values, outcomes: Sequence[Values]) -> list[Values]:
    """Outcomes with the first and last name of people without an account, as their list has them; empty when it is no longer kept.

    Args:
        work: Where.
        run: The run, as `reports.sync_runs` tells it.
        outcomes: Of that run, as `reports.outcomes` tells them with names.

    Raises:
        Refusal: `STORE_UNREADABLE`, `STORE_KEY_REFUSED` when the kept file can't be read.
    """
    if all(one["account_id"] for one in outcomes):
        return list(outcomes)
    with work.store.opened() as database:
        turned_away = rows_without_account(database, int(run["sync_run_id"][1:]))
        kept = _kept(work, database, run["connection_id"], run["snapshot_id"])
    if kept is None:
        return list(outcomes)
    found = _people(work, kept, [one["row"] for one in turned_away])
    names = defaultdict[tuple[Any, ...], list[Values]](list)
    for one in turned_away:
        person = found.get(one["row"], {})
        names[_said_of(one)].append({name: person.get(name) for name in ("first_name", "last_name")})
    # People whom outcome and id don't tell apart (two of one id) are told in the list's order.
    return [{**one, **names[_said_of(one)].pop(0)} if one["account_id"] is None and names[_said_of(one)] else one for one in outcomes]


@dataclass(frozen=True, slots=True)
class Among:
    """Whom to read of a list: those who are in it for certain, and those who may be."""

    there: frozenset[str]
    perhaps: frozenset[str]

    @property
    def is_few(self) -> bool:
        """Whether their ids can be looked for in the pages as they came."""
        ids = self.there | self.perhaps
        return len(ids) <= _FEW and all(_PLAIN.fullmatch(one) for one in ids)


def listed_people(work: Workplace, kept: Kept, names: Sequence[str], among: Among | None = None, mentioned: str | None = None) -> pa.Table:
    """People of a kept snapshot: `row`, and platform fields of the identity as they were sent.

    Of a few people only the pages are decoded in which their ids stand. Where that does not bring back everybody who must be there (ids
    that are made of something else, pages that can't be understood alone), everybody is read.

    Args:
        work: Where.
        kept: The snapshot.
        names: Platform fields, `external_id` among them.
        among: Whom to read for certain; more may come, and then `row` is their place in the list. None: everybody.
        mentioned: Nobody is read unless this ASCII text may stand somewhere, whatever its case.

    Raises:
        Refusal: `STORE_UNREADABLE`, `STORE_KEY_REFUSED` when the kept file can't be read; `PROVIDER_CHANGED`.
    """
    if among is not None and among.is_few and _has_own_ids(work, kept[0]):
        few = _few_people(work, kept, names, among, mentioned)
        if few is not None:
            return few
    if mentioned is not None and not _may_mention(_pages(work, kept), mentioned):
        return _nobody(names)
    return _values(kept[0], _identity(work, kept), names)


def _has_own_ids(work: Workplace, stored: StoredConnection) -> bool:
    """Whether people are known by what their provider knows them by, and not by a field that somebody chose instead."""
    usual = work.providers[stored.connection.provider].default_mapping
    return stored.mapping.rules.get("external_id") == usual.rules["external_id"]


def _few_people(work: Workplace, kept: Kept, names: Sequence[str], among: Among, mentioned: str | None) -> pa.Table | None:
    """A few people of a list, from the pages in which their ids stand; None when somebody who must be there is not."""
    ids = sorted(among.there | among.perhaps)
    sought = [one.encode() for one in ids]
    pages = [page for page in _pages(work, kept) if any(one in page.body for one in sought) or _ESCAPED_ASCII.search(page.body)]
    if not all(any(one.encode() in page.body for page in pages) for one in among.there):
        return None
    if mentioned is not None and not _may_mention(pages, mentioned):
        return _nobody(names)
    try:
        everybody = _values(kept[0], _flattened(work, kept, pages), names)
    except Refusal:
        return None
    found = everybody.filter(pc.is_in(everybody["external_id"], value_set=pa.array(ids, pa.string())))
    return found if among.there <= set(found["external_id"].to_pylist()) else None


def _may_mention(pages: Iterable[Page], text: str) -> bool:
    sought = text.lower().encode()
    return any(sought in page.body.lower() or _ESCAPED_ASCII.search(page.body) for page in pages)


def _nobody(names: Sequence[str]) -> pa.Table:
    return pa.schema([("row", pa.int64()), *((name, pa.string()) for name in names)]).empty_table()


def _said_of(outcome: Values) -> tuple[Any, ...]:
    return tuple(outcome[name] for name in _WHAT_AN_OUTCOME_SAYS)


def _kept(work: Workplace, database: Database, connection_id: str, snapshot_id: str | None) -> Kept | None:
    """A snapshot with its connection, if its file is still there."""
    if snapshot_id is None:
        return None
    try:
        snapshot = kept_snapshot(database, snapshot_id)
    except Refusal:
        return None
    is_there = landing_path(work.home, connection_id, snapshot_id).exists()
    return (stored_connection(database, connection_id), snapshot) if is_there else None


def _people(work: Workplace, kept: Kept, rows: Sequence[int]) -> dict[int, Values]:
    """The account's fields of some people of a snapshot, by their place in the list; None where nothing was sent."""
    identity = _identity(work, kept)
    wanted = _values(kept[0], identity.filter(pc.is_in(identity["row"], value_set=pa.array(rows, pa.int64()))), ACCOUNT_FIELDS)
    columns = {name: wanted[name].to_pylist() for name in ACCOUNT_FIELDS}
    return {row: {name: values[place] for name, values in columns.items()} for place, row in enumerate(wanted["row"].to_pylist())}


def _identity(work: Workplace, kept: Kept) -> pa.Table:
    """Everybody of a kept snapshot, as the provider's own fields."""
    return _flattened(work, kept, _pages(work, kept))


def _flattened(work: Workplace, kept: Kept, pages: Iterable[Page]) -> pa.Table:
    stored, snapshot = kept
    return work.providers[stored.connection.provider].frames(stored.connection_id, pages, snapshot.date).identity


def _pages(work: Workplace, kept: Kept) -> Iterator[Page]:
    stored, snapshot = kept
    return landed_pages(landing_path(work.home, stored.connection_id, snapshot.snapshot_id), work.store.key, snapshot.content_hash)


def _values(stored: StoredConnection, identity: pa.Table, names: Sequence[str]) -> pa.Table:
    """`row` and some platform fields as they were sent."""
    rules = stored.mapping.of_group(Group.IDENTITY)
    sent = mapped_columns(identity, {name: rule for name, rule in rules.items() if name in names})
    columns = {name: sent[name].text if name in sent else pa.nulls(identity.num_rows, pa.string()) for name in names}
    return pa.table({"row": identity["row"], **columns})
