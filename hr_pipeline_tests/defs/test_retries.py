"""Trying again: failed syncs after growing pauses, and nights on which nothing ran."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.applying import Attempt, Failure, record_failures
from hr_pipeline.adapters.store.connections import add_connection, stored_connection
from hr_pipeline.defs.launching import SYNC
from hr_pipeline.defs.retries import failed_syncs, missed_nights
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection, Settings
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.retrying import Failing, failing, next_night
from hr_pipeline.operations.workplace import BRUSSELS, Workplace

A, B = "securex-brasserie-1", "payfit-atelier-2"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


@dataclass
class Watch:
    """Two connections and a clock; what a sensor asks for, with its cursor."""

    work: Workplace
    instance: dg.DagsterInstance
    sensor: dg.SensorDefinition
    cursor: str | None = None

    def tick(self, at: datetime) -> Sequence[dg.RunRequest]:
        """What the sensor asks for at a moment."""
        then = replace(self.work, clock=lambda: at.astimezone(UTC))
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"surroundings": Surroundings(lambda: then)}
        )
        data = self.sensor.evaluate_tick(context)
        self.cursor = data.cursor or self.cursor
        return data.run_requests or []

    def tried(self, connection_id: str, at: datetime, code: Code | None = None, trigger: Trigger = Trigger.NIGHTLY) -> None:
        """A sync of a connection ended then: with a code, or well."""
        with self.work.store.opened() as database:
            number = stored_connection(database, connection_id).number
            failure = Failure(number, at.date(), code or Code.PROVIDER_UNAVAILABLE, {})
            now = at.astimezone(UTC)  # as the workplace's clock tells it
            (run,) = record_failures(database, [failure], Attempt(trigger, now), now)
            if code is None:
                database.run("UPDATE sync_run SET status = 'success', code = NULL, applied = TRUE WHERE run_no = ?", [run.run_no])

    @property
    def failing(self) -> list[Failing]:
        """Who waits for another attempt."""
        with self.work.store.opened() as database:
            return failing(database)


def watch(folder: Path, instance: dg.DagsterInstance, sensor: dg.SensorDefinition) -> Watch:
    work = Workplace.current(Environment.current({"HR_PIPELINE_HOME": str(folder)}, folder))
    with work.store.opened() as database:
        for n, name in enumerate((A, B)):
            provider = name.split("-")[0]
            connection = Connection(name, provider, name, f"BE{n:010d}", str(n), Settings(), {"kind": "partner"})
            add_connection(database, connection, work.providers[provider].default_mapping, moment("2026-11-01T12:00"))
    return Watch(work, instance, sensor)


@pytest.fixture
def failed(tmp_path: Path, instance: dg.DagsterInstance) -> Watch:
    return watch(tmp_path, instance, failed_syncs)


@pytest.fixture
def nights(tmp_path: Path, instance: dg.DagsterInstance) -> Watch:
    return watch(tmp_path, instance, missed_nights)


NIGHT = moment("2026-11-20T03:31")


def config(asked: dg.RunRequest) -> dict[str, Any]:
    return dict(asked.run_config["ops"]["sync_run"]["ops"]["select"]["config"])


def test_all_that_failed_together_are_tried_again_in_one_run_after_a_quarter_of_an_hour(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    failed.tried(B, NIGHT, Code.SNAPSHOT_INCOMPLETE)
    assert failed.tick(NIGHT + timedelta(minutes=14)) == []
    (asked,) = failed.tick(NIGHT + timedelta(minutes=15))
    assert config(asked) == {"connections": [A, B], "trigger": "retry"}
    assert asked.tags["hr/trigger"] == "retry"
    assert failed.tick(NIGHT + timedelta(minutes=16)) == []  # each failed sync run is answered once


def test_pauses_grow_and_the_fourth_failure_in_a_row_is_quarantine_until_the_next_night(failed: Watch) -> None:
    at = NIGHT
    for pause in (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)):
        failed.tried(A, at, Code.PROVIDER_UNAVAILABLE, Trigger.RETRY)
        assert failed.tick(at + pause - timedelta(seconds=1)) == []
        assert len(failed.tick(at + pause)) == 1
        at += pause
    failed.tried(A, at, Code.PROVIDER_UNAVAILABLE, Trigger.RETRY)
    (one,) = failed.failing
    assert (one.failures, one.in_quarantine, one.next_attempt) == (4, True, moment("2026-11-21T03:30"))
    assert failed.tick(at + timedelta(days=3)) == []
    assert one.as_row() == {
        "connection": A,
        "code": "PROVIDER_UNAVAILABLE",
        "failures": 4,
        "since": NIGHT.date(),
        "next attempt": "2026-11-21 03:30",
        "quarantine": "yes",
    }


def test_one_success_ends_it_and_the_next_failure_counts_anew(failed: Watch) -> None:
    for n in range(5):
        failed.tried(A, NIGHT + timedelta(days=n), Code.PROVIDER_UNAVAILABLE)
    failed.tried(A, NIGHT + timedelta(days=5))
    assert failed.failing == []
    failed.tried(A, NIGHT + timedelta(days=6), Code.PROVIDER_UNAVAILABLE)
    assert [(one.failures, one.in_quarantine) for one in failed.failing] == [(1, False)]


@pytest.mark.parametrize("code", [Code.CREDENTIAL_REFUSED, Code.HELD_MISSING, Code.SNAPSHOT_EMPTY])
def test_what_a_person_must_settle_is_not_tried_again(failed: Watch, code: Code) -> None:
    failed.tried(A, NIGHT, code)
    assert failed.failing == []
    assert failed.tick(NIGHT + timedelta(hours=1)) == []


def test_a_replay_of_a_past_day_that_failed_is_nobodys_failure(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE, Trigger.BACKFILL)
    assert failed.failing == []


def test_with_the_cursor_lost_the_same_failures_have_the_same_key(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    keys = [failed.tick(NIGHT + timedelta(minutes=20))[0].run_key]
    failed.cursor = None
    keys.append(failed.tick(NIGHT + timedelta(minutes=21))[0].run_key)
    assert keys[0] == keys[1]


def test_three_missed_nights_are_caught_up_by_one_run(nights: Watch) -> None:
    for connection_id in (A, B):
        nights.tried(connection_id, NIGHT)
    back = moment("2026-11-23T09:00")
    assert nights.tick(back) == []  # the schedule's own run may be about to start
    (asked,) = nights.tick(back + timedelta(minutes=5))
    assert (asked.run_key, config(asked)) == ("missed-2026-11-23", {"connections": [A, B], "trigger": "nightly"})


def test_only_those_that_the_night_left_out_are_caught_up(nights: Watch) -> None:
    nights.tried(A, NIGHT)
    nights.tried(B, NIGHT - timedelta(days=1))
    nights.tick(NIGHT + timedelta(hours=2))
    (asked,) = nights.tick(NIGHT + timedelta(hours=2))
    assert (config(asked)["connections"], asked.tags["hr/connection"]) == ([B], B)


def test_the_night_itself_has_an_hour_before_anybody_catches_up(nights: Watch) -> None:
    for connection_id in (A, B):
        nights.tried(connection_id, NIGHT - timedelta(days=1))
    assert [nights.tick(NIGHT + timedelta(minutes=n)) for n in (0, 30, 55)] == [[], [], []]


def test_while_the_nights_own_run_is_under_way_nothing_is_caught_up(nights: Watch) -> None:
    run = nights.instance.create_run_for_job(job_def=SYNC, tags={"dagster/run_key": "nightly-2026-11-20"})
    at = NIGHT + timedelta(hours=3)
    assert [nights.tick(at), nights.tick(at)] == [[], []]
    nights.instance.report_run_failed(run)
    assert len(nights.tick(at)) == 1


def test_a_connection_made_during_the_day_has_missed_nothing(nights: Watch) -> None:
    first = moment("2026-11-01T15:00")
    assert [nights.tick(first), nights.tick(first)] == [[], []]


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-03-28T04:00", "2026-03-29T03:30"),  # the night on which 02:30 does not exist
        ("2026-10-24T12:00", "2026-10-25T03:30"),  # the night on which 02:30 exists twice
        ("2026-10-25T02:30", "2026-10-25T03:30"),
    ],
)
def test_the_next_night_is_at_half_past_three_whatever_the_clocks_do(at: str, due: str) -> None:
    assert next_night(moment(at)) == moment(due)
