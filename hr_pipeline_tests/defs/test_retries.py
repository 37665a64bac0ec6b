"""Trying again: failed syncs after growing pauses, and nights on which nothing ran."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import DagsterEventType

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.applying import Attempt, Failure, record_failures
from hr_pipeline.adapters.store.connections import add_connection, change_connection, stored_connection
from hr_pipeline.defs.launching import SYNC
from hr_pipeline.defs.retries import failed_syncs, missed_nights
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection, Settings
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.quarantine import Failing
from hr_pipeline.operations.retrying import failing
from hr_pipeline.operations.workplace import Workplace

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
        """What the sensor asks for at a moment; the runs come to exist, as the daemon would make them, once per key."""
        then = replace(self.work, clock=lambda: at.astimezone(UTC))
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"surroundings": Surroundings(lambda: then)}
        )
        data = self.sensor.evaluate_tick(context)
        self.cursor = data.cursor or self.cursor
        return [one for one in data.run_requests or [] if self._started(one)]

    def _started(self, asked: dg.RunRequest) -> bool:
        tags = {**asked.tags, "dagster/run_key": str(asked.run_key)}
        if self.instance.get_runs(dg.RunsFilter(tags={"dagster/run_key": str(asked.run_key)})):
            return False
        self.instance.create_run_for_job(job_def=SYNC, run_config=dict(asked.run_config), tags=tags)
        return True

    def killed(self, *, again: bool = False) -> None:
        """The newest run ended without leaving anything. With `again`, Dagster is about to start it once more; else it has tried often enough."""
        run = self.instance.get_runs(limit=1)[0]
        self.instance.report_run_failed(run)
        self.instance.add_run_tags(run.run_id, {"dagster/will_retry": str(again).lower()})

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


def busy_skip(watch: Watch, at: datetime) -> str:
    """What a tick says that asks for nothing."""
    then = replace(watch.work, clock=lambda: at.astimezone(UTC))
    context = dg.build_sensor_context(instance=watch.instance, cursor=watch.cursor, resources={"surroundings": Surroundings(lambda: then)})
    return str(watch.sensor.evaluate_tick(context).skip_message)


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


@pytest.mark.parametrize(
    "said", ["nonsense", "", "2026-11-20T03:40:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-20T03:40:00+99:00"]
)
@pytest.mark.parametrize("names", [[A], [{"env": "PATH"}, None], {"env": "PATH"}, 5])
def test_what_somebody_wrote_on_a_run_of_their_own_keeps_nobody_waiting(failed: Watch, said: str, names: Any) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    tags = {"hr/trigger": "retry", "hr/asked": said}
    made = failed.instance.create_run_for_job(job_def=SYNC, tags=tags)
    failed.instance.delete_run(made.run_id)
    wanted = {"ops": {"sync_run": {"ops": {"select": {"config": {"connections": names}}}}}}
    failed.instance.add_run(made._replace(run_config=wanted))  # as an earlier version's schema let it through
    (asked,) = failed.tick(NIGHT + timedelta(minutes=15))
    assert config(asked) == {"connections": [A], "trigger": "retry"}


def test_pauses_grow_and_the_fourth_failure_in_a_row_is_quarantine(failed: Watch) -> None:
    at = NIGHT
    for pause in (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)):
        failed.tried(A, at, Code.PROVIDER_UNAVAILABLE, Trigger.RETRY)
        assert [one.in_quarantine for one in failed.failing] == [False]
        assert failed.tick(at + pause - timedelta(seconds=1)) == []
        assert len(failed.tick(at + pause)) == 1
        at += pause
    failed.tried(A, at, Code.PROVIDER_UNAVAILABLE, Trigger.RETRY)
    (one,) = failed.failing
    assert (one.failures, one.in_quarantine, one.next_attempt) == (4, True, at + timedelta(hours=1))
    assert one.as_row(at) == {
        "connection": A,
        "code": "PROVIDER_UNAVAILABLE",
        "failures": "4",
        "since": NIGHT.date(),
        "state": "quarantine",
        "next attempt": "2026-11-20 09:46",
    }


def test_in_back_off_manual_syncs_that_fail_neither_move_nor_replace_the_next_attempt(failed: Watch) -> None:
    at = NIGHT
    failed.tried(A, at, Code.PROVIDER_UNAVAILABLE, Trigger.MANUAL)  # the first failure counts, whoever made it
    for tries, pause in enumerate((timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)), start=1):
        for minutes in (2, 9, 14):
            failed.tried(A, at + timedelta(minutes=minutes), Code.PROVIDER_UNAVAILABLE, Trigger.MANUAL)
            assert failed.tick(at + timedelta(minutes=minutes)) == []
        (one,) = failed.failing
        assert (one.failures, one.tries, one.in_quarantine) == (tries * 4, tries, False)
        assert (one.since, one.next_attempt) == (NIGHT, at + pause)
        assert one.as_row(at)["failures"] == f"{tries * 4} ({tries} counted)"
        assert len(failed.tick(at + pause)) == 1
        at += pause
        failed.tried(A, at, Code.PROVIDER_UNAVAILABLE, Trigger.RETRY)
    (one,) = failed.failing
    assert (one.tries, one.in_quarantine, one.entered_at) == (4, True, at)
    assert one.as_document(at)["since"] == at


def test_a_manual_sync_that_fails_while_the_next_attempt_is_on_its_way_asks_for_no_other(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    assert len(failed.tick(NIGHT + timedelta(minutes=15))) == 1
    failed.tried(A, NIGHT + timedelta(minutes=16), Code.PROVIDER_UNAVAILABLE, Trigger.MANUAL)
    assert [failed.tick(NIGHT + timedelta(minutes=minute)) for minute in (17, 31, 90)] == [[], [], []]


def test_what_a_manual_sync_finds_in_back_off_is_told_and_quarantines_only_when_the_next_attempt_finds_it_too(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    failed.tried(A, NIGHT + timedelta(minutes=5), Code.CREDENTIAL_REFUSED, Trigger.MANUAL)
    (one,) = failed.failing
    assert (one.code, one.in_quarantine, one.next_attempt) == ("CREDENTIAL_REFUSED", False, NIGHT + timedelta(minutes=15))
    failed.tried(A, NIGHT + timedelta(minutes=15), Code.CREDENTIAL_REFUSED, Trigger.RETRY)
    assert [(one.in_quarantine, one.entered_at) for one in failed.failing] == [(True, NIGHT + timedelta(minutes=15))]


def test_a_refused_credential_is_quarantined_at_once_and_probed_after_1_6_12_and_24_hours_then_at_night_only(failed: Watch) -> None:
    entry = moment("2026-11-20T10:00")
    failed.tried(A, entry, Code.CREDENTIAL_REFUSED)
    for hours in (1, 6, 12, 24):
        due = entry + timedelta(hours=hours)
        assert failed.tick(due - timedelta(seconds=1)) == []
        (asked,) = failed.tick(due)
        assert config(asked) == {"connections": [A], "trigger": "retry"}
        assert failed.tick(due + timedelta(minutes=1)) == []
        failed.tried(A, due + timedelta(minutes=2), Code.CREDENTIAL_REFUSED, Trigger.RETRY)
    (one,) = failed.failing
    assert (one.in_quarantine, one.entered_at, one.own_attempt()) == (True, entry, None)
    assert one.next_attempt == moment("2026-11-22T03:30")
    assert failed.tick(entry + timedelta(days=9)) == []


def test_a_night_that_tries_it_too_changes_no_probe_but_the_one_it_stands_for(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    failed.tried(A, NIGHT + timedelta(hours=23, minutes=50), Code.CREDENTIAL_REFUSED)  # ten minutes before the last probe
    assert failed.tick(NIGHT + timedelta(hours=25)) == []
    assert failed.failing[0].next_attempt == moment("2026-11-21T03:30")


def test_a_manual_sync_that_fails_leaves_the_probes_where_they_were(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    failed.tried(A, NIGHT + timedelta(minutes=5), Code.CREDENTIAL_REFUSED, Trigger.MANUAL)
    assert failed.tick(NIGHT + timedelta(minutes=59)) == []
    assert len(failed.tick(NIGHT + timedelta(minutes=60))) == 1


def test_a_success_between_two_probes_leaves_nothing_to_probe_and_ends_the_quarantine(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    assert failed.tick(NIGHT + timedelta(minutes=1)) == []
    failed.tried(A, NIGHT + timedelta(minutes=30), trigger=Trigger.MANUAL)
    assert failed.failing == []
    assert failed.tick(NIGHT + timedelta(hours=2)) == []


def test_a_quarantine_that_meets_an_unavailable_provider_stays_one(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    failed.tried(A, NIGHT + timedelta(hours=1), Code.PROVIDER_UNAVAILABLE, Trigger.RETRY)
    (one,) = failed.failing
    assert (one.code, one.entered_at, one.next_attempt) == ("PROVIDER_UNAVAILABLE", NIGHT, NIGHT + timedelta(hours=6))


def test_a_clock_that_once_ran_ahead_keeps_nobody_waiting(failed: Watch) -> None:
    failed.tried(A, NIGHT + timedelta(days=400), Code.PROVIDER_UNAVAILABLE)
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    (one,) = failed.failing
    assert one.last_at == NIGHT
    assert len(failed.tick(NIGHT + timedelta(hours=1))) == 1


def test_a_stopped_connection_is_tried_by_nobody(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    with failed.work.store.opened() as database:
        change_connection(database, replace(stored_connection(database, A).connection, active=False))
    assert failed.failing == []
    assert failed.tick(NIGHT + timedelta(hours=2)) == []


def test_one_success_ends_it_and_the_next_failure_counts_anew(failed: Watch) -> None:
    for n in range(5):
        failed.tried(A, NIGHT + timedelta(days=n), Code.PROVIDER_UNAVAILABLE)
    failed.tried(A, NIGHT + timedelta(days=5))
    assert failed.failing == []
    failed.tried(A, NIGHT + timedelta(days=6), Code.PROVIDER_UNAVAILABLE)
    assert [(one.failures, one.in_quarantine) for one in failed.failing] == [(1, False)]


@pytest.mark.parametrize("code", [Code.MAPPING_REFUSED, Code.HELD_MISSING, Code.SNAPSHOT_EMPTY])
def test_what_a_person_must_decide_here_is_not_tried_again(failed: Watch, code: Code) -> None:
    failed.tried(A, NIGHT, code)
    assert failed.failing == []
    assert failed.tick(NIGHT + timedelta(hours=1)) == []


def test_a_replay_of_a_past_day_that_failed_is_nobodys_failure(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE, Trigger.BACKFILL)
    assert failed.failing == []


def test_whatever_happens_to_the_cursor_no_moment_is_asked_for_twice(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    failed.tried(B, NIGHT + timedelta(minutes=10), Code.CREDENTIAL_REFUSED)
    asked = []
    for minute in range(60, 80, 2):  # B comes due while A's run still waits in the queue
        failed.cursor = None if minute % 4 else "[1, 2]"  # lost, or an earlier version's
        asked += [config(one)["connections"] for one in failed.tick(NIGHT + timedelta(minutes=minute))]
    assert asked == [[A], [B]]


@pytest.mark.parametrize("key", ["nightly-2026-11-21", "missed-2026-11-21"])
def test_while_a_night_tries_everybody_nobody_is_probed_beside_it(failed: Watch, key: str) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    failed.instance.create_run_for_job(job_def=SYNC, tags={"dagster/run_key": key})
    assert failed.tick(NIGHT + timedelta(hours=24)) == []
    failed.killed(again=True)
    assert failed.tick(NIGHT + timedelta(hours=24, minutes=2)) == []
    failed.killed()
    assert len(failed.tick(NIGHT + timedelta(hours=24, minutes=5))) == 1


def test_a_probe_that_left_no_sync_run_is_followed_by_the_next_one_all_the_same(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    asked = [len(failed.tick(NIGHT + timedelta(hours=hours))) for hours in (1, 2, 6, 7, 12, 13, 24, 48)]
    assert asked == [1, 0, 1, 0, 1, 0, 1, 0]


def in_use(failed: Watch, at: datetime, trigger: Trigger = Trigger.NIGHTLY) -> None:
    """Another run had A until patience ended."""
    failed.tried(A, at, Code.ALREADY_RUNNING, trigger)


@pytest.mark.parametrize("trigger", [Trigger.NIGHTLY, Trigger.MANUAL])
def test_who_was_in_use_until_patience_ended_is_tried_again_after_the_same_pauses_and_is_in_nobodys_quarantine(
    failed: Watch, trigger: Trigger
) -> None:
    at = NIGHT
    in_use(failed, at, trigger)
    for times, pause in enumerate((timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)), start=1):
        (one,) = failed.failing
        assert (one.code, one.in_use, one.in_quarantine, one.next_attempt) == ("ALREADY_RUNNING", times, False, at + pause)
        assert failed.tick(at + pause - timedelta(seconds=1)) == []
        (asked,) = failed.tick(at + pause)
        assert config(asked)["connections"] == [A]
        assert failed.tick(at + pause + timedelta(minutes=1)) == []
        at += pause + timedelta(hours=1)  # it waits for an hour, in vain
        in_use(failed, at, Trigger.RETRY)
    (one,) = failed.failing
    assert (one.in_use, one.in_quarantine, one.own_attempt()) == (4, False, None)
    assert one.next_attempt == moment("2026-11-21T03:30")
    assert failed.tick(at + timedelta(hours=9)) == []


def test_who_had_it_leaves_a_sync_run_and_there_is_nothing_to_try_again(failed: Watch) -> None:
    in_use(failed, NIGHT)
    failed.tried(A, NIGHT + timedelta(minutes=5), trigger=Trigger.MANUAL)
    assert failed.failing == []
    assert failed.tick(NIGHT + timedelta(hours=1)) == []


def test_having_been_in_use_neither_ends_a_quarantine_nor_counts_in_a_back_off(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    in_use(failed, NIGHT + timedelta(minutes=10))
    (one,) = failed.failing
    assert (one.code, one.in_quarantine, one.entered_at) == ("CREDENTIAL_REFUSED", True, NIGHT)
    assert one.next_attempt == NIGHT + timedelta(minutes=25)  # nobody has tried it: sooner than the probe
    failed.tried(B, NIGHT, Code.PROVIDER_UNAVAILABLE)
    failed.tried(B, NIGHT + timedelta(minutes=2), Code.ALREADY_RUNNING, Trigger.RETRY)
    other = next(one for one in failed.failing if one.connection_id == B)
    assert (other.failures, other.tries, other.in_quarantine, other.next_attempt) == (1, 1, False, NIGHT + timedelta(minutes=15))


def test_a_moment_whose_run_was_killed_before_it_took_anything_is_asked_for_again_after_the_same_pauses(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    at = NIGHT + timedelta(minutes=15)
    assert len(failed.tick(at)) == 1
    failed.killed(again=True)
    assert failed.tick(at + timedelta(minutes=16)) == []  # Dagster starts it again by itself
    failed.killed()
    assert failed.tick(at + timedelta(minutes=14)) == []
    for pause in (timedelta(minutes=32), timedelta(hours=1), timedelta(hours=4)):  # the first look waits for what may still come
        at += pause
        assert [config(one)["connections"] for one in failed.tick(at)] == [[A]]
        failed.killed()
    assert failed.tick(at + timedelta(hours=9)) == []  # the night tries everybody
    assert failed.failing[0].next_attempt == NIGHT + timedelta(minutes=15)


def test_a_killed_moment_is_found_although_nothing_was_written_to_the_store(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    at = NIGHT + timedelta(minutes=15)
    assert len(failed.tick(at)) == 1
    assert failed.tick(at + timedelta(minutes=1)) == []
    failed.killed()
    found = [len(failed.tick(at + timedelta(minutes=minute))) for minute in range(2, 40)]
    assert sum(found) == 1


@pytest.mark.parametrize("what", ["left a sync run", "was cancelled"])
def test_a_moment_that_came_to_something_or_that_somebody_called_off_is_not_asked_for_again(failed: Watch, what: str) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    at = NIGHT + timedelta(hours=1)
    assert len(failed.tick(at)) == 1
    run = failed.instance.get_runs(limit=1)[0]
    if what == "was cancelled":
        failed.instance.report_run_canceled(run)
    else:
        failed.tried(A, at + timedelta(minutes=1), Code.CREDENTIAL_REFUSED, Trigger.RETRY)
        failed.killed()
    assert [failed.tick(at + timedelta(minutes=minute)) for minute in (2, 20, 90)] == [[], [], []]


def test_a_restored_store_asks_again_for_what_dagster_did_in_the_days_it_has_lost(failed: Watch) -> None:
    failed.tried(A, NIGHT, Code.PROVIDER_UNAVAILABLE)
    (before,) = failed.tick(NIGHT + timedelta(minutes=15))
    run = failed.instance.get_runs(limit=1)[0]  # its sync run was written after the backup
    failed.instance.handle_run_event(run.run_id, dg.DagsterEvent(DagsterEventType.RUN_SUCCESS.value, "sync"), datetime.now(UTC))
    failed.cursor = None
    (again,) = failed.tick(NIGHT + timedelta(hours=2))
    assert config(again) == config(before)
    assert again.run_key != before.run_key


def test_the_store_is_opened_only_when_something_was_written_or_a_moment_has_come(failed: Watch, tmp_path: Path) -> None:
    failed.tried(A, NIGHT, Code.CREDENTIAL_REFUSED)
    failed.tick(NIGHT + timedelta(minutes=1))
    with failed.work.store.opened():  # somebody holds it: a look would have to wait
        asked = busy_skip(failed, NIGHT + timedelta(minutes=2))
        assert "1 connection waits" in asked
    failed.tried(B, NIGHT, Code.CREDENTIAL_REFUSED)
    assert "2 connections wait" in busy_skip(failed, NIGHT + timedelta(minutes=2))
    assert len(failed.tick(NIGHT + timedelta(minutes=60))) == 1


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
    nights.instance.create_run_for_job(job_def=SYNC, tags={"dagster/run_key": "nightly-2026-11-20"})
    at = NIGHT + timedelta(hours=3)
    assert [nights.tick(at), nights.tick(at)] == [[], []]
    nights.killed(again=True)
    assert nights.tick(at) == []
    nights.killed()
    assert len(nights.tick(at)) == 1


def test_a_catch_up_that_came_to_nothing_is_asked_for_again_under_a_key_of_its_own_but_not_for_ever(nights: Watch) -> None:
    at = NIGHT + timedelta(hours=3)
    assert nights.tick(at) == []
    for key in ("missed-2026-11-20", "missed-2026-11-20-2", "missed-2026-11-20-3"):
        (asked,) = nights.tick(at)
        assert (asked.run_key, config(asked)["connections"]) == (key, [A, B])
        assert nights.tick(at) == []  # it is under way
        nights.killed()
    assert "was caught up 3 times, and left 2 connections out" in busy_skip(nights, at)


def test_a_connection_made_during_the_day_has_missed_nothing(nights: Watch) -> None:
    first = moment("2026-11-01T15:00")
    assert [nights.tick(first), nights.tick(first)] == [[], []]
