"""Letting go of raw snapshots: employees' data is kept as the provider sent it for a while, not for ever.

Accounts, history and outcomes stay; erasing a person is another intention. Source: quality.md (raw snapshots kept 30 days). May import:
`adapters`, `domain`, this room.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hr_pipeline.adapters.landing import delete_landed, sweep_landing
from hr_pipeline.adapters.store.snapshots import forget_snapshots, registered_snapshots
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.workplace import Workplace

KEPT_DAYS = 30

# A landed file is registered when its whole pull is done; what is older than this and still unregistered, its pull was killed.
UNREGISTERED_HOURS = 24


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Files let go of: of old snapshots, landed by pulls that were killed, and begun by them."""

    snapshots: int
    unregistered: int
    unfinished: int


def forget_old_snapshots(work: Workplace, days: int = KEPT_DAYS) -> Forgotten:
    """Strike snapshots of more than so many days ago from the registry, then delete their files and whatever nobody registered.

    Killed half-way, it leaves files without a registration, which the next time removes.

    Raises:
        Refusal: `INVALID_SETTING` when asked to keep less than a day.
    """
    if days < 1:
        raise Refusal(Code.INVALID_SETTING, setting="days", expected="1 or more")
    with work.store.opened() as database:
        old = forget_snapshots(database, work.today - timedelta(days=days))
        kept = registered_snapshots(database)
    for connection_id, snapshot_id in old:
        delete_landed(work.home, connection_id, snapshot_id)
    return Forgotten(len(old), _delete_unregistered(work, kept), sweep_landing(work.home))


def _delete_unregistered(work: Workplace, kept: set[str]) -> int:
    limit = work.clock() - timedelta(hours=UNREGISTERED_HOURS)
    deleted = 0
    for path in (work.home / "landing").glob("*/*.parquet"):
        if path.stem not in kept and datetime.fromtimestamp(path.stat().st_mtime, UTC) < limit:
            delete_landed(work.home, path.parent.name, path.stem)
            deleted += 1
    return deleted
