"""The job that writes a verified backup and lets go of the oldest ones, and its schedule, off until somebody has a place for them.

May import: `operations`, this room.
"""

from pathlib import Path

import dagster as dg

from hr_pipeline.defs.failures import plain_failures
from hr_pipeline.defs.partitions import TIMEZONE
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.backing_up import backup, delete_old_backups, new_backup_path

# Plain fields: see `selection.WANTED`.
_PLACE = {
    "folder": dg.Field(str, default_value="", description="Where backups go: another disk, if you can. Empty: HOME/backups."),
    "keep": dg.Field(
        int, default_value=14, description="So many of the newest backups stay in that folder, 1 or more; older ones are deleted."
    ),
}


@dg.op(config_schema=_PLACE)
def back_up(context: dg.OpExecutionContext, surroundings: dg.ResourceParam[Surroundings]) -> None:
    """Writes store, kept snapshots and credentials into one file, reads it back, and deletes the oldest of the others while all is sound."""
    with plain_failures():
        work = surroundings.workplace()
        keep, folder = context.op_config["keep"], context.op_config["folder"]
        if keep < 1:
            raise Refusal(Code.INVALID_SETTING, setting="keep", expected="1 or more")
        made = backup(work, new_backup_path(work, Path(folder) if folder else None))
        deleted = 0 if made.unsound else delete_old_backups(made.path, keep)
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
