"""A person releases what a guard holds: the very plan that was seen is made once more from its kept snapshot, and applied.

When something has changed in between, the plan is another one, and what a guard holds of it stays held. May import: `adapters`,
`domain`, this room.
"""

from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.releases import add_release, held_plan
from hr_pipeline.adapters.store.reports import run_no_of
from hr_pipeline.adapters.store.snapshots import kept_snapshot
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.pulling import Pulls
from hr_pipeline.operations.syncing import finished, select
from hr_pipeline.operations.workplace import Workplace


def release(work: Workplace, run_reference: str, owner: str, reason: str, dagster_run_id: str | None = None) -> list[SyncRun]:
    """Release a held sync run, or the held rows of one. The release also counts for the next sync of the same plan, within a day.

    Args:
        work: Where.
        run_reference: `r17`; the newest run of its connection.
        owner: Who says so.
        reason: Why, for whoever reads it later.
        dagster_run_id: The Dagster run that executes it.

    Raises:
        Refusal: `UNKNOWN_RUN`, `NOT_HELD`, `DISCONNECTED`, `UNKNOWN_SNAPSHOT` when its snapshot is no longer kept, `ALREADY_RUNNING`,
            `INVALID_SETTING` without a reason. Nothing is changed.
    """
    checked_reason(reason)
    with work.store.opened() as database:
        held = held_plan(database, run_no_of(database, run_reference))
        snapshot = kept_snapshot(database, held.snapshot_id)
    selection = select(work, [(held.connection_id, snapshot.date)], Trigger.APPROVAL, dagster_run_id)
    with work.store.opened() as database, database.transaction():
        add_release(database, held, owner, reason, work.clock())
    return finished(work, selection, Pulls((snapshot,)))


def checked_reason(reason: str) -> str:
    """A reason that says something.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if not reason.strip():
        raise Refusal(Code.INVALID_SETTING, setting="--reason", expected="some text on one line")
    return reason
