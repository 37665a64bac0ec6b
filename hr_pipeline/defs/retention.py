"""The job that lets go of old raw snapshots, and its schedule.

May import: `operations`, this room.
"""

from dataclasses import asdict

import dagster as dg
from pydantic import Field

from hr_pipeline.defs.failures import plain_failures
from hr_pipeline.defs.partitions import TIMEZONE
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.operations.forgetting import KEPT_DAYS, Forgotten, forget_old_snapshots


class Kept(dg.Config):
    """Run config of `forget`."""

    days: int = Field(KEPT_DAYS, description="Days a raw snapshot is kept; a past date can be replayed for as long.")


@dg.op
def forget(context: dg.OpExecutionContext, config: Kept, surroundings: dg.ResourceParam[Surroundings]) -> Forgotten:
    """Deletes the landing files of old snapshots, and what killed pulls left."""
    with plain_failures():
        forgotten = forget_old_snapshots(surroundings.workplace(), config.days)
    context.add_output_metadata(asdict(forgotten))
    return forgotten


@dg.job
def retention() -> None:
    """Keeps raw snapshots for 30 days (or as many as its config says), then deletes them."""
    forget()


daily_retention = dg.ScheduleDefinition(
    name="daily_retention",
    job=retention,
    cron_schedule="30 4 * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Lets go of old raw snapshots once a day, after the night's run.",
)
