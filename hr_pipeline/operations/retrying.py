"""Connections that failed for a reason that may pass, and nights that nobody ran: when each is tried again.

Told from the sync runs alone, so that nothing has to be kept in step and one success ends it. May import: `adapters`, `domain`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.codes import Code
from hr_pipeline.operations.workplace import BRUSSELS

MAY_PASS = (Code.PROVIDER_UNAVAILABLE, Code.SNAPSHOT_INCOMPLETE, Code.DISK_FULL, Code.STORE_LOCKED, Code.INTERNAL_ERROR)
PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))  # after the first, second and third failure in a row
NIGHT = time(3, 30)  # of the nightly schedule, in Brussels
GRACE = timedelta(hours=1)  # the night's own run comes first


@dataclass(frozen=True, slots=True)
class Failing:
    """A connection whose last syncs failed. After the last pause it is in quarantine: only the nights try it, until one goes through."""

    connection_id: str
    sync_run_id: str
    run_no: int
    code: str
    failures: int
    since: date
    last_at: datetime

    @property
    def in_quarantine(self) -> bool:
        """Whether only the nightly run tries it."""
        return self.failures > len(PAUSES)

    @property
    def next_attempt(self) -> datetime:
        """When it is tried again."""
        return next_night(self.last_at) if self.in_quarantine else self.last_at.astimezone(UTC) + PAUSES[self.failures - 1]

    def as_row(self) -> dict[str, Any]:
        """For a listing: with the next attempt in Brussels' time."""
        return {
            "connection": self.connection_id,
            "code": self.code,
            "failures": self.failures,
            "since": self.since,
            "next attempt": f"{self.next_attempt.astimezone(BRUSSELS):%Y-%m-%d %H:%M}",
            "quarantine": "yes" if self.in_quarantine else "",
        }


def failing(database: Database) -> list[Failing]:
    """Every connection that waits for its next attempt."""
    rows = database.rows(statement("failing"), {"codes": [code.value for code in MAY_PASS]})
    return [Failing(**row) for row in rows]


def missed(database: Database, now: datetime) -> tuple[date, list[str]]:
    """The last night that should be over by now, and the active connections that nothing has tried since it was due."""
    night = last_night(now - GRACE)
    rows = database.rows(statement("not_synced_since"), {"since": night})
    return night.astimezone(BRUSSELS).date(), [row["connection_id"] for row in rows]


def last_night(at: datetime) -> datetime:
    """When the last night run was due, at a moment."""
    local = at.astimezone(BRUSSELS)
    due = datetime.combine(local.date(), NIGHT, BRUSSELS)
    return due if due <= local else datetime.combine(local.date() - timedelta(days=1), NIGHT, BRUSSELS)


def next_night(at: datetime) -> datetime:
    """When the next night run is due, from a moment."""
    local = at.astimezone(BRUSSELS)
    due = datetime.combine(local.date(), NIGHT, BRUSSELS)
    return due if due > local else datetime.combine(local.date() + timedelta(days=1), NIGHT, BRUSSELS)
