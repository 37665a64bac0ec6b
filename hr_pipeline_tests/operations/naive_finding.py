"""Who is meant among people without an account, found the slow way: every list read whole, everybody compared in Python.

What the fast way must not lose. May import: `hr_pipeline`.
"""

from typing import Any

from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.snapshots import kept_snapshot, newest_snapshot
from hr_pipeline.domain.text import email_folded, folded
from hr_pipeline.domain.whom import Whom, whom
from hr_pipeline.operations.kept_people import listed_people
from hr_pipeline.operations.workplace import Workplace

NAMES = ("external_id", "employee_number", "first_name", "last_name", "birth_name", "email")


def without_account(work: Workplace) -> list[dict[str, Any]]:
    """Everybody in the newest list of each connection who is linked to no account, by what was sent, with `connection_id`."""
    with work.store.opened() as database:
        kept = []
        for stored in stored_connections(database):
            run = database.value("SELECT snapshot_id FROM sync_run WHERE run_no = ?", [stored.last_listed_run_no])
            snapshot = kept_snapshot(database, run) if run else newest_snapshot(database, stored.number)
            kept += [(stored, snapshot)] if snapshot else []
        linked = {(row["connection_no"], row["external_id"]) for row in database.rows("FROM link")}
    return [
        {**one, "connection_id": stored.connection_id}
        for stored, snapshot in kept
        for one in listed_people(work, (stored, snapshot), NAMES).to_pylist()
        if (stored.number, one["external_id"]) not in linked
    ]


def naively_found(people: list[dict[str, Any]], typed: str) -> set[tuple[str, str | None, str | None]]:
    """(Connection, external id, last name) of those whom what was typed means."""
    who = whom(typed)
    return {(one["connection_id"], one["external_id"], one["last_name"]) for one in people if _is_meant(one, who)}


def _is_meant(one: dict[str, Any], who: Whom) -> bool:
    if who.text in (one["external_id"], one["employee_number"]):
        return True
    if who.email_key is not None and one["email"] and email_folded(one["email"]) == who.email_key:
        return True
    if who.name is None:
        return False
    first, last, birth = (folded(one[name] or "") for name in ("first_name", "last_name", "birth_name"))
    whole = who.name in (first, last, birth, first + last, last + first)
    return whole or (bool(who.words) and all(word in f"{first}|{last}|{birth}" for word in who.words))
