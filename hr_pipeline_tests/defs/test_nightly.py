from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator  # what the daemon itself asks

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.connections import add_connection
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.defs.nightly import nightly
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.connections import Connection, Settings
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.adapters.surroundings import program

BRUSSELS = ZoneInfo("Europe/Brussels")
IDS = ["securex-brasserie-1", "payfit-atelier-2", "securex-gone-3"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


class Night:
    """A home with three connections, one of them stopped, at a moment in Brussels."""

    def __init__(self, home: Path, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.work = Workplace.current(Environment.current({"HR_PIPELINE_HOME": str(home)}, home))

    def connect(self) -> None:
        with self.work.store.opened() as database:
            for n, connection_id in enumerate(IDS):
                provider = connection_id.split("-")[0]
                connection = Connection(
                    connection_id, provider, connection_id, f"BE{n:010d}", str(n), Settings(), {"kind": "partner"}, active=n < 2
                )
                add_connection(database, connection, self.work.providers[provider].default_mapping, datetime.now(UTC))

    def tick(self, scheduled: datetime, now: datetime | None = None) -> dg.RunRequest | str:
        """What a tick asks for, or why it skips."""
        work = replace(self.work, clock=lambda: (now or scheduled).astimezone(UTC))
        context = dg.build_schedule_context(
            instance=self.instance, scheduled_execution_time=scheduled, resources={"surroundings": Surroundings(lambda: work)}
        )
        result = nightly.evaluate_tick(context)
        return result.run_requests[0] if result.run_requests else str(result.skip_message)


@pytest.fixture
def night(tmp_path: Path, instance: dg.DagsterInstance) -> Night:
    return Night(tmp_path, instance)


def selected(request: dg.RunRequest | str) -> dict[str, object]:
    assert isinstance(request, dg.RunRequest), request
    config: dict[str, object] = request.run_config["ops"]["sync_run"]["ops"]["select"]["config"]
    return config


def test_a_night_is_one_run_of_every_active_connection_of_every_provider(night: Night) -> None:
    night.connect()
    request = night.tick(moment("2026-11-22T03:30"))
    assert selected(request) == {"date": "2026-11-22", "connections": IDS[:2], "trigger": "nightly"}
    assert isinstance(request, dg.RunRequest)
    assert (request.run_key, request.tags["hr/trigger"], request.partition_key) == ("nightly-2026-11-22", "nightly", None)


def test_a_tick_lists_every_connection_for_the_ui_a_stopped_one_too(night: Night) -> None:
    night.connect()
    night.tick(moment("2026-11-22T03:30"))
    assert sorted(night.instance.get_dynamic_partitions("connection")) == sorted(IDS)


def test_without_an_active_connection_a_tick_skips_and_says_why(night: Night) -> None:
    assert "No connection is active" in str(night.tick(moment("2026-11-22T03:30")))


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_nights_the_clocks_change_have_one_tick_of_their_own_date(night: Night, day: str) -> None:
    night.connect()
    noon_before, evening = moment(day) - timedelta(hours=12), moment(f"{day}T23:00")
    daemon = schedule_execution_time_iterator(noon_before.timestamp(), nightly.cron_schedule, nightly.execution_timezone)
    ticks = list(takewhile(lambda tick: tick < evening, daemon))
    assert [(tick.date().isoformat(), tick.strftime("%H:%M")) for tick in ticks] == [(day, "03:30")]
    request = night.tick(ticks[0])
    assert selected(request)["date"] == day
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == f"nightly-{day}"


def test_a_tick_of_the_same_night_that_comes_late_asks_for_that_night(night: Night) -> None:
    night.connect()
    assert selected(night.tick(moment("2026-11-22T03:30"), now=moment("2026-11-22T23:50")))["date"] == "2026-11-22"


def test_a_tick_of_a_night_that_has_gone_by_skips_since_providers_only_tell_of_today(night: Night) -> None:
    night.connect()
    assert "2026-11-20 has gone by" in str(night.tick(moment("2026-11-20T03:30"), now=moment("2026-11-22T09:00")))


def test_a_store_in_use_does_not_cost_the_night(night: Night) -> None:
    night.connect()
    night.work = replace(night.work, store=Store(night.work.store.path))
    holder = program(
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()", night.work.store.path
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        request = night.tick(moment("2026-11-22T03:30"))
    finally:
        holder.communicate("")
    assert selected(request) == {"date": "2026-11-22", "trigger": "nightly"}  # no list: the run asks for the active ones itself
