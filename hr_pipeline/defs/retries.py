"""The sensors that try again: failed syncs with growing pauses, and nights on which nothing ran.

Both are told from the store's sync runs; the cursor only keeps what was asked for already. May import: `operations`, this room.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import dagster as dg

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.requests import OVER
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.defs.sync_run import sync, sync_config
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.retrying import failing, missed
from hr_pipeline.operations.workplace import Workplace

PATIENCE_SECONDS = 2
BUSY = "The store is in use: the next look is in a minute."
UNDER_WAY = [status for status in dg.DagsterRunStatus if status not in OVER]

Found = TypeVar("Found")


@dg.sensor(
    job=sync,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tries failed syncs again after 15 minutes, an hour and four hours; after that only the nights try, until one goes through.",
)
def failed_syncs(context: dg.SensorEvaluationContext, surroundings: dg.ResourceParam[Surroundings]) -> dg.SensorResult | dg.SkipReason:
    """One run for everybody whose pause is over; each failed sync run is answered once."""
    work = surroundings.workplace()
    found = _looked_up(work, failing)
    if found is None:
        return dg.SkipReason(BUSY)
    asked = set(json.loads(context.cursor or "[]"))
    due = [one for one in found if not one.in_quarantine and one.next_attempt <= work.clock() and one.run_no not in asked]
    if not due:
        return dg.SkipReason(f"{len(found)} connections wait for their next attempt.")
    numbers = sorted(one.run_no for one in due)
    still = asked & {one.run_no for one in found}
    request = _run(context.instance, f"retry-{numbers[0]}-{numbers[-1]}-{len(numbers)}", [one.connection_id for one in due], Trigger.RETRY)
    return dg.SensorResult(run_requests=[request], cursor=json.dumps(sorted(still | set(numbers))))


@dg.sensor(
    job=sync,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Catches up when nothing ran at night (the daemon was down): one sync of each connection, however many nights were missed.",
)
def missed_nights(context: dg.SensorEvaluationContext, surroundings: dg.ResourceParam[Surroundings]) -> dg.SensorResult | dg.SkipReason:
    """One run for all connections that the last night left out. Its key is that night's date: never twice for one night."""
    work = surroundings.workplace()
    found = _looked_up(work, lambda database: missed(database, work.clock()))
    if found is None:
        return dg.SkipReason(BUSY)
    night, connections = found
    if not connections:
        return dg.SkipReason(f"Every connection was tried since the night of {night}.")
    if context.cursor != str(night):  # a daemon that has just come back may be about to start the schedule's own run
        return dg.SensorResult(skip_reason=f"{len(connections)} connections missed the night of {night}.", cursor=str(night))
    if context.instance.get_runs(dg.RunsFilter(tags={"dagster/run_key": f"nightly-{night}"}, statuses=UNDER_WAY), limit=1):
        return dg.SkipReason("The night's own run is under way.")
    return dg.SensorResult(run_requests=[_run(context.instance, f"missed-{night}", connections, Trigger.NIGHTLY)])


def _looked_up(work: Workplace, question: Callable[[Database], Found]) -> Found | None:
    """What the store says, or None while somebody holds it."""
    try:
        with replace(work.store, patience_seconds=PATIENCE_SECONDS).opened() as database:
            return question(database)
    except Refusal as refusal:
        if refusal.code is Code.STORE_LOCKED:
            return None
        raise


def _run(instance: dg.DagsterInstance, key: str, connections: Sequence[str], trigger: Trigger) -> dg.RunRequest:
    list_connections(instance, connections)
    alone = {"hr/connection": connections[0]} if len(connections) == 1 else {}
    config = sync_config(connections=connections, trigger=trigger.value)
    return dg.RunRequest(run_key=key, run_config=config, tags={"hr/trigger": trigger.value, **alone})
