"""Who is meant by what somebody typed, where each of them stands, and their last outcomes; people without an account too. Read only.

Names of people without an account are in the kept lists alone: whoever reads those hands them in (`KEPT`). Not here: words
(`operations.explaining_people`). May import: `absences`, `connections`, `database`, `domain`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.store.absences import missing_people
from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.stored_params import restored
from hr_pipeline.domain.whom import Whom

# People of kept lists: `place` is the caller's, `names` is first|last|birth, folded.
KEPT = pa.schema(
    [
        ("place", pa.int64()),
        ("connection_no", pa.int32()),
        ("external_id", pa.string()),
        ("employee_number", pa.string()),
        ("email_key", pa.string()),
        ("names", pa.string()),
    ]
)
_WANTED = pa.schema(
    [
        ("place", pa.int64()),
        ("connection_no", pa.int32()),
        ("external_id", pa.string()),
        ("account_no", pa.int64()),
        ("row", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was found.

    Attributes:
        connection_no: Whose employee; None for an account that nobody is linked to.
        external_id: The provider's id; None where the provider sent none, or of such an account.
        account_no: Of an account that nobody is linked to.
        row: Place in the list, of somebody found there.
        is_id: An id or number means them, and not a name or address that others may have.
        is_exact: An id, number, address or full name means them, and not a part of a name.
        company: Its name.
        names: first|last, folded; empty where they are not at hand.
    """

    connection_no: int | None
    external_id: str | None
    account_no: int | None = None
    row: int | None = None
    is_id: bool = False
    is_exact: bool = False
    company: str = ""
    names: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ListKept:
    """The list in which a connection's people without an account are.

    Attributes:
        there: Ids of those who are in it; None where ids don't tell: somebody has none, or no sync has decided about the list.
        perhaps: Ids of those who may be in it besides.
    """

    connection_no: int
    connection_id: str
    snapshot_id: str
    there: frozenset[str] | None = None
    perhaps: frozenset[str] = frozenset()


def known_people(database: Database, who: Whom, connection_id: str | None) -> list[Person]:
    """People whom the store itself knows by what was typed."""
    database.run(statement("person_macros"))
    rows = database.rows(statement("people_known"), {**_typed(who), "account_no": who.account_no, "connection_id": connection_id})
    return [Person(**{**row, "company": row["company"] or "", "names": row["names"] or ""}) for row in rows]


def lists_of_people(database: Database, connection_id: str | None) -> list[ListKept]:
    """The lists that are to be read for people without an account; connections that have none are left out."""
    rows = database.rows(statement("lists_of_unlinked"), {"connection_id": connection_id})
    return [
        ListKept(
            row["connection_no"],
            row["connection_id"],
            row["snapshot_id"],
            None if row["there"] is None else frozenset(row["there"]),
            frozenset(row["perhaps"]),
        )
        for row in rows
    ]


def meant_of(database: Database, kept: pa.Table, who: Whom) -> dict[int, bool]:
    """Places of those of `KEPT` who have no account and whom what was typed means; beside each, whether exactly them."""
    database.run(statement("person_macros"))
    with database.with_frame("kept_person", kept):
        return {row["place"]: row["is_exact"] for row in database.rows(statement("people_kept"), _typed(who))}


def standings(database: Database, people: Sequence[Person], today: date, most: int) -> list[dict[str, Any]]:
    """What bears on where each person stands, with their newest `outcomes`, the `warnings` of the newest list, and what is known of who is `missing`.

    `missing_held` is the newest run, where it is held and its list lacks them; `taken_back` the conflict whose decision an undo took back.

    Args:
        database: The store.
        people: Who.
        today: Civil date.
        most: Runs to tell outcomes of.
    """
    wanted = [
        {"place": place, **{name: getattr(one, name) for name in _WANTED.names if name != "place"}} for place, one in enumerate(people)
    ]
    database.fill("person_wanted", pa.Table.from_pylist(wanted, schema=_WANTED))
    facts = database.rows(statement("people_standing"), {"today": today})
    told: dict[int, list[dict[str, Any]]] = {}
    for row in database.rows(statement("people_outcomes"), {"most": most}):
        told.setdefault(row["place"], []).append({name: row[name] for name in ("sync_run_id", "date", "outcome", "code", "field")})
    warned: dict[int, list[dict[str, Any]]] = {}
    for row in database.rows(statement("people_warned")):
        warned.setdefault(row["place"], []).append({name: row[name] for name in ("code", "field", "rule")})
    absent = {one["connection_id"] for one in facts if one["is_absent"] and one["is_linked"]}
    missing = {
        (one["connection_id"], one["external_id"]): one
        for connection_id in sorted(absent)
        for one in missing_people(database, today, connection_id, closed=True)
    }
    return [
        {
            **one,
            "outcomes": told.get(one["place"], []),
            "warnings": warned.get(one["place"], []),
            "missing": missing.get((one["connection_id"], one["external_id"])),
            "missing_held": _with_detail(one["missing_held"]),
        }
        for one in facts
    ]


def _with_detail(run: dict[str, Any] | None) -> dict[str, Any] | None:
    return {**run, "detail": restored(json.loads(run["detail"])) if run["detail"] else {}} if run else None


def _typed(who: Whom) -> dict[str, object]:
    return {"text": who.text, "email_key": who.email_key, "words": list(who.words), "name": who.name}
