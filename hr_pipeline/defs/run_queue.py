"""What the queue of runs goes by: each run's place, its connection, and who started it.

Every way of starting a run comes through here: clicks, the launchpad, sensors, schedules, backfills, runs tried again. `dagster.yaml` has the
limits. Loaded by every process of Dagster. May import: nothing of ours.
"""

from collections.abc import Iterable, Mapping
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
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
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
    tags = {PLACE: NIGHT if run.tags.get("hr/trigger") == "nightly" else WORKING, **connection_tag(_connections(run))}
    if login and login.isprintable():
        tags[BY] = login[:LONGEST_LOGIN]
    return tags


def connection_tag(connection_ids: Iterable[str]) -> dict[str, str]:
    """The tag of a run about a single connection, behind which another of that connection queues; none of several."""
    found = set(connection_ids)
    return {CONNECTION: found.pop()} if len(found) == 1 else {}


def _connections(run: dg.DagsterRun) -> Iterable[str]:
    """Those that a click on partitions or a config names; none where all are meant."""
    wanted = wanted_of(run.run_config)
    clicked = [run.tags[tag] for tag in ("dagster/partition", *RANGE) if tag in run.tags]
    keys = clicked or wanted.get("pairs") or wanted.get("connections") or ()
    return (str(key).partition("|")[0] for key in keys)


def wanted_of(run_config: Mapping[str, Any]) -> dict[str, Any]:
    """What a run config of the job `sync` says, by the names of `selection.Wanted`: texts and lists of texts, whatever a person wrote there."""
    config: Any = run_config
    for name in ("ops", "sync_run", "ops", "select", "config"):
        config = config.get(name) if isinstance(config, Mapping) else None
    if not isinstance(config, Mapping):
        return {}
    given = {str(name): value for name, value in config.items() if value is not None}
    return {name: _texts(value) if name in ("connections", "pairs") else str(value) for name, value in given.items()}


def _texts(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list | tuple) else [value])]


def give_up_place(instance: dg.DagsterInstance, run_id: str) -> None:
    """While a run waits for its turn, another one works. What has no such place (a command's run, the night's) has none to give."""
    waiting = dg.RunsFilter(tags={PLACE: WAITING}, statuses=UNDER_WAY)
    if _place(instance, run_id) == WORKING and instance.get_runs_count(waiting) < MOST_WAITING:
        instance.add_run_tags(run_id, {PLACE: WAITING})


def take_place_back(instance: dg.DagsterInstance, run_id: str) -> None:
    """Its turn has come. It goes on at once, also beside as many as there are places: it has waited long enough."""
    if _place(instance, run_id) == WAITING:
        instance.add_run_tags(run_id, {PLACE: WORKING})


def _place(instance: dg.DagsterInstance, run_id: str) -> str | None:
    run = instance.get_run_by_id(run_id)
    return run.tags.get(PLACE) if run else None
