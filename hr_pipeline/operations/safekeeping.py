"""Keeping what is kept: a backup in one file, a home made from one (also under another key), and whether everything kept is sound.

Letting go is `forgetting`'s. May import: `adapters`, `domain`, this room.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import TypeVar

from hr_pipeline.adapters.backup_file import CREDENTIALS_KEY, STORE, SUFFIX, BackupWriter, Facts, unpacked_backup
from hr_pipeline.adapters.credentials import ENVELOPE, credential_key, opened, sealed
from hr_pipeline.adapters.landing import landed_pages, landing, landing_path
from hr_pipeline.adapters.private_files import create_private_folder, held_folder, room_needed, sync_folder
from hr_pipeline.adapters.store.connections import change_connection, stored_connections
from hr_pipeline.adapters.store.copying import copy_held_store, write_with_key
from hr_pipeline.adapters.store.database import Database, Store, room_for_stores
from hr_pipeline.adapters.store.health import astray_links, miscounted_runs, read_everything, recorded_runs, shared_emails
from hr_pipeline.adapters.store.snapshots import all_snapshots
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Refusal
from hr_pipeline.operations.workplace import Workplace

KEY_FILE = Path(CREDENTIALS_KEY)

Looked = TypeVar("Looked")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: of how many, and the ids of those that are not as they must be."""

    name: str
    looked_at: int
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was read back whole. `bytes` of the file; `unsound`: what was not as it must be, and was so in the home already."""

    path: Path
    bytes: int
    facts: Facts
    unsound: tuple[Check, ...]


def backup(work: Workplace, path: Path | None = None) -> Backup:
    """Write the store, the snapshots it knows and the credentials' key into one file, and read it back.

    The store is held only while its file is copied; syncs wait for it as for each other. Encrypted as the home is.

    Args:
        work: Where.
        path: A file that does not exist yet; by default one in `HOME/backups`, named by the moment.

    Raises:
        Refusal: `INVALID_FILE` when the file exists or can't be written, `DISK_FULL`, or why the store can't be read.
    """
    path = path or new_backup_path(work)
    with _scratch(work) as folder:
        with BackupWriter(path) as writer:
            facts, landed = _copied_store(work, folder / STORE)
            writer.add(STORE, folder / STORE)
            for name in landed:
                with suppress(FileNotFoundError):  # retention may be faster
                    writer.add(name, work.home / name)
            if not work.environment.store_key and (work.home / KEY_FILE).exists():
                writer.add(CREDENTIALS_KEY, work.home / KEY_FILE)
            size = writer.finish(facts)
        try:
            checks = verify_backup(work, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return Backup(path, size, facts, tuple(check for check in checks if check.found))


def new_backup_path(work: Workplace, folder: Path | None = None) -> Path:
    """A backup's file of this moment, in a folder or in `HOME/backups`."""
    return (folder or work.home / "backups") / f"hr_pipeline-{work.clock().astimezone(UTC):%Y%m%d-%H%M%S}{SUFFIX}"


def delete_old_backups(new: Path, keep: int) -> int:
    """Delete all but so many backups of the folder of a new one, the oldest first by the moment in their names; how many.

    The new one stays, even when the clock was set back. Other files are left alone.
    """
    others = sorted(set(new.parent.glob(f"hr_pipeline-{'[0-9]' * 8}-{'[0-9]' * 6}{SUFFIX}")) - {new})
    old = others[: max(0, len(others) - keep + 1)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def verify_backup(work: Workplace, path: Path, key: str | None = None) -> list[Check]:
    """Unpack a backup aside and look at all of it, as `verify` does for a home.

    Args:
        work: Where.
        path: The file.
        key: The key it was made under, when it is not this home's.

    Raises:
        Refusal: `INVALID_FILE` when it is not a whole and unchanged backup, `STORE_KEY_REFUSED` when it needs another key.
    """
    with _scratch(work) as folder, room_for_stores():
        facts = unpacked_backup(path, folder)
        former = _key_of(work, facts, key)
        with _unpacked_store(folder, former).opened() as database:
            return _checks(database, folder, former)


def verify(work: Workplace) -> list[Check]:
    """Read everything that is kept, and count again what must agree. The store is held meanwhile.

    Raises:
        Refusal: When the store can't be opened or read at all.
    """
    with work.store.opened() as database:
        return _checks(database, work.home, work.environment.store_key)


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
    with _scratch(work) as folder, room_needed(), room_for_stores():
        facts = unpacked_backup(path, folder)
        former = _key_of(work, facts, key)
        with _unpacked_store(folder, former).opened() as database:  # proves the key, and brings an older schema forward
            read_everything(database)
            database.checkpoint()
        if former != now:
            folder = _sealed_anew(folder, former, now)
        with _alone(work):
            _move_in(work, folder)
    return facts


def _copied_store(work: Workplace, target: Path) -> tuple[Facts, list[str]]:
    """Copy the store; what the backup says of itself, and the landing files that belong to it."""
    with work.store.opened() as database:
        database.checkpoint()
        landed = [_landed_name(connection_id, snapshot_id) for connection_id, snapshot_id, _ in all_snapshots(database)]
        facts = Facts(
            made_at=work.clock().astimezone(UTC).isoformat(timespec="seconds"),
            encrypted=bool(work.environment.store_key),
            sync_runs=int(database.value("SELECT count(*) FROM sync_run")),
            newest_run_id=database.value("SELECT 'r' || max(run_no) FROM sync_run"),
            accounts=int(database.value("SELECT count(*) FROM account")),
            snapshots=len(landed),
        )
        copy_held_store(work.store, target)
    return facts, landed


def _checks(database: Database, home: Path, key: str | None) -> list[Check]:
    runs = recorded_runs(database)
    accounts = int(database.value("SELECT count(*) FROM account"))
    links = int(database.value("SELECT count(*) FROM link"))
    envelopes = [one for one in stored_connections(database) if one.connection.credential.get("kind") == ENVELOPE]
    snapshots = [one for one in all_snapshots(database) if landing_path(home, *one[:2]).exists()]
    return [
        Check("rows", read_everything(database), ()),
        Check("sync_runs", len(runs), tuple(f"r{row['run_no']}" for row in miscounted_runs(database, runs))),
        Check("emails", accounts, tuple(account for accounts in shared_emails(database) for account in accounts)),
        Check("links", links, tuple(astray_links(database))),
        Check(
            "snapshots",
            len(snapshots),
            _refused(((one[1], one) for one in snapshots), lambda one: _read_pages(landing_path(home, *one[:2]), key, one[2])),
        ),
        Check(
            "credentials",
            len(envelopes),
            _refused(
                ((one.connection_id, one.connection) for one in envelopes),
                lambda one: opened(one.credential, one.connection_id, credential_key(home, key)),
            ),
        ),
    ]


def _refused(named: Iterable[tuple[str, Looked]], question: Callable[[Looked], object]) -> tuple[str, ...]:
    """Names of those that are refused."""
    found = []
    for name, one in named:
        try:
            question(one)
        except Refusal:
            found.append(name)
    return tuple(found)


def _read_pages(path: Path, key: str | None, content_hash: str) -> None:
    for _ in landed_pages(path, key, content_hash):
        pass


def _key_of(work: Workplace, facts: Facts, key: str | None) -> str | None:
    """The key a backup was made under.

    Raises:
        Permanent: `STORE_KEY_REFUSED` when it needs one and none is known.
    """
    if not facts.encrypted:
        return None
    if found := key or work.environment.store_key:
        return found
    raise Permanent(Code.STORE_KEY_REFUSED, reason="key", store="backup")


def _sealed_anew(folder: Path, former: str | None, now: str | None) -> Path:
    """Everything unpacked in a folder, written once more under another key; the folder it is in."""
    anew = folder / "anew"
    create_private_folder(anew)
    write_with_key(folder / STORE, former, anew / STORE, now)
    with _unpacked_store(anew, now).opened() as database:
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
    if (folder / KEY_FILE).exists():
        create_private_folder((work.home / KEY_FILE).parent)
        (folder / KEY_FILE).replace(work.home / KEY_FILE)
        sync_folder((work.home / KEY_FILE).parent)
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
    there, new = work.home / KEY_FILE, folder / KEY_FILE
    if there.exists() and new.exists() and there.read_bytes() != new.read_bytes():
        raise Refusal(
            Code.INVALID_SETTING,
            setting="HR_PIPELINE_HOME",
            expected="a folder without the key of another store; the one there is not replaced",
        )


def _landed_name(connection_id: str, snapshot_id: str) -> str:
    return landing_path(Path(), connection_id, snapshot_id).as_posix()


def _unpacked_store(folder: Path, key: str | None) -> Store:
    return Store(folder / STORE, key=key, folders=(folder,))


@contextmanager
def _scratch(work: Workplace) -> Iterator[Path]:
    """A private folder for a while; a sync sweeps it when this process is killed."""
    folder = work.home / "work" / work.new_id("backup", work.today)
    with held_folder(folder):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
