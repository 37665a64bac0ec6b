"""What stands and was told, the digests made of it, and how far each has come.

Not here: what a digest holds (`domain.attention`), sending (`adapters.attention`). May import: `domain`, `database`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.attention import Channel, Digest, Kind, Line
from hr_pipeline.domain.stored_params import restored, storable

_GIVEN = pa.schema(
    [
        ("key", pa.string()),
        ("kind", pa.string()),
        ("connection_id", pa.string()),
        ("code", pa.string()),
        ("reference", pa.string()),
        ("run_no", pa.int64()),
        ("since", pa.timestamp("us", "UTC")),
        ("next_attempt", pa.timestamp("us", "UTC")),
        ("times", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Given:
    """A matter that the store's tables alone don't say: a quarantine, a night that nothing ran. `key` tells it from others of its kind."""

    key: str
    kind: Kind
    connection_id: str | None = None
    code: str | None = None
    reference: str | None = None
    run_no: int | None = None
    since: datetime | None = None
    next_attempt: datetime | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Parcel:
    """A digest on its way by one channel. `next_at` is when it is due, `code` and `detail` why the last attempt failed."""

    digest_no: int
    channel: Channel
    attempts: int
    next_at: datetime
    made_at: datetime
    message_id: str
    digest: Digest
    code: str | None = None
    detail: dict[str, object] | None = None


def untold(database: Database, given: Sequence[Given]) -> list[Line]:
    """What stands and was not told, and the quarantines told that are over. Leaves the temporary table `concern` for `note_told`."""
    rows = [{name: _in_utc(getattr(one, name)) for name in _GIVEN.names} for one in given]
    with database.with_frame("concern_in", pa.Table.from_pylist(rows, schema=_GIVEN)):
        database.run(statement("concerns"))
    return [Line(**{**row, "kind": Kind(row["kind"])}) for row in database.rows(statement("concerns_untold"))]


def _in_utc(value: object) -> object:
    """Arrow takes the wall clock of a moment of another zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def note_told(database: Database, digest: Digest | None, channels: Sequence[Channel], now: datetime) -> None:
    """Keep what stands now as told, in one step with the digest that tells it and its way to each channel. Nothing is written when nothing changed."""
    gone = database.value("SELECT count(*) FROM told AS t ANTI JOIN concern AS n ON n.key = t.key")
    if digest is None and not gone:
        return
    with database.transaction():
        number = int(database.value("SELECT coalesce(max(digest_no), 0) + 1 FROM digest"))
        database.run("DELETE FROM told WHERE key NOT IN (SELECT key FROM concern)")
        if digest is not None:
            database.run(statement("concerns_told"), {"digest_no": number})
            document = json.dumps(digest.as_document())
            database.run("INSERT INTO digest VALUES (?, ?, ?, ?)", [number, now, uuid4().hex, document])
            for channel in channels:
                database.run("INSERT INTO digest_delivery VALUES (?, ?, 0, ?, NULL, NULL, NULL)", [number, channel, now])


def waiting_parcels(database: Database) -> list[Parcel]:
    """The next digest of each channel that has one under way."""
    return [
        Parcel(
            row["digest_no"],
            Channel(row["channel"]),
            row["attempts"],
            row["next_at"],
            row["made_at"],
            row["message_id"],
            Digest.from_document(json.loads(row["document"])),
            row["code"],
            restored(json.loads(row["detail"])) if row["detail"] else None,
        )
        for row in database.rows(statement("deliveries_due"))
    ]


def is_waiting(database: Database, parcel: Parcel) -> bool:
    """Whether a digest still waits as it did when it was read: not sent meanwhile, nor dropped with its channel."""
    same = "digest_no = ? AND channel = ? AND attempts = ? AND next_at IS NOT NULL"
    return bool(database.value(f"SELECT count(*) FROM digest_delivery WHERE {same}", [parcel.digest_no, parcel.channel, parcel.attempts]))


def note_attempt(database: Database, parcel: Parcel, next_at: datetime) -> None:
    """An attempt begins: if nothing more is heard of it, the next one is then."""
    database.run(
        "UPDATE digest_delivery SET attempts = attempts + 1, next_at = ? WHERE digest_no = ? AND channel = ?",
        [next_at, parcel.digest_no, parcel.channel],
    )


def note_arrived(database: Database, digest_no: int, channel: Channel, at: datetime) -> None:
    """A digest has arrived; it is never sent by this channel again."""
    database.run(
        "UPDATE digest_delivery SET next_at = NULL, sent_at = ?, code = NULL, detail = NULL WHERE digest_no = ? AND channel = ?",
        [at, digest_no, channel],
    )


def note_failed(database: Database, digest_no: int, channel: Channel, code: str, params: dict[str, object]) -> None:
    """Why a digest has not arrived; when it is sent again was said when the attempt began."""
    database.run(
        "UPDATE digest_delivery SET code = ?, detail = ? WHERE digest_no = ? AND channel = ? AND next_at IS NOT NULL",
        [code, json.dumps(storable(params)), digest_no, channel],
    )


def drop_channels(database: Database, kept: Sequence[Channel]) -> None:
    """Nothing waits for a channel that is no longer set: switched on again, it would tell of long ago."""
    gone = "FROM digest_delivery WHERE next_at IS NOT NULL AND NOT list_contains(?::VARCHAR[], channel)"
    if database.value(f"SELECT count(*) {gone}", [list(kept)]):
        database.run(f"DELETE {gone}", [list(kept)])


def listed_digests(database: Database, limit: int) -> list[dict[str, Any]]:
    """The newest digests, newest first, with how far each has come by each channel."""
    return database.rows(statement("digests_listed"), {"limit": limit})
