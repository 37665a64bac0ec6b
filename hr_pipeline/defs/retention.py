"""The job that lets go of old raw snapshots and of old runs in Dagster, and its schedule.

May import: `operations`, this room.
"""

from dataclasses import asdict
from datetime import timedelta

import dagster as dg

from hr_pipeline.defs.failures import plain_failures
from hr_pipeline.defs.partitions import LONGEST_VIEW, TIMEZONE, first_day, pulled_connections
from hr_pipeline.defs.purging import Purged, purge_runs
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.operations.forgetting import KEPT_DAYS, Forgotten, forget_old_snapshots

KEPT_RUN_DAYS = LONGEST_VIEW + 8  # whatever the grid can show, also when it goes further back again
FOR_EVER = 36_500  # days: a century; whatever is longer is no date


# Plain fields: see `selection.WANTED`.
_KEPT = {
    "days": dg.Field(int, default_value=KEPT_DAYS, description="Days a raw snapshot is kept; a past date can be replayed for as long.")
}
_KEPT_RUNS = {
    "days": dg.Field(
        int,
        default_value=KEPT_RUN_DAYS,
        description="Days a finished run, and what it told of each asset, stays in Dagster. What the grid of `sync_run` shows is kept"
        " in any case, and so is each asset's newest materialisation.",
    )
}


@dg.op(config_schema=_KEPT)
def forget(context: dg.OpExecutionContext, surroundings: dg.ResourceParam[Surroundings]) -> Forgotten:
    """Deletes the landing files of old snapshots, and what killed pulls left."""
    with plain_failures():
        forgotten = forget_old_snapshots(surroundings.workplace(), min(context.op_config["days"], FOR_EVER))
    context.add_output_metadata(asdict(forgotten))
    return forgotten


@dg.op(config_schema=_KEPT_RUNS)
def forget_runs(context: dg.OpExecutionContext, surroundings: dg.ResourceParam[Surroundings]) -> Purged:
    """Deletes old runs with their events from Dagster. The store keeps every sync run."""
    with plain_failures():
        work = surroundings.workplace()
        shown = first_day(work.today, pulled_connections(work.home))
        purged = purge_runs(context, min(shown, work.today - timedelta(days=min(context.op_config["days"], FOR_EVER))))
    context.add_output_metadata(asdict(purged))
    return purged


@dg.job
def retention() -> None:
    """Deletes raw snapshots after 30 days, and Dagster's own runs and events after 100: or as many as its config says."""
    forget()
    forget_runs()


daily_retention = dg.ScheduleDefinition(
    name="daily_retention",
    job=retention,
    cron_schedule="30 4 * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Lets go of old raw snapshots, and of old runs in Dagster, once a day, after the night's run.",
)
