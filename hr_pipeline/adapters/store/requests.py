"""Syncs that were asked for and that a running deployment picks up: who waits, which run serves them, when it started and ended.

Requests for the same days are served together, as a batch; its number is what makes a run happen exactly once. May import: `database`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests that one run serves: connections, and the past days to replay (None: today, afresh). `requested_at` is of the first of them."""

    batch_no: int
    requested_at: datetime
    connection_ids: tuple[str, ...]
    first_date: date | None
    last_date: date | None
    dagster_run_id: str | None

    @property
    def key(self) -> str:
        """What it is called outside the store: a restored store counts on from an older number, but not from an older moment."""
        return f"request-{self.batch_no}-{self.requested_at.astimezone(UTC):%Y%m%d%H%M%S}"


class Unserved(StrEnum):
    """What becomes of a request whose run has ended without a sync run of its connection."""

    ENDS = "ends"
    WAITS = "waits"  # for a batch, as if nobody had taken it
    STAYS = "stays"  # in its batch, which another run serves


@dataclass(frozen=True, slots=True)
class Served:
    """How far the run of a batch is; `run_ids` are all that were started for it."""

    batch_no: int
    dagster_run_id: str
    started_at: datetime | None
    ended_at: datetime | None
    unserved: Unserved = Unserved.ENDS
    run_ids: tuple[str, ...] = ()


def add_requests(database: Database, connection_nos: Sequence[int], days: tuple[date, date] | None, by: str, now: datetime) -> None:
    """Queue a request for each connection that has none under way for the same days. Inside the caller's transaction.

    One of today is under way until there is the sync run that it asked for, not until the Dagster run with all the others has ended.
    """
    first, last = days or (None, None)
    database.run(statement("requests_served"), {"connections": list(connection_nos)})
    database.run(statement("requests_added"), {"connections": list(connection_nos), "first": first, "last": last, "by": by, "now": now})


def requests_of(database: Database, connection_nos: Sequence[int], days: tuple[date, date] | None) -> list[dict[str, Any]]:
    """The request under way of each connection for these days."""
    first, last = days or (None, None)
    return database.rows(statement("requests_under_way"), {"connections": list(connection_nos), "first": first, "last": last})


def listed_requests(database: Database, limit: int) -> list[dict[str, Any]]:
    """The newest requests, newest first: their state, how long each waited for its run, and what came of it.

    `sync_run_ids` are the sync runs that the run has made of the connection; `status` is the worst of theirs once it has ended, None when it left none.
    """
    return database.rows(statement("requests_listed"), {"limit": limit})


def take_requests(database: Database, about_to_run: Mapping[str, Sequence[str]] | None = None) -> None:
    """Put those who wait into batches, one for each span of days.

    Args:
        database: The store.
        about_to_run: Dagster run → connections that it is about to synchronise today, whoever started it: requests of theirs are its.
    """
    with database.transaction():
        for run_id, connection_ids in (about_to_run or {}).items():
            database.run(statement("requests_attached"), {"run": run_id, "connections": list(connection_ids)})
        database.run(statement("requests_taken"))


def open_batches(database: Database) -> list[Batch]:
    """Batches whose run has not ended, oldest first."""
    rows = database.rows(statement("request_batches"))
    return [
        Batch(row["batch_no"], row["requested_at"], tuple(row["ids"]), row["first_date"], row["last_date"], row["dagster_run_id"])
        for row in rows
    ]


def note_served(database: Database, served: Mapping[int, Served]) -> None:
    """Keep which run serves each batch, when it started and ended, and what becomes of those it did not serve. What has ended stays as it is."""
    with database.transaction():
        for one in served.values():
            database.run(
                "UPDATE sync_request SET dagster_run_id = ?, started_at = ? WHERE batch_no = ? AND ended_at IS NULL",
                [one.dagster_run_id, one.started_at, one.batch_no],
            )
            if one.ended_at:
                runs = [one.dagster_run_id, *one.run_ids]
                given = {"batch": one.batch_no, "ended": one.ended_at, "all": one.unserved is Unserved.ENDS, "runs": runs}
                database.run(statement("requests_ended"), given)
                kept = "batch_no" if one.unserved is Unserved.STAYS else "NULL"
                database.run(
                    f"UPDATE sync_request SET batch_no = {kept}, dagster_run_id = NULL, started_at = NULL WHERE batch_no = ? AND ended_at IS NULL",
                    [one.batch_no],
                )
