"""A home made from a backup, also under another key, also in the place of what it has. Appears whole: the store comes last.

May import: `adapters`, `domain`, this room.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

from hr_pipeline.adapters.backup_file import CREDENTIALS_KEY, STORE, Facts, unpacked_backup
from hr_pipeline.adapters.credentials import ENVELOPE, credential_key, opened, sealed
from hr_pipeline.adapters.landing import landed_pages, landing, landing_path
from hr_pipeline.adapters.private_files import create_private_folder, held_folder, room_needed, sync_folder
from hr_pipeline.adapters.store.connections import change_connection, stored_connections
from hr_pipeline.adapters.store.copying import write_with_key
from hr_pipeline.adapters.store.engine import room_for_stores
from hr_pipeline.adapters.store.health import read_everything
from hr_pipeline.adapters.store.snapshots import all_snapshots
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal, Transient
from hr_pipeline.operations.requesting import daemon_looks, ring
from hr_pipeline.operations.unpacking import former_key, scratch, unpacked_store
from hr_pipeline.operations.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Restored:
    """What the backup said of itself, and where that lies which had the place before; None: there was nothing."""

    facts: Facts
    aside: Path | None


def restore(work: Workplace, path: Path, key: str | None = None, *, replacing: bool = False) -> Restored:
    """Make this home from a backup; sealed anew when it was made under another key, or without one.

    Appears whole: until the store itself, which comes last, the home is as good as empty. Its Dagster and its deployment stay as they are.

    Args:
        work: Where; its key is the one everything is sealed with from now on.
        path: The backup.
        key: The key the backup was made under, when it is not this home's.
        replacing: Put what the home has aside, whole, once the backup is ready to take its place. Killed in between, it is done again.

    Raises:
        Refusal: `INVALID_SETTING` when the home has a store or the key of one and nothing is said of replacing it, or its deployment runs;
            `STORE_LOCKED` when somebody has the store open, `INVALID_FILE`, `STORE_KEY_REFUSED` or `DISK_FULL`.
    """
    if replacing:
        _refuse_deployment(work)
    else:
        _refuse_store(work)
    now = work.environment.store_key
    with scratch(work) as folder, room_needed(), room_for_stores():
        facts = unpacked_backup(path, folder)
        former = former_key(work, facts, key)
        with unpacked_store(folder, former).opened() as database:  # proves the key, and brings an older schema forward
            read_everything(database)
            database.checkpoint()
        if former != now:
            folder = _sealed_anew(folder, former, now)
        with _alone(work):
            aside = _put_aside(work) if replacing else None
            _move_in(work, folder)
    ring(work)  # requests that waited when the backup was made wait again
    return Restored(facts, aside)


def _put_aside(work: Workplace) -> Path | None:
    """Move the home's store, snapshots and credentials' key into a folder of their own in it, the store first; the folder.

    Raises:
        Transient: `STORE_LOCKED`.
    """
    store = work.store.path
    kept = (*work.store.files, _beside(work), work.home / "landing", (work.home / CREDENTIALS_KEY).parent)
    there = [path for path in kept if os.path.lexists(path)]
    if not there:
        return None
    with _used_by_nobody(store):
        aside = Path(tempfile.mkdtemp(prefix=f"replaced-{work.clock().astimezone(UTC):%Y%m%d-%H%M%S}-", dir=work.home))
        for path in there:
            shutil.move(path, aside / path.name)  # the store may be on another disk
        sync_folder(aside)
    for folder in {work.home, store.parent}:
        sync_folder(folder)
    return aside


@contextmanager
def _used_by_nobody(store: Path) -> Iterator[None]:
    """Keep the store's file as DuckDB does, so that nobody opens it while it is moved, or writes into what is put aside.

    Raises:
        Transient: `STORE_LOCKED`.
    """
    with ExitStack() as held:
        if store.is_file():
            file = held.enter_context(store.open("rb+"))
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Transient(Code.STORE_LOCKED, store=store.name) from None
        yield


def _beside(work: Workplace) -> Path:
    """Where a restored store waits until everything else is in place."""
    return work.store.path.with_name(f".{work.store.path.name}.restored")


def _sealed_anew(folder: Path, former: str | None, now: str | None) -> Path:
    """Everything unpacked in a folder, written once more under another key; the folder it is in."""
    anew = folder / "anew"
    create_private_folder(anew)
    write_with_key(folder / STORE, former, anew / STORE, now)
    with unpacked_store(anew, now).opened() as database:
        for connection_id, snapshot_id, content_hash in all_snapshots(database):
            path = landing_path(folder, connection_id, snapshot_id)
            if path.exists():
                with landing(anew, connection_id, snapshot_id, now) as file:
                    for page in landed_pages(path, former, content_hash):
                        file.add(page)
                    file.finish()
        for one in stored_connections(database):
            if one.connection.credential.get("kind") == ENVELOPE:
                secret = opened(one.connection.credential, one.connection_id, credential_key(folder, former))
                envelope = sealed(secret, one.connection_id, credential_key(anew, now))
                change_connection(database, replace(one.connection, credential=envelope))
        database.checkpoint()
    return anew


def _move_in(work: Workplace, folder: Path) -> None:
    """Put an unpacked backup where it belongs, the store last. What a killed one has put there is replaced."""
    _refuse_store(work)
    beside = _beside(work)
    if not beside.exists():
        _refuse_other_key(work, folder)
    create_private_folder(beside.parent)
    try:
        shutil.move(folder / STORE, beside)  # its folder may be on another disk
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(beside.parent)
    for path in sorted(folder.glob("landing/*/*.parquet")):
        target = work.home / path.relative_to(folder)
        create_private_folder(target.parent)
        path.replace(target)
        sync_folder(target.parent)
    if (folder / CREDENTIALS_KEY).exists():
        create_private_folder((work.home / CREDENTIALS_KEY).parent)
        (folder / CREDENTIALS_KEY).replace(work.home / CREDENTIALS_KEY)
        sync_folder((work.home / CREDENTIALS_KEY).parent)
    _refuse_store(work)
    beside.rename(work.store.path)
    sync_folder(work.store.path.parent)


@contextmanager
def _alone(work: Workplace) -> Iterator[None]:
    """Wait for another restore into this home or beside its store."""
    with ExitStack() as held:
        for place in sorted({work.home.resolve(), work.store.path.parent.resolve()}):
            held.enter_context(held_folder(place))
        yield


def _refuse_deployment(work: Workplace) -> None:
    """Refuse to replace a store under a deployment that runs.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if daemon_looks(work.home):
        raise Refusal(Code.INVALID_SETTING, setting="HR_PIPELINE_HOME", expected="a home whose deployment is stopped: make down")


def _refuse_store(work: Workplace) -> None:
    """Refuse a home that has a store, or the write-ahead log of one: DuckDB would take it for the restored store's.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if any(os.path.lexists(path) for path in work.store.files):
        raise Refusal(
            Code.INVALID_SETTING,
            setting="HR_PIPELINE_HOME",
            expected="a folder without a store; the one there is replaced only when you say --replace",
        )


def _refuse_other_key(work: Workplace, folder: Path) -> None:
    """Refuse to replace a credentials' key that is not the one to be put there: what it sealed would never open again.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    there, new = work.home / CREDENTIALS_KEY, folder / CREDENTIALS_KEY
    if there.exists() and new.exists() and there.read_bytes() != new.read_bytes():
        raise Refusal(
            Code.INVALID_SETTING,
            setting="HR_PIPELINE_HOME",
            expected="a folder without the key of another store; the one there is not replaced",
        )
