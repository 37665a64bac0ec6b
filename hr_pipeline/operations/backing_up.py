"""A backup of the home in one file, read back whole; and which old ones go.

Making a home from one is `restoring`'s. May import: `adapters`, `domain`, this room.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from glob import escape
from pathlib import Path
from secrets import token_hex

from hr_pipeline.adapters.backup_file import CREDENTIALS_KEY, STORE, SUFFIX, BackupWriter, Facts
from hr_pipeline.adapters.landing import landing_path
from hr_pipeline.adapters.private_files import PartFile, room_needed
from hr_pipeline.adapters.store.copying import copy_held_store
from hr_pipeline.adapters.store.snapshots import all_snapshots
from hr_pipeline.operations.unpacking import scratch
from hr_pipeline.operations.verifying import Check, require_store, verify_backup
from hr_pipeline.operations.work_folder import sweep_work
from hr_pipeline.operations.workplace import Workplace


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
        Refusal: `INVALID_SETTING` where there is no store, `FILE_EXISTS`, `INVALID_FILE` when the file can't be written, `DISK_FULL`, or why
            the store can't be read.
    """
    require_store(work)
    path = path or new_backup_path(work)
    with scratch(work) as folder:
        with BackupWriter(path) as writer:
            facts, landed = _copied_store(work, folder / STORE)
            writer.add(STORE, folder / STORE)
            for name in landed:
                with suppress(FileNotFoundError):  # retention may be faster
                    writer.add(name, work.home / name)
            if not work.environment.store_key and (work.home / CREDENTIALS_KEY).exists():
                writer.add(CREDENTIALS_KEY, work.home / CREDENTIALS_KEY)
            size = writer.finish(facts)
        try:
            checks = verify_backup(work, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return Backup(path, size, facts, tuple(check for check in checks if check.found))


def new_backup_path(work: Workplace, folder: Path | None = None) -> Path:
    """A backup's file of this home and moment, in a folder or in `HOME/backups`."""
    return (folder or work.home / "backups") / f"hr_pipeline-{_mark(work.home)}-{work.clock().astimezone(UTC):%Y%m%d-%H%M%S}{SUFFIX}"


def delete_old_backups(new: Path, keep: int) -> int:
    """Delete all but so many backups of the folder and the home of a new one, the oldest first by the moment in their names; how many.

    The new one stays, even when the clock was set back. Other files are left alone, and so are backups of other homes.
    """
    of_home, *_ = new.name.rsplit("-", 2)
    others = sorted(set(new.parent.glob(f"{escape(of_home)}-{'[0-9]' * 8}-{'[0-9]' * 6}{SUFFIX}")) - {new})
    old = others[: max(0, len(others) - keep + 1)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _mark(home: Path) -> str:
    """What tells this home's backups from another's in a folder that both use. Drawn once; a home made by `restore` draws its own."""
    file = home / "backup-mark"
    if not file.exists():
        part = PartFile(file)
        try:
            with room_needed():
                part.file.write(token_hex(4).encode("ascii"))
                part.publish_new()
        finally:
            part.discard()
    return file.read_text(encoding="ascii")


def _copied_store(work: Workplace, target: Path) -> tuple[Facts, list[str]]:
    """Copy the store; what the backup says of itself, and the landing files that belong to it."""
    with work.store.opened() as database:
        sweep_work(work, database)
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


def _landed_name(connection_id: str, snapshot_id: str) -> str:
    return landing_path(Path(), connection_id, snapshot_id).as_posix()
