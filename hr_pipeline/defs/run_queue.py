"""What the queue of runs goes by: each run's place, its connection, and who started it.

Every way of starting a run comes through here: clicks, the launchpad, sensors, schedules, backfills, runs tried again. `dagster.yaml` has the
limits. Loaded by every process of Dagster. May import: nothing of ours.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

PLACE = ".dagster/hr_place"  # tag that the UI hides
WORKING, WAITING, NIGHT = "working", "waiting", "night"  # the first is limited to a few; the night always has its own
MOST_WAITING = 6  # runs that wait without a place: each is a process. Further ones keep theirs
CONNECTION = "hr/connection"  # tag of a run about a single connection: one at a time
BY = "hr/by"  # tag of a run that somebody started who had logged in
LOGIN = "X-Hr-Pipeline-Login"  # header in which the proxy of a deployment says who that is
LONGEST_LOGIN = 64
UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


class PlacedRunCoordinator(QueuedRunCoordinator):
    """Dagster's queue, with the tags that its limits count put on each run before it queues."""

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        """Tag the run, then queue it. Tags that a run copied from the one it repeats are put right."""
        tags = queue_tags(context.dagster_run, context.get_request_header(LOGIN))
        self._instance.add_run_tags(context.dagster_run.run_id, tags)
        return super().submit_run(context)


def queue_tags(run: dg.DagsterRun, login: str | None) -> dict[str, str]:
    """The tags of a run that is about to queue.

    Args:
        run: As it was asked for.
        login: Who asks, where a proxy says so.
    """
    tags = {PLACE: NIGHT if run.tags.get("hr/trigger") == "nightly" else WORKING}
    if connection_id := _only_connection(run):
        tags[CONNECTION] = connection_id
    if login and login.isprintable():
        tags[BY] = login[:LONGEST_LOGIN]
    return tags


def _only_connection(run: dg.DagsterRun) -> str | None:
    """The connection of a click on one partition, or of a config that names one; None of several."""
    if key := run.tags.get("dagster/partition"):
        return key.partition("|")[0]
    named = asked_of(run.run_config).get("connections") or ()
    return str(named[0]) if len(named) == 1 else None


def asked_of(run_config: Mapping[str, Any]) -> dict[str, Any]:
    """What a run config of the job `sync` says, by the names of `selection.Wanted`."""
    config: Any = run_config
    for name in ("ops", "sync_run", "ops", "select", "config"):
        config = config.get(name) if isinstance(config, Mapping) else None
    return dict(config) if isinstance(config, Mapping) else {}


class Place:
    """The place of the run that is executed here, which it gives up while it waits for its turn: waiting takes nobody's place."""

    def __init__(self, context: dg.OpExecutionContext) -> None:
        self._instance, self._run = context.instance, context.run
        self._given_up = False

    def give_up(self) -> None:
        """While this run waits. What never had a place (a command's run, the night's) has none to give up."""
        if self._given_up or self._run.tags.get(PLACE) != WORKING:
            return
        waiting = dg.RunsFilter(tags={PLACE: WAITING}, statuses=UNDER_WAY)
        if self._instance.get_runs_count(waiting) < MOST_WAITING:
            self._instance.add_run_tags(self._run.run_id, {PLACE: WAITING})
            self._given_up = True

    def take_back(self) -> None:
        """Its turn has come. It goes on at once, also beside as many as there are places: it has waited long enough."""
        if self._given_up:
            self._instance.add_run_tags(self._run.run_id, {PLACE: WORKING})
            self._given_up = False
