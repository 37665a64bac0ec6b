"""How long sensors and the schedule think, and what a night costs beside the sync itself.

May import: `hr_pipeline`, this room.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from datetime import time as clock
from statistics import median
from typing import Any

import dagster as dg

from hr_pipeline.adapters.store import overview
from hr_pipeline.adapters.store.health import newest_runs
from hr_pipeline.definitions import defs
from hr_pipeline.defs.evidence import evidence_of
from hr_pipeline.defs.launching import QUIET
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.attention import to_tell
from hr_pipeline.operations.retrying import failing
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.benchmarks.dagster_history import Platform
from hr_pipeline_tests.benchmarks.dagster_pages import ask

REPETITIONS = 3
WHERE = {"repositoryName": "__repository__", "repositoryLocationName": "hr_pipeline"}
TICK = (
    "{ ... on DryRunInstigationTick { evaluationResult { skipReason runRequests { runKey } error { message } } } ... on Error { message } }"
)
SENSOR = f"mutation ($where: SensorSelector!) {{ tick: sensorDryRun(selectorData: $where, cursor: null) {TICK} }}"
SCHEDULE = f"mutation ($where: ScheduleSelector!, $at: Float) {{ tick: scheduleDryRun(selectorData: $where, timestamp: $at) {TICK} }}"


@dataclass(frozen=True, slots=True)
class NightCost:
    """Seconds of a night through Dagster, and of the same operations without it."""

    companies: int
    total: float
    own: float

    @property
    def each(self) -> float:
        """What Dagster adds, in milliseconds per connection."""
        return (self.total - self.own) / self.companies * 1000


def night_cost(platform: Platform, days_ago: int) -> tuple[NightCost, str]:
    """One real night, and the id of its run. The same night without Dagster goes first, on a copy of the home."""
    copy = platform.home.with_name(f"{platform.home.name}-copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(platform.home, copy, ignore=shutil.ignore_patterns("dagster", "*.log"))
    own = seconds(lambda: sync(platform.work(days_ago, copy), platform.wanted(days_ago), Trigger.NIGHTLY))
    shutil.rmtree(copy)
    start = time.perf_counter()
    run_id = platform.night(days_ago)
    return NightCost(platform.companies, time.perf_counter() - start, own), run_id


def thinking(platform: Platform) -> dict[str, float]:
    """Each sensor's evaluation without a cursor, and the schedule's, in this process."""
    given = {"surroundings": Surroundings(platform.work)}
    night = datetime.combine(platform.work().today, clock(3, 30), BRUSSELS)
    found = {}
    with platform.dagster() as instance:
        for sensor in _sensors():
            context = dg.build_sensor_context(instance=instance, resources=given, definitions=defs)
            found[sensor.name] = median(seconds(lambda s=sensor, c=context: s.evaluate_tick(c)) for _ in range(REPETITIONS))
        for schedule in _schedules():
            laps = []
            for _ in range(REPETITIONS):
                context_at = dg.build_schedule_context(instance=instance, scheduled_execution_time=night, resources=given)
                laps.append(seconds(lambda s=schedule, c=context_at: s.evaluate_tick(c)))
            found[schedule.name] = median(laps)
    return found


def ticking(platform: Platform, address: str) -> dict[str, float]:
    """The same through the code server, as a tick asks for it: evaluation, serialisation and the way there and back."""
    night = datetime.combine(platform.work().today, clock(3, 30), BRUSSELS).timestamp()
    found = {}
    for sensor in _sensors():
        where = WHERE | {"sensorName": sensor.name}
        found[sensor.name] = median(seconds(lambda w=where: _tick(address, SENSOR, where=w)) for _ in range(REPETITIONS))
    for schedule in _schedules():
        where = WHERE | {"scheduleName": schedule.name}
        found[schedule.name] = median(seconds(lambda w=where: _tick(address, SCHEDULE, where=w, at=night)) for _ in range(REPETITIONS))
    return found


def store_questions(platform: Platform) -> dict[str, float]:
    """What a night's report and the checks ask of the store."""
    work = platform.work()
    with work.store.opened() as database:
        asked: dict[str, Callable[[], Any]] = {
            "60 nights of `sync_history`": lambda: overview.nights(database, work.today),
            "slowest pulls": lambda: overview.slowest_pulls(database, 10),
            "what is held": lambda: overview.waiting_holds(database),
            "conflicts by code": lambda: overview.conflicts_by_code(database, work.today),
            "who waits for another attempt": lambda: failing(database),
            "what `attention` would tell": lambda: to_tell(database, work.clock(), lambda _: False),
            "evidence of the checks": lambda: evidence_of(database, newest_runs(database), work.today),
        }
        return {label: median(seconds(question) for _ in range(REPETITIONS)) for label, question in asked.items()}


def retention_run(platform: Platform) -> tuple[float, int]:
    """A run of the retention job: its seconds, and how many runs it deleted."""
    with platform.dagster() as instance:
        start = time.perf_counter()
        result = defs.resolve_job_def("retention").execute_in_process(
            run_config=QUIET, instance=instance, resources={"surroundings": Surroundings(platform.work)}
        )
        return time.perf_counter() - start, result.output_for_node("forget_runs").runs


def seconds(task: Callable[[], Any]) -> float:
    """How long a task takes."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def _tick(address: str, query: str, **variables: Any) -> None:
    result = ask(address, query, **variables)["tick"].get("evaluationResult")
    assert result, "the tick was refused"
    assert not result["error"], result["error"]


def _sensors() -> list[dg.SensorDefinition]:
    return [one for one in defs.sensors or [] if isinstance(one, dg.SensorDefinition)]


def _schedules() -> list[dg.ScheduleDefinition]:
    return [one for one in defs.schedules or [] if isinstance(one, dg.ScheduleDefinition) and one.name == "nightly"]
