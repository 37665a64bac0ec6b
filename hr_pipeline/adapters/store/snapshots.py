"""The registry of kept snapshots: which landing file holds what, of when. The files themselves are `adapters.landing`'s.

May import: `domain`, `database`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.repeating import repeated_id


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One complete pull of one connection, kept as it came. `bytes` as received, `pull_seconds` until the last page was there."""

    snapshot_id: str
    connection_no: int
    date: date
    pulled_at: datetime
    content_hash: str
    pages: int
    employees: int
    pay_records: int
    components: int
    bytes: int
    pull_seconds: float | None = None


_COLUMNS = ", ".join(f.name for f in fields(Snapshot))
_SCHEMA = pa.schema(
    [
        ("snapshot_id", pa.string()),
        ("connection_no", pa.int32()),
        ("date", pa.date32()),
        ("pulled_at", pa.timestamp("us", "UTC")),
        ("content_hash", pa.string()),
        ("pages", pa.int32()),
        ("employees", pa.int32()),
        ("pay_records", pa.int32()),
        ("components", pa.int32()),
        ("bytes", pa.int64()),
        ("pull_seconds", pa.float64()),
    ]
)
_ASKED = pa.schema([("connection_no", pa.int32()), ("date", pa.date32())])


def add_snapshots(database: Database, snapshots: Sequence[Snapshot]) -> None:
    """Register landed snapshots."""
    rows = [{name: getattr(one, name) for name in _SCHEMA.names} for one in snapshots]
    with database.with_frame("snapshot_in", pa.Table.from_pylist(rows, schema=_SCHEMA)):
        database.run("INSERT INTO snapshot BY NAME FROM snapshot_in")


def kept_snapshots(database: Database, asked: Sequence[tuple[int, date]]) -> dict[tuple[int, date], Snapshot]:
    """The newest snapshot kept of each connection (by its number) on each day asked for; what has none is left out."""
    given = pa.Table.from_pylist([{"connection_no": number, "date": on} for number, on in asked], schema=_ASKED)
    with database.with_frame("snapshot_asked", given):
        rows = database.rows(
            f"SELECT {_COLUMNS} FROM snapshot SEMI JOIN snapshot_asked USING (connection_no, date) "
            "QUALIFY row_number() OVER (PARTITION BY connection_no, date ORDER BY pulled_at DESC) = 1"
        )
    return {(row["connection_no"], row["date"]): Snapshot(**row) for row in rows}


def first_kept_day(database: Database, connection_nos: Sequence[int]) -> date | None:
    """The first day of which a snapshot of any of these connections is kept."""
    found: date | None = database.value(
        "SELECT min(date) FROM snapshot WHERE connection_no IN (SELECT unnest(?::INTEGER[]))", [list(connection_nos)]
    )
    return found


def first_kept_days(database: Database, connection_nos: Sequence[int]) -> dict[int, date]:
    """The first day of which a snapshot of each of these connections is kept; those without any are left out."""
    asked = "SELECT connection_no, min(date) AS first FROM snapshot WHERE connection_no IN (SELECT unnest(?::INTEGER[])) GROUP BY ALL"
    return {row["connection_no"]: row["first"] for row in database.rows(asked, [list(connection_nos)])}


def kept_snapshot(database: Database, snapshot_id: str) -> Snapshot:
    """One snapshot by its id.

    Raises:
        Refusal: `UNKNOWN_SNAPSHOT`.
    """
    rows = database.rows(f"SELECT {_COLUMNS} FROM snapshot WHERE snapshot_id = ?", [snapshot_id])
    if not rows:
        raise Refusal(Code.UNKNOWN_SNAPSHOT, snapshot=repeated_id(snapshot_id))
    return Snapshot(**rows[0])


def snapshots_of(database: Database, snapshot_ids: Sequence[str]) -> dict[str, Snapshot]:
    """Kept snapshots by id; those that are struck are left out."""
    rows = database.rows(f"SELECT {_COLUMNS} FROM snapshot WHERE snapshot_id IN (SELECT unnest(?::VARCHAR[]))", [list(snapshot_ids)])
    return {row["snapshot_id"]: Snapshot(**row) for row in rows}


def newest_snapshot(database: Database, connection_no: int) -> Snapshot | None:
    """The snapshot pulled last, if any is kept."""
    rows = database.rows(
        f"SELECT {_COLUMNS} FROM snapshot WHERE connection_no = ? ORDER BY pulled_at DESC LIMIT 1",
        [connection_no],
    )
    return Snapshot(**rows[0]) if rows else None


def listed_snapshots(database: Database, connection_id: str | None = None) -> list[dict[str, Any]]:
    """Kept snapshots, newest first, with the ids of the sync runs that used them."""
    return database.rows(statement("snapshots_listed"), {"connection_id": connection_id})


def forget_snapshots(database: Database, before: date) -> list[tuple[str, str]]:
    """Strike snapshots of days before a date from the registry; returns (connection id, snapshot id) of the files to delete."""
    with database.transaction():
        rows = database.rows(
            "SELECT c.connection_id, s.snapshot_id FROM snapshot AS s JOIN connection AS c USING (connection_no) WHERE s.date < ?", [before]
        )
        database.run("DELETE FROM snapshot WHERE date < ?", [before])
    return [(row["connection_id"], row["snapshot_id"]) for row in rows]


def registered_snapshots(database: Database) -> set[str]:
    """Ids of all kept snapshots."""
    return {row["snapshot_id"] for row in database.rows("SELECT snapshot_id FROM snapshot")}


def all_snapshots(database: Database) -> list[tuple[str, str, str]]:
    """(connection id, snapshot id, content hash) of every kept snapshot."""
    rows = database.rows(
        "SELECT c.connection_id, s.snapshot_id, s.content_hash FROM snapshot AS s JOIN connection AS c USING (connection_no) ORDER BY ALL"
    )
    return [(row["connection_id"], row["snapshot_id"], row["content_hash"]) for row in rows]
