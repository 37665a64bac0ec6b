"""The sensors that try again: failed syncs with growing pauses, and nights on which nothing ran.

Both are told from the store's sync runs, and what was asked for already from Dagster's runs; a cursor only saves looking.
May import: `operations`, `domain`, this room.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import takewhile

import dagster as dg
from pydantic import AwareDatetime

from hr_pipeline.defs.cursors import as_cursor, seen_before
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.run_queue import connection_tag
from hr_pipeline.defs.run_states import KEY, is_over, keys_of
from hr_pipeline.defs.surroundings import Surroundings, answer_of_store
from hr_pipeline.defs.sync_run import connections_of, sync, sync_config
from hr_pipeline.defs.told import many
from hr_pipeline.domain.nights import last_night
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.quarantine import PAUSES, Failing
from hr_pipeline.operations.retrying import failing, missed, retried_runs

PATIENCE_SECONDS = 2
BUSY = "The store is in use: the next look is in a minute."
ASKED = "hr/asked"  # tag of a run that tries again: when it was asked for, by the clock of the workplace
MOST_RUNS = 200  # the newest, of those that try again: a day of them is a handful


@dataclass(frozen=True, slots=True)
class Seen:
    """The cursor: the store's stamp at the last look, the next moment that somebody waits for, and what was said."""

    stamp: str = ""
    next: AwareDatetime | None = None
    said: str = ""


@dg.sensor(
    job=sync,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tries failed syncs again: after 15 minutes, an hour and four hours what may pass; then, and at once what somebody must settle "
    "elsewhere (a refused credential), in quarantine: after 1, 6, 12 and 24 hours, and every night, until one goes through.",
)
def failed_syncs(context: dg.SensorEvaluationContext, surroundings: dg.ResourceParam[Surroundings]) -> dg.SensorResult | dg.SkipReason:
    """One run for everybody whose moment has come; each moment is asked for once, as Dagster's own runs tell.

    The store is opened only when something was written to it, or a moment has come.
    """
    work = surroundings.workplace()
    now, stamp = work.clock(), work.store.stamp
    seen = seen_before(Seen, context.cursor)
    if seen.stamp == stamp and (seen.next is None or now < seen.next):
        return dg.SkipReason(seen.said)
    answer = answer_of_store(work, lambda database: (failing(database), retried_runs(database, now)), PATIENCE_SECONDS)
    if answer is None:
        return dg.SkipReason(BUSY)
    found, left = answer
    asked = _asked(context.instance, left, now) if any(_is_due(one.own_attempt(), now) for one in found) else {}
    moments = {one.connection_id: _moment(one, asked.get(one.connection_id, {})) for one in found}
    due = [one for one in found if _is_due(moments[one.connection_id], now)]
    waiting = many(len(found), "connection waits", "connections wait")
    said = f"{waiting} for their next attempt, {sum(one.in_quarantine for one in found)} of them in quarantine."
    if due and night_is_under_way(context.instance, last_night(now).date()):
        return dg.SkipReason("The night's own run is under way, and tries them too.")
    if due:
        return dg.SensorResult(run_requests=[_again(context.instance, due, moments, now)])
    looks = [one for one in moments.values() if one]
    if any(at > one.attempted_at and hopes for one in found for at, hopes in asked.get(one.connection_id, {}).items()):
        looks.append(now + PAUSES[0])  # what is under way may come to nothing, which changes nothing in the store
    return dg.SensorResult(skip_reason=said, cursor=as_cursor(Seen(stamp, min(looks, default=None), said)))


@dg.sensor(
    job=sync,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Catches up when nothing ran at night (the daemon was down): one sync of each connection, however many nights were missed.",
)
def missed_nights(context: dg.SensorEvaluationContext, surroundings: dg.ResourceParam[Surroundings]) -> dg.SensorResult | dg.SkipReason:
    """One run for all connections that the last night left out. Its key is that night's date: once for one night, but when that came to nothing.

    It comes to nothing when it is killed as often as Dagster starts it, or when the store has been restored since.
    """
    work = surroundings.workplace()
    found = answer_of_store(work, lambda database: missed(database, work.clock()), PATIENCE_SECONDS)
    if found is None:
        return dg.SkipReason(BUSY)
    night, connections = found
    if not connections:
        return dg.SkipReason(f"Every connection was tried since the night of {night}.")
    if context.cursor != str(night):  # a daemon that has just come back may be about to start the schedule's own run
        return dg.SensorResult(skip_reason=f"{many(len(connections), 'connection')} missed the night of {night}.", cursor=str(night))
    if night_is_under_way(context.instance, night):
        return dg.SkipReason("The night's own run is under way.")
    keys = keys_of(f"missed-{night}")
    tried = {run.tags[KEY] for run in context.instance.get_runs(dg.RunsFilter(tags={KEY: keys}))}
    if len(tried) == len(keys):
        return dg.SkipReason(f"The night of {night} was caught up {len(keys)} times, and left {many(len(connections), 'connection')} out.")
    return dg.SensorResult(run_requests=[_run(context.instance, keys[len(tried)], connections, Trigger.NIGHTLY)])


def night_is_under_way(instance: dg.DagsterInstance, night: date) -> bool:
    """Whether the schedule's own run of a night, or one that catches up, has not ended; or is about to be started again."""
    keys = [f"nightly-{night}", *keys_of(f"missed-{night}")]
    return not all(is_over(run) for run in instance.get_runs(dg.RunsFilter(tags={KEY: keys})))


def _is_due(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _asked(instance: dg.DagsterInstance, left: Collection[str], now: datetime) -> dict[str, dict[datetime, bool]]:
    """Connection → when it was asked for → whether anything came of it, or still may.

    Dagster's runs say it, so that a lost cursor or a crash asks for nothing twice. A run that is over and has left nothing was killed before it
    took its connections, and so was every try of Dagster's own; or it belongs to days that a restored store knows nothing of.

    Args:
        instance: Dagster's state.
        left: Runs that have left a sync run in the store.
        now: What somebody wrote on a run that is no moment before it is ignored.
    """
    asked: dict[str, dict[datetime, bool]] = {}
    for run in instance.get_runs(dg.RunsFilter(job_name=sync.name, tags={"hr/trigger": Trigger.RETRY.value}), limit=MOST_RUNS):
        at = _moment_of(run.tags.get(ASKED, ""))
        if at and at <= now:
            hopes = run.run_id in left or not is_over(run) or run.status is dg.DagsterRunStatus.CANCELED
            for connection_id in connections_of(run.run_config):
                moments = asked.setdefault(connection_id, {})
                moments[at] = moments.get(at, False) or hopes
    return asked


def _moment_of(text: str) -> datetime | None:
    """The moment that a tag says; None when it says none, or not in which zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _moment(one: Failing, asked: Mapping[datetime, bool]) -> datetime | None:
    """When one is tried again, after what was asked for already."""
    since = sorted((at for at in asked if at > one.attempted_at), reverse=True)
    in_vain = len(list(takewhile(lambda at: not asked[at], since)))
    return one.own_attempt(max(asked, default=None), in_vain)


def _again(instance: dg.DagsterInstance, due: Sequence[Failing], moments: Mapping[str, datetime | None], now: datetime) -> dg.RunRequest:
    """The run of those who are due. Its key is what it rests on: the last sync run of each, and the moment that has come."""
    rests_on = " ".join(f"{one.run_no}@{moments[one.connection_id]}" for one in due)
    key = f"retry-{due[0].sync_run_id}-{sha256(rests_on.encode()).hexdigest()[:12]}"
    return _run(instance, key, [one.connection_id for one in due], Trigger.RETRY, {ASKED: now.isoformat()})


def _run(
    instance: dg.DagsterInstance, key: str, connections: Sequence[str], trigger: Trigger, tags: Mapping[str, str] | None = None
) -> dg.RunRequest:
    list_connections(instance, connections)
    config = sync_config(connections=connections, trigger=trigger.value)
    return dg.RunRequest(run_key=key, run_config=config, tags={"hr/trigger": trigger.value, **connection_tag(connections), **(tags or {})})
