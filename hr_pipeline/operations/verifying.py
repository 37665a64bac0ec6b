"""Whether everything that is kept is sound, in a home or in a backup: read whole, and counted again.

May import: `adapters`, `domain`, this room.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hr_pipeline.adapters.backup_file import unpacked_backup
from hr_pipeline.adapters.credentials import ENVELOPE, credential_key, opened
from hr_pipeline.adapters.landing import landed_pages, landing_path
from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.engine import room_for_stores
from hr_pipeline.adapters.store.health import astray_links, miscounted_runs, read_everything, recorded_runs, shared_emails
from hr_pipeline.adapters.store.snapshots import all_snapshots
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.unpacking import former_key, scratch, unpacked_store
from hr_pipeline.operations.workplace import Workplace

Looked = TypeVar("Looked")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: of how many, and the ids of those that are not as they must be."""

    name: str
    looked_at: int
    found: tuple[str, ...]


def verify(work: Workplace) -> list[Check]:
    """Read everything that is kept, and count again what must agree. The store is held meanwhile.

    Raises:
        Refusal: When there is no store, or it can't be opened or read at all.
    """
    require_store(work)
    with work.store.opened() as database:
        return _checks(database, work.home, work.environment.store_key)


def verify_backup(work: Workplace, path: Path, key: str | None = None) -> list[Check]:
    """Unpack a backup aside and look at all of it, as `verify` does for a home.

    Args:
        work: Where.
        path: The file.
        key: The key it was made under, when it is not this home's.

    Raises:
        Refusal: `INVALID_FILE` when it is not a whole and unchanged backup, `STORE_KEY_REFUSED` when it needs another key.
    """
    with scratch(work) as folder, room_for_stores():
        facts = unpacked_backup(path, folder)
        former = former_key(work, facts, key)
        with unpacked_store(folder, former).opened() as database:
            return _checks(database, folder, former)


def require_store(work: Workplace) -> None:
    """Refuse a home without a store: typed in another folder than `.env`'s, an empty one would be made, found sound and kept.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if not work.store.path.exists():
        raise Refusal(
            Code.INVALID_SETTING, setting="HR_PIPELINE_HOME", expected=f"a folder with a store; there is none at {work.store.path}"
        )


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
