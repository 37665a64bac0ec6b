"""Who is synchronising which connection: one at a time, freed when the holder ends or is killed.

A lease is a row with the holder's process; a row whose process is gone counts for nothing, so the next start needs no person.
May import: `domain`, `processes`, `database`, `engine`.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from hr_pipeline.adapters.processes import Process, this_process
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.engine import room_for_stores
from hr_pipeline.domain.refusals import Transient


@dataclass(frozen=True, slots=True)
class Lease:
    """A connection in use. `holder` is the id of the attempt that has it; `pid`, `pid_started` and `boot` are its process."""

    connection_no: int
    holder: str
    pid: int
    pid_started: float
    dagster_run_id: str | None
    acquired_at: datetime
    boot: str | None

    @property
    def is_alive(self) -> bool:
        """Whether the very process that took it still runs."""
        return Process(self.pid, self.pid_started, self.boot).lives


def take_leases(
    database: Database, connection_nos: Sequence[int], holder: str, dagster_run_id: str | None, now: datetime
) -> dict[int, Lease]:
    """Take the connections that nobody holds; returns the leases of the others, by connection number."""
    with database.transaction():
        leases = _leases(database)
        for dead in {lease.holder for lease in leases if not lease.is_alive}:
            release_leases(database, dead)
        held = {lease.connection_no: lease for lease in leases if lease.is_alive}
        free = [number for number in connection_nos if number not in held]
        process = this_process()
        rows = pa.table(
            {
                "connection_no": pa.array(free, pa.int32()),
                "holder": pa.array([holder] * len(free), pa.string()),
                "pid": pa.array([process.pid] * len(free), pa.int32()),
                "pid_started": pa.array([process.started] * len(free), pa.float64()),
                "boot": pa.array([process.boot] * len(free), pa.string()),
                "dagster_run_id": pa.array([dagster_run_id] * len(free), pa.string()),
                "acquired_at": pa.array([now] * len(free), pa.timestamp("us", "UTC")),
            }
        )
        with database.with_frame("lease_in", rows):
            database.run("INSERT INTO lease BY NAME FROM lease_in")
    return {number: held[number] for number in connection_nos if number in held and held[number].holder != holder}


def give_back(database: Database, holder: str) -> None:
    """Give back what an attempt holds whose work is durable: on a full disk its leases stay until its process ends, and nothing failed."""
    with suppress(Transient), room_for_stores():
        release_leases(database, holder)


def release_leases(database: Database, holder: str) -> None:
    """Give back everything an attempt holds."""
    database.run("DELETE FROM lease WHERE holder = ?", [holder])


def held_leases(database: Database) -> list[Lease]:
    """Leases of living processes."""
    return [lease for lease in _leases(database) if lease.is_alive]


def _leases(database: Database) -> list[Lease]:
    return [Lease(**row) for row in database.rows("SELECT * FROM lease")]
