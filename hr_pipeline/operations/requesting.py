"""Asking a running deployment for a sync: kept in the store, noticed by the sensor, served exactly once.

A bell (an empty file in the home) tells the sensor that there is something new, so that it need not open the store to find nothing. Another
file says that somebody looks: who asks is told when nobody does. May import: `adapters`, `domain`, this room.
"""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hr_pipeline.adapters.private_files import PartFile
from hr_pipeline.adapters.processes import Process, this_process
from hr_pipeline.adapters.store.connections import StoredConnection, stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.leases import Lease, held_leases
from hr_pipeline.adapters.store.requests import add_requests, requests_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.past_days import check_days
from hr_pipeline.operations.workplace import Workplace

LOOKS_SECONDS = 60  # the sensor looks every few seconds; a busy machine makes it late


@dataclass(frozen=True, slots=True)
class Requested:
    """What is asked for: connections (none named: all active ones), and past days to replay in place of a sync of today."""

    connection_ids: Sequence[str]
    days: tuple[date, date] | None = None
    by: str = ""


def request(work: Workplace, asked: Requested) -> list[dict[str, Any]]:
    """Queue a sync of each connection, or answer with the one that is queued or running already.

    Returns:
        `request_id, connection_id, from, to, state, requested_by, requested_at, dagster_run_id, daemon_running` of each; without a request
        id where a run that nobody requested (the night's, a command's) is synchronising the connection right now. Without a running daemon
        the others wait until one is started.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `DISCONNECTED`, `NOTHING_TO_DO`, `INVALID_DATE` for days that are not past or end before they begin,
            `SNAPSHOT_NOT_KEPT` for days before the first that anything is kept of.
    """
    _check_days(work, asked.days)
    with work.store.opened() as database:
        stored = _active(database, asked.connection_ids)
        if asked.days:
            check_days(database, [one.connection_id for one in stored], asked.days, work.today)
        running = {} if asked.days else _running(database, stored)
        numbers = [one.number for one in stored if one.connection_id not in running]
        ring(work)  # before it is there: who is killed in between has at worst rung for nothing, and nobody reads the store meanwhile
        with database.transaction():
            add_requests(database, numbers, asked.days, asked.by, work.clock())
        rows = requests_of(database, numbers, asked.days)
    looks = {"daemon_running": daemon_looks(work.home)}
    return [row | looks for row in (*rows, *running.values())]


def ring(work: Workplace) -> None:
    """Tell the deployment, running or to be started, that there is something new."""
    bell(work).touch(mode=0o600)


def bell(work: Workplace) -> Path:
    """The file whose time says when something was last asked for, or a company connected."""
    return work.home / "requests"


def note_look(home: Path) -> None:
    """Leave word that a deployment's sensor looks for requests, by its process and the time of a file. Some microseconds, at every tick."""
    file, process = _lookout(home), this_process().text
    with suppress(OSError):  # a full disk keeps no request waiting
        if file.exists() and file.read_text(encoding="ascii") == process:
            os.utime(file)
        else:
            part = PartFile(file)
            try:
                part.file.write(process.encode("ascii"))
                part.publish()
            except OSError:
                part.discard()


def daemon_looks(home: Path) -> bool:
    """Whether a deployment looks for requests: its code's process lives, and has been asked to look lately."""
    file = _lookout(home)
    try:
        return time.time() - file.stat().st_mtime < LOOKS_SECONDS and Process.of_text(file.read_text(encoding="ascii")).lives
    except (OSError, ValueError):
        return False


def _lookout(home: Path) -> Path:
    return home / "lookout"


def _active(database: Database, connection_ids: Sequence[str]) -> list[StoredConnection]:
    stored = [one for one in stored_connections(database, connection_ids or None) if connection_ids or one.connection.active]
    if stopped := [one.connection_id for one in stored if not one.connection.active]:
        raise Refusal(Code.DISCONNECTED, connection=stopped[0])
    if not stored:
        raise Refusal(Code.NOTHING_TO_DO)
    return stored


def _running(database: Database, stored: Sequence[StoredConnection]) -> dict[str, dict[str, Any]]:
    """Connections that a run nobody requested is synchronising, with the answer that says so."""
    asked = {one.number: one.connection_id for one in stored}
    requested = {row["connection_id"] for row in requests_of(database, list(asked), None)}
    leases = [lease for lease in held_leases(database) if lease.connection_no in asked and asked[lease.connection_no] not in requested]
    return {asked[lease.connection_no]: _running_already(asked[lease.connection_no], lease) for lease in leases}


def _running_already(connection_id: str, lease: Lease) -> dict[str, Any]:
    nobody = dict.fromkeys(("request_id", "connection_id", "from", "to", "state", "requested_by", "requested_at", "dagster_run_id"))
    known = {"connection_id": connection_id, "state": "running", "requested_at": lease.acquired_at, "dagster_run_id": lease.dagster_run_id}
    return {**nobody, **known}


def _check_days(work: Workplace, days: tuple[date, date] | None) -> None:
    if days is None:
        return
    first, last = days
    if last >= work.today:
        raise Refusal(Code.INVALID_DATE, date=last.isoformat(), expected="a past date")
    if last < first:
        raise Refusal(Code.INVALID_DATE, date=first.isoformat(), expected="a first day before the last")
