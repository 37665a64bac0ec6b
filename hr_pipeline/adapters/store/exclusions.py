"""People a company leaves out of synchronisation: who said so, why and until when. No data of the person beside the provider's id.

May import: `domain`, `database`, `connections`.
"""

from datetime import date, datetime
from typing import Any

from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal


def exclude(
    database: Database, connection_id: str, external_id: str, *, owner: str, reason: str, until: date | None, now: datetime
) -> None:
    """Leave an employee out from the next sync on; excluding somebody again replaces reason and expiry.

    Args:
        database: The store.
        connection_id: Connection whose provider lists the employee.
        external_id: The provider's id; it need not be listed yet.
        owner: Who says so.
        reason: Why, in words for whoever reads it later.
        until: Last day, inclusive; None until somebody includes them again.
        now: When.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `INVALID_DATE` for an expiry in the past.
    """
    number = stored_connection(database, connection_id).number
    if until is not None and until < now.date():
        raise Refusal(Code.INVALID_DATE, date=until.isoformat(), expected="today or later")
    with database.transaction():
        _end(database, number, external_id, now)
        database.run(
            "INSERT INTO exclusion BY NAME SELECT (SELECT coalesce(max(exclusion_no), 0) + 1 FROM exclusion) AS exclusion_no, ? AS connection_no,"
            " ? AS external_id, ? AS owner, ? AS reason, ? AS created_at, ? AS until",
            [number, external_id, owner, reason, now, until],
        )


def include(database: Database, connection_id: str, external_id: str, now: datetime) -> None:
    """Take an employee in again from the next sync on.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, or `UNKNOWN_EMPLOYEE` when nobody of that id is excluded.
    """
    number = stored_connection(database, connection_id).number
    with database.transaction():
        if not _end(database, number, external_id, now):
            raise Refusal(Code.UNKNOWN_EMPLOYEE, connection=connection_id, employee=external_id)


def exclusions(database: Database, connection_id: str | None) -> list[dict[str, Any]]:
    """Exclusions in force, oldest first."""
    if connection_id is not None:
        stored_connection(database, connection_id)
    return database.rows(
        "SELECT connection_id, external_id, owner, reason, created_at, until FROM reporting.exclusions"
        " WHERE ended_at IS NULL AND (until IS NULL OR until >= current_date) AND ($id IS NULL OR connection_id = $id) ORDER BY exclusion_id",
        {"id": connection_id},
    )


def _end(database: Database, number: int, external_id: str, now: datetime) -> bool:
    ended = database.rows(
        "SELECT exclusion_no FROM exclusion WHERE connection_no = ? AND external_id = ? AND ended_at IS NULL", [number, external_id]
    )
    database.run(
        "UPDATE exclusion SET ended_at = ? WHERE connection_no = ? AND external_id = ? AND ended_at IS NULL", [now, number, external_id]
    )
    return bool(ended)
