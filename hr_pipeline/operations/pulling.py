"""Snapshots for a sync: pulled afresh for today, taken from what is kept for a past day.

The store is closed while providers answer. May import: `adapters`, `domain`, this room.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date

from hr_pipeline.adapters.landing import LandingFile, landing
from hr_pipeline.adapters.providers.protocol import Page, Pulled
from hr_pipeline.adapters.pulling import Target, pulled
from hr_pipeline.adapters.store.applying import Failure
from hr_pipeline.adapters.store.connections import StoredConnection
from hr_pipeline.adapters.store.snapshots import Snapshot, add_snapshots, first_kept_days, kept_snapshots
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.stored_params import storable
from hr_pipeline.operations.workplace import Workplace

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, of how much (0: unknown)


@dataclass(frozen=True, slots=True)
class Pulls:
    """What the pulls of a sync came to: snapshots registered, and connections that have none."""

    snapshots: tuple[Snapshot, ...] = ()
    failures: tuple[Failure, ...] = ()

    def joined(self, other: "Pulls") -> "Pulls":
        """Both together."""
        return Pulls((*self.snapshots, *other.snapshots), (*self.failures, *other.failures))


def fresh_pulls(work: Workplace, connections: Sequence[StoredConnection], on: date, progress: Progress | None = None) -> Pulls:
    """Pull these connections now, land every page and register what is complete. One connection's failure is its own."""
    failures: list[Failure] = []
    targets = _targets(work, connections, on, failures)
    numbers = {one.connection_id: one.number for one in connections}
    files: dict[str, tuple[str, LandingFile]] = {}
    begun: dict[str, float] = {}

    def sink_for(target: Target) -> LandingFile:
        snapshot_id = work.new_id("snap", on)
        begun[target.connection_id] = time.monotonic()
        file = stack.enter_context(landing(work.home, target.connection_id, snapshot_id, work.store.key))
        files[target.connection_id] = (snapshot_id, file)
        return file

    pages = [0]

    def page_landed(_: Target, __: Page) -> None:
        pages[0] += 1
        if progress is not None:
            progress("pages pulled", pages[0], 0)

    snapshots: list[Snapshot] = []
    with ExitStack() as stack:
        for target, result in pulled(targets, sink_for, progress=page_landed):
            number = numbers[target.connection_id]
            asked_at = begun.get(target.connection_id)
            seconds = round(time.monotonic() - asked_at, 3) if asked_at is not None else None
            try:
                if isinstance(result, Refusal):
                    raise result
                snapshots.append(replace(_landed(work, number, on, *files[target.connection_id], result), pull_seconds=seconds))
            except Refusal as refusal:
                failures.append(replace(failure_of(number, on, refusal), pull_seconds=seconds))
            finally:
                if target.connection_id in files:
                    files.pop(target.connection_id)[1].__exit__(None, None, None)
            if progress is not None:
                progress("companies pulled", len(snapshots) + len(failures), len(connections))
    if snapshots:
        with work.store.opened() as database, database.transaction():
            add_snapshots(database, snapshots)
    return Pulls(tuple(snapshots), tuple(failures))


def kept_pulls(work: Workplace, wanted: Sequence[tuple[StoredConnection, date]]) -> Pulls:
    """The newest snapshot kept of each connection on each past day; providers only tell of today. The store is asked once."""
    with work.store.opened() as database:
        kept = kept_snapshots(database, [(one.number, on) for one, on in wanted])
        since = first_kept_days(database, [one.number for one, on in wanted if (one.number, on) not in kept])
    failures = tuple(
        failure_of(
            one.number,
            on,
            Refusal(Code.SNAPSHOT_NOT_KEPT, connection=one.connection_id, date=on.isoformat(), since=since.get(one.number)),
        )
        for one, on in wanted
        if (one.number, on) not in kept
    )
    return Pulls(tuple(kept.values()), failures)


def credentials_at_hand(work: Workplace, connections: Sequence[StoredConnection], *, all_of_them: bool) -> None:
    """Before a sync that is typed: what this process lacks to ask the providers says nothing about the companies, so nothing is recorded of them.

    Args:
        work: Where.
        connections: Those to be asked for.
        all_of_them: Whether each must have its credentials, as for a person's sync. A night goes on for those that have them, and tells of the
            others; only when not one has them is it this process that lacks them.

    Raises:
        Refusal: `ENVIRONMENT_INCOMPLETE` naming every variable that any of them lacks, `INVALID_SETTING`, `STORE_KEY_REFUSED`. A credential that is
            itself at fault is not refused here: that is its connection's own failure.
    """
    missing: dict[str, None] = {}
    others, without = list[Refusal](), 0
    for connection in (one.connection for one in connections):
        try:
            work.environment.secrets_for(connection.provider, connection.credential, connection.connection_id)
        except Refusal as refusal:
            if refusal.code is Code.CREDENTIAL_REFUSED:
                continue
            without += 1
            if refusal.code is Code.ENVIRONMENT_INCOMPLETE:
                missing.update(dict.fromkeys(str(refusal.params["variables"]).split(", ")))
            else:
                others.append(refusal)
    if without and (all_of_them or without == len(connections)):
        raise others[0] if others else Refusal(Code.ENVIRONMENT_INCOMPLETE, variables=", ".join(missing))


def failure_of(connection_no: int, on: date, refusal: Refusal, snapshot_id: str | None = None) -> Failure:
    """A refusal as the failure of one connection's run."""
    return Failure(connection_no, on, refusal.code, storable(refusal.params), snapshot_id)


def _targets(work: Workplace, connections: Sequence[StoredConnection], on: date, failures: list[Failure]) -> list[Target]:
    targets = []
    for one in connections:
        connection = one.connection
        try:
            secrets = work.environment.secrets_for(connection.provider, connection.credential, connection.connection_id)
        except Refusal as refusal:
            failures.append(failure_of(one.number, on, refusal))
            continue
        targets.append(Target(connection.connection_id, work.providers[connection.provider], connection.provider_company_id, secrets))
    return targets


def _landed(work: Workplace, number: int, on: date, snapshot_id: str, file: LandingFile, result: Pulled) -> Snapshot:
    landed = file.finish()
    return Snapshot(
        snapshot_id=snapshot_id,
        connection_no=number,
        date=on,
        pulled_at=work.clock(),
        content_hash=landed.content_hash,
        pages=landed.pages,
        employees=result.employees,
        pay_records=result.pay_records,
        components=result.components,
        bytes=landed.bytes,
    )
