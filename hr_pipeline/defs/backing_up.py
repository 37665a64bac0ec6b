"""The job that writes a verified backup and lets go of the oldest ones, and its schedule, off until somebody has a place for them.

May import: `operations`, this room.
"""

from pathlib import Path

import dagster as dg
from pydantic import Field

from hr_pipeline.defs.failures import plain_failures
from hr_pipeline.defs.partitions import TIMEZONE
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.operations.backing_up import backup, delete_old_backups, new_backup_path


class Place(dg.Config):
    """Run config of `back_up`."""

    folder: str = Field("", description="Where backups go: another disk, if you can. Empty: HOME/backups.")
    keep: int = Field(14, ge=1, description="So many of the newest backups stay in that folder; older ones are deleted.")


@dg.op
def back_up(context: dg.OpExecutionContext, config: Place, surroundings: dg.ResourceParam[Surroundings]) -> None:
    """Writes store, kept snapshots and credentials into one file, reads it back, and deletes the oldest of the others while all is sound."""
    with plain_failures():
        work = surroundings.workplace()
        folder = Path(config.folder) if config.folder else None
        made = backup(work, new_backup_path(work, folder))
        deleted = 0 if made.unsound else delete_old_backups(made.path, config.keep)
    facts = {"bytes": made.bytes, "accounts": made.facts.accounts, "sync_runs": made.facts.sync_runs, "snapshots": made.facts.snapshots}
    context.add_output_metadata({"file": made.path.name, "encrypted": made.facts.encrypted, **facts, "deleted": deleted})
    if made.unsound:
        names = ", ".join(check.name for check in made.unsound)
        raise dg.Failure(
            f"The backup was made, but the home is not as it must be ({names}): see `hr-pipeline verify`. No older backup was deleted.",
            allow_retries=False,
        )


@dg.job(name="backup")
def backup_job() -> None:
    """Writes a verified backup (docs/operating.md). What it holds is encrypted when the home is."""
    back_up()


daily_backup = dg.ScheduleDefinition(
    name="daily_backup",
    job=backup_job,
    cron_schedule="0 5 * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="A verified backup once a day, after the night's run. Switch it on once its folder is on a disk that outlives this one.",
)
