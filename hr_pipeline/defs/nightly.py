"""The schedule: one run a night for every active connection of every provider.

At 03:30 in Brussels, an hour that exists in every night of the year. May import: `operations`, `adapters`, this room.
"""

from datetime import date

import dagster as dg

from hr_pipeline.adapters.store.connections import activity
from hr_pipeline.defs.partitions import TIMEZONE, list_connections
from hr_pipeline.defs.surroundings import Surroundings, answer_of_store
from hr_pipeline.defs.sync_run import sync, sync_config
from hr_pipeline.domain.nights import BRUSSELS, NIGHT
from hr_pipeline.domain.outcomes import Trigger

PATIENCE_SECONDS = 5  # Dagster gives a tick a minute in all, and the run itself can wait longer


@dg.schedule(
    job=sync,
    cron_schedule=f"{NIGHT:%-M %-H} * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Synchronises every active connection of every provider in one run, at 03:30 in Brussels.",
)
def nightly(context: dg.ScheduleEvaluationContext, surroundings: dg.ResourceParam[Surroundings]) -> dg.RunRequest | dg.SkipReason:
    """One run per night, whatever happens: its run key is the night's date."""
    work = surroundings.workplace()
    night = context.scheduled_execution_time.astimezone(BRUSSELS).date()
    if night < work.today:
        return dg.SkipReason(f"The night of {night} has gone by: providers only tell of today.")
    known = answer_of_store(work, activity, PATIENCE_SECONDS)
    if known is None:
        return _request(night, [])  # the run itself asks for the active connections, when the store is free again
    list_connections(context.instance, list(known))
    active = [one for one, is_active in known.items() if is_active]
    return _request(night, active) if active else dg.SkipReason("No connection is active: `hr-pipeline connect` activates one.")


def _request(night: date, connections: list[str]) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"nightly-{night}",
        run_config=sync_config(date=night.isoformat(), connections=connections, trigger=Trigger.NIGHTLY.value),
        tags={"hr/trigger": Trigger.NIGHTLY.value},
    )
