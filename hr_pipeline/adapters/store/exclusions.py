"""People a company leaves out of synchronisation: who said so, why and until when. No data of the person beside the provider's id.

May import: `domain`, `database`, `connections`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Known:
    """What an exclusion meets: whether any sync has seen the id, whose account freezes, and the conflict that closes at the next sync."""

    is_known: bool
    account_id: str | None = None
    conflict_id: int | None = None


def exclude(
    database: Database, connection_id: str, external_id: str, *, owner: str, reason: str, until: date | None, now: datetime
) -> Known:
    """Leave an employee out from the next sync on; excluding somebody again replaces reason and expiry.

    Whom no sync of the connection has seen is left out all the same: they may be listed one day. What looks like an e-mail address is
    refused then, since an exclusion holds nothing of a person beside the provider's id.

    Args:
        database: The store.
        connection_id: Connection whose provider lists the employee.
        external_id: The provider's id; it need not be listed yet.
        owner: Who says so.
        reason: Why, in words for whoever reads it later.
        until: Last day, inclusive; None until somebody includes them again.
        now: When.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `INVALID_DATE` for an expiry in the past, `INVALID_SETTING` for an address in the id's place.
    """
    number = stored_connection(database, connection_id).number
    if until is not None and until < database.value("SELECT $now::DATE", {"now": now}):
        raise Refusal(Code.INVALID_DATE, date=until.isoformat(), expected="today or later")
    known = _known(database, number, external_id)
    if "@" in external_id and not known.is_known:
        raise Refusal(Code.INVALID_SETTING, setting="EXTERNAL_ID", expected="the provider's id, not an e-mail address")
    with database.transaction():
        leave_out(database, number, external_id, owner=owner, reason=reason, until=until, now=now)
    return known


def leave_out(
    database: Database, connection_no: int, external_id: str, *, owner: str, reason: str, until: date | None, now: datetime
) -> None:
    """`exclude`, inside the caller's transaction."""
    _end(database, connection_no, external_id, now)
    database.run(
        "INSERT INTO exclusion BY NAME SELECT (SELECT coalesce(max(exclusion_no), 0) + 1 FROM exclusion) AS exclusion_no, ? AS connection_no,"
        " ? AS external_id, ? AS owner, ? AS reason, ? AS created_at, ? AS until",
        [connection_no, external_id, owner, reason, now, until],
    )


def include(database: Database, connection_id: str, external_id: str, now: datetime) -> None:
    """Take an employee in again from the next sync on.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, or `NOT_EXCLUDED` when nobody of that id is excluded.
    """
    number = stored_connection(database, connection_id).number
    with database.transaction():
        if not _end(database, number, external_id, now):
            raise Refusal(Code.NOT_EXCLUDED, connection=connection_id, employee=external_id)


def exclusions(database: Database, connection_id: str | None) -> list[dict[str, Any]]:
    """Exclusions in force, oldest first, with the account that each freezes (null: nobody is linked)."""
    if connection_id is not None:
        stored_connection(database, connection_id)
    return database.rows(
        "SELECT c.connection_id, x.external_id, x.owner, x.reason, x.created_at, x.until, l.account_no IS NOT NULL AS frozen,"
        " CASE WHEN l.account_no IS NOT NULL THEN 'a' || l.account_no END AS account_id FROM exclusion AS x JOIN connection AS c USING (connection_no)"
        " LEFT JOIN link AS l ON l.connection_no = x.connection_no AND l.external_id = x.external_id"
        " WHERE x.ended_at IS NULL AND (x.until IS NULL OR x.until >= current_date) AND ($id IS NULL OR c.connection_id = $id) ORDER BY x.exclusion_no",
        {"id": connection_id},
    )


def _known(database: Database, number: int, external_id: str) -> Known:
    asked: dict[str, object] = {"number": number, "id": external_id}
    account_no = database.value("SELECT account_no FROM link WHERE connection_no = $number AND external_id = $id", asked)
    conflict_no = database.value(
        "SELECT min(conflict_no) FROM conflict WHERE connection_no = $number AND external_id = $id AND state <> 'closed'", asked
    )
    seen = account_no is not None or database.value(
        "SELECT EXISTS (FROM link_ended WHERE connection_no = $number AND external_id = $id) OR EXISTS ("
        " FROM outcome JOIN sync_run USING (run_no) WHERE connection_no = $number AND external_id = $id)",
        asked,
    )
    return Known(bool(seen), f"a{account_no}" if account_no is not None else None, conflict_no)


def _end(database: Database, number: int, external_id: str, now: datetime) -> bool:
    ended = database.rows(
        "SELECT exclusion_no FROM exclusion WHERE connection_no = ? AND external_id = ? AND ended_at IS NULL", [number, external_id]
    )
    database.run(
        "UPDATE exclusion SET ended_at = ? WHERE connection_no = ? AND external_id = ? AND ended_at IS NULL", [now, number, external_id]
    )
    return bool(ended)
