"""A home made from a backup, also under another key. Appears whole: the store comes last.

May import: `adapters`, `domain`, this room.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
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
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.unpacking import former_key, scratch, unpacked_store
from hr_pipeline.operations.workplace import Workplace


def restore(work: Workplace, path: Path, key: str | None = None) -> Facts:
    """Make this home, which has no store yet, from a backup; sealed anew when it was made under another key, or without one.

    Appears whole: until the store itself, which comes last, the home is as good as empty.

    Args:
        work: Where; its key is the one everything is sealed with from now on.
        path: The backup.
        key: The key the backup was made under, when it is not this home's.

    Raises:
        Refusal: `INVALID_SETTING` when the home has a store or the key of one, `INVALID_FILE`, `STORE_KEY_REFUSED` or `DISK_FULL`.
    """
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
            _move_in(work, folder)
    return facts


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
    beside = work.store.path.with_name(f".{work.store.path.name}.restored")
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


def _refuse_store(work: Workplace) -> None:
    """Refuse a home that has a store, or the write-ahead log of one: DuckDB would take it for the restored store's.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    store = work.store.path
    if any(os.path.lexists(path) for path in (store, store.with_name(f"{store.name}.wal"))):
        raise Refusal(Code.INVALID_SETTING, setting="HR_PIPELINE_HOME", expected="a folder without a store; the one there is not replaced")


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
