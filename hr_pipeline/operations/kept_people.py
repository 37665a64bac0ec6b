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
from hr_pipeline.domain.mapping import Transform
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.mentioning import Mentions, has_escaped_ascii
from hr_pipeline.operations.workplace import Workplace

Values = dict[str, Any]
Kept = tuple[StoredConnection, Snapshot]

_PLAIN = re.compile(r"[\w.:-]+", re.ASCII)  # what JSON writes as it is, if it is not escaped so
_FEW = 20  # ids looked for in the pages as they came; where there are more of them, most pages hold one
_HARMLESS = frozenset(
    {Transform.STRIP, Transform.LOWER, Transform.UPPER, Transform.TITLE}
)  # a text is the same afterwards, as texts are compared
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
    def ids(self) -> list[str]:
        """All of them."""
        return sorted(self.there | self.perhaps)


def listed_people(
    work: Workplace, kept: Kept, names: Sequence[str], among: Among | None = None, mentions: Mentions | None = None
) -> pa.Table:
    """People of a kept snapshot: `row`, and platform fields of the identity as they were sent.

    Args:
        work: Where.
        kept: The snapshot.
        names: Platform fields, `external_id` among them.
        among: Read nobody else; then `row` is no place in the list, since only pages that matter are decoded. None: everybody.
        mentions: Nobody need be read whom no page mentions.

    Raises:
        Refusal: `STORE_UNREADABLE`, `STORE_KEY_REFUSED` when the kept file can't be read; `PROVIDER_CHANGED`.
    """
    if among is not None and _are_as_sent(work, kept[0], names):
        some = _some_people(work, kept, names, among, mentions)
        if some is not None:
            return some
    if mentions is not None and not any(mentions(page) for page in _pages(work, kept)):
        return _nobody(names)
    return _values(kept[0], _identity(work, kept), names)


def _are_as_sent(work: Workplace, stored: StoredConnection, names: Sequence[str]) -> bool:
    """Whether people are known by what their provider knows them by, and the fields can be looked for as they came."""
    usual = work.providers[stored.connection.provider].default_mapping.rules["external_id"]
    rules = stored.mapping.rules
    return rules.get("external_id") == usual and all(_HARMLESS.issuperset(rules[name].transforms) for name in names if name in rules)


def _some_people(work: Workplace, kept: Kept, names: Sequence[str], among: Among, mentions: Mentions | None) -> pa.Table | None:
    """People of a list from the pages that matter; None when these pages can't be told, or not be understood by themselves."""
    pages = _pages_among(_pages(work, kept), among, kept[0].mapping.rules["external_id"].sources[0])
    if pages is None:
        return None
    telling = [page for page in pages if mentions is None or mentions(page)]
    if not telling:
        return _nobody(names)
    try:
        everybody = _values(kept[0], _flattened(work, kept, telling), names)
    except Refusal:
        return None
    found = everybody.filter(pc.is_in(everybody["external_id"], value_set=pa.array(among.ids, pa.string())))
    return found if mentions is not None or among.there.issubset(found["external_id"].to_pylist()) else None


def _pages_among(pages: Iterator[Page], among: Among, key: str) -> Iterable[Page] | None:
    """Pages on which any of a few ids stand, all pages for more ids; None when an id that must be there is written in another way."""
    if len(among.ids) > _FEW:
        return pages
    if not all(_PLAIN.fullmatch(one) for one in among.ids):
        return None
    sought = {one: (b'"%b":"%b"' % (key.encode(), one.encode()), one.encode()) for one in among.ids}
    as_own, anyhow = (set[str](), list[Page]()), (set[str](), list[Page]())
    for page in pages:
        here = {one for one, (_, text) in sought.items() if text in page.body}
        own = {one for one in here if sought[one][0] in page.body}
        for (found, holding), those in ((as_own, own), (anyhow, here)):
            found |= those
            if those or has_escaped_ascii(page):
                holding.append(page)
    # Others' rows may name somebody too: all of a company's name their manager. An id that stands alone as its field's value is the person's.
    return next((holding for found, holding in (as_own, anyhow) if among.there <= found and found == anyhow[0]), None)


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
