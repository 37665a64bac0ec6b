"""Requested syncs on a real instance: one run per batch, exactly once, whatever happens to the cursor."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.applying import Attempt, Failure, record_failures
from hr_pipeline.adapters.store.connections import add_connection, change_connection, stored_connection
from hr_pipeline.adapters.store.requests import listed_requests
from hr_pipeline.adapters.store.snapshots import Snapshot, add_snapshots
from hr_pipeline.defs.launching import QUIET, SYNC
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.requests import sync_requests
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection, Settings
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.requesting import Requested, bell, request, ring
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.defs.scene import KERMADEC, LOGISTIEK, Scene

A, B, GONE = "securex-brasserie-1", "payfit-atelier-2", "securex-gone-3"


@dataclass
class Desk:
    """A home with three connections, one of them stopped, and the sensor with its cursor."""

    work: Workplace
    instance: dg.DagsterInstance
    cursor: str | None = None
    started: list[str] = field(default_factory=list)

    def ask(self, *connection_ids: str, days: tuple[int, int] | None = None) -> list[dict[str, Any]]:
        """Request syncs; days are counted back from today."""
        today = self.work.today
        span = (today - timedelta(days=days[0]), today - timedelta(days=days[1])) if days else None
        return request(self.work, Requested(connection_ids, span, "Ann"))

    def tick(self, work: Workplace | None = None) -> Sequence[dg.RunRequest]:
        """What the sensor asks for; the runs it names come to exist, as the daemon would make them, once per key."""
        surroundings = Surroundings(lambda: work or self.work)
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor, resources={"surroundings": surroundings})
        data = sync_requests.evaluate_tick(context)
        self.cursor = data.cursor or self.cursor
        return data.run_requests or []

    def start(self, asked: dg.RunRequest) -> dg.DagsterRun:
        """The run that the daemon makes of what the sensor asks for."""
        tags = {**asked.tags, "dagster/run_key": str(asked.run_key)}
        return self.instance.create_run_for_job(job_def=SYNC, run_config=dict(asked.run_config), tags=tags)

    def leaves(self, run: dg.DagsterRun, *connection_ids: str) -> None:
        """A run has made a sync run of these connections, each an error."""
        now = datetime.now(UTC)
        with self.work.store.opened() as database:
            numbers = [stored_connection(database, one).number for one in connection_ids]
            failures = [Failure(number, self.work.today, Code.PROVIDER_UNAVAILABLE, {}) for number in numbers]
            record_failures(database, failures, Attempt(Trigger.MANUAL, now, run.run_id), now)

    def ends(self, run: dg.DagsterRun, status: str) -> None:
        """A run has ended, and Dagster does not start it again."""
        if status == "SUCCESS":
            self.instance.report_dagster_event(dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, run.job_name), run.run_id)
        elif status == "FAILURE":
            self.instance.report_run_failed(run)
            self.instance.add_run_tags(run.run_id, {"dagster/will_retry": "false"})
        else:
            self.instance.report_run_canceled(run)

    @property
    def listed(self) -> list[dict[str, Any]]:
        """All requests, newest first."""
        with self.work.store.opened() as database:
            return listed_requests(database, 100)


@pytest.fixture
def desk(tmp_path: Path, instance: dg.DagsterInstance) -> Desk:
    work = Workplace.current(Environment.current({"HR_PIPELINE_HOME": str(tmp_path)}, tmp_path))
    with work.store.opened() as database:
        for n, connection_id in enumerate((A, B, GONE)):
            provider = connection_id.split("-")[0]
            connection = Connection(
                connection_id, provider, connection_id, f"BE{n:010d}", str(n), Settings(), {"kind": "partner"}, active=connection_id != GONE
            )
            add_connection(database, connection, work.providers[provider].default_mapping, datetime.now(UTC))
        add_snapshots(database, [Snapshot("snap-1", 1, work.today - timedelta(days=3), datetime.now(UTC), "", 1, 1, 0, 0, 1)])
    return Desk(work, instance)


def selected(asked: dg.RunRequest) -> dict[str, Any]:
    return dict(asked.run_config["ops"]["sync_run"]["ops"]["select"]["config"])


def number_of(asked: dg.RunRequest) -> int:
    """The batch that a run serves, by its key."""
    return int(str(asked.run_key).split("-")[1])


def test_as_long_as_nobody_asks_the_store_is_not_even_opened(desk: Desk, tmp_path: Path) -> None:
    nowhere = replace(desk.work, store=replace(desk.work.store, path=tmp_path / "nowhere" / "store.duckdb"))
    assert desk.tick(nowhere) == []
    assert not (tmp_path / "nowhere").exists()


def test_all_who_wait_are_served_by_one_run(desk: Desk) -> None:
    desk.ask(A)
    desk.ask(B)
    (asked,) = desk.tick()
    assert selected(asked) == {"connections": [A, B], "trigger": "manual"}
    assert (number_of(asked), asked.tags["hr/trigger"], "hr/connection" in asked.tags) == (1, "manual", False)
    assert set(desk.instance.get_dynamic_partitions("connection")) == {A, B, GONE}  # one that was stopped keeps its history


def test_a_company_connected_by_a_command_is_a_partition_at_the_next_look_and_stays_one(desk: Desk) -> None:
    desk.tick()
    new = "securex-new-4"
    with desk.work.store.opened() as database:
        mapping = desk.work.providers["securex"].default_mapping
        add_connection(
            database, Connection(new, "securex", new, "BE0000000004", "4", Settings(), {"kind": "partner"}), mapping, datetime.now(UTC)
        )
    ring(desk.work)  # as `connect` does
    desk.tick()
    assert new in desk.instance.get_dynamic_partitions("connection")
    with desk.work.store.opened() as database:
        database.run("UPDATE connection SET active = FALSE WHERE connection_id = ?", [new])
    desk.ask()
    (asked,) = desk.tick()
    assert new not in selected(asked)["connections"]
    assert new in desk.instance.get_dynamic_partitions("connection")


def test_a_connection_stopped_between_the_question_and_the_run_is_left_out_of_it(fresh: Scene) -> None:
    gone, stays = fresh.id_of(LOGISTIEK), fresh.id_of(KERMADEC)
    with fresh.dagster() as instance:
        fresh.disconnect(gone)
        done = SYNC.execute_in_process(
            run_config=config(connections=[gone, stays]) | QUIET, instance=instance, resources={"surroundings": Surroundings(fresh.work)}
        )
    assert [one.partition for one in fresh.told("sync_run", done.run_id)] == [f"{stays}|{fresh.today}"]


def test_a_request_for_all_leaves_out_what_was_stopped_and_one_alone_is_tagged_so_that_it_queues(desk: Desk) -> None:
    assert [row["connection_id"] for row in desk.ask()] == [A, B]
    desk.start(desk.tick()[0])
    desk.ask(A, days=(1, 1))
    (asked,) = desk.tick()
    assert asked.tags["hr/connection"] == A


def test_past_days_are_a_run_of_their_own_that_replays_them(desk: Desk) -> None:
    desk.ask(A)
    desk.ask(A, B, days=(3, 1))
    today, past = sorted(desk.tick(), key=lambda one: "until" in selected(one))
    first, last = (str(desk.work.today - timedelta(days=n)) for n in (3, 1))
    assert selected(today) == {"connections": [A], "trigger": "manual"}
    assert selected(past) == {"connections": [A, B], "date": first, "until": last, "trigger": "backfill"}


def test_asking_again_answers_with_the_request_under_way(desk: Desk) -> None:
    (first,) = desk.ask(A)
    assert [row["request_id"] for row in desk.ask(A, B)] == [first["request_id"], "q2"]
    run = desk.start(desk.tick()[0])
    desk.tick()  # the sensor notes which run serves them
    (again,) = desk.ask(A)
    assert (again["request_id"], again["state"], again["dagster_run_id"]) == (first["request_id"], "queued", run.run_id)
    assert desk.tick() == []


def config(**wanted: Any) -> dict[str, Any]:
    return {"ops": {"sync_run": {"ops": {"select": {"config": wanted}}}}}


@pytest.mark.parametrize(
    ("wanted", "tags", "attached"),
    [
        ({}, {}, {A, B}),  # the launchpad without config; the night when the store was in use
        ({"connections": [A, B], "trigger": "nightly"}, {}, {A, B}),
        ({"connections": [B]}, {}, {B}),
        ({}, {"dagster/partition": f"{A}|today"}, {A}),
        ({}, {"dagster/partition": f"{A}|2026-01-01"}, set()),
        ({"date": "2026-01-01"}, {}, set()),
        ({"pairs": [f"{A}|2026-01-01"]}, {}, set()),
        ({}, dict.fromkeys(("dagster/asset_partition_range_start", "dagster/asset_partition_range_end"), f"{A}|today"), set()),
    ],
)
def test_a_request_is_served_by_a_run_in_the_queue_that_is_about_to_synchronise_the_connection_anyway(
    desk: Desk, wanted: dict[str, Any], tags: dict[str, str], attached: set[str]
) -> None:
    list_connections(desk.instance, [A, B])
    tags = {name: text.replace("today", str(desk.work.today)) for name, text in tags.items()}
    run = desk.instance.create_run_for_job(job_def=SYNC, run_config=config(**wanted), tags=tags, status=dg.DagsterRunStatus.NOT_STARTED)
    desk.ask(A, B)
    for asked in desk.tick():
        desk.start(asked)
    desk.tick()
    served = {row["connection_id"]: row["dagster_run_id"] for row in desk.listed}
    assert {name for name, run_id in served.items() if run_id == run.run_id} == attached
    assert all(served.values())
    assert len(desk.instance.get_runs()) == (1 if attached == {A, B} else 2)


def test_a_request_that_another_run_serves_ends_with_it(desk: Desk) -> None:
    run = desk.instance.create_run_for_job(job_def=SYNC, run_config=config(), status=dg.DagsterRunStatus.NOT_STARTED)
    desk.ask(A)
    assert desk.tick() == []
    assert [row["request_id"] for row in desk.ask(A)] == ["q1"]
    desk.leaves(run, A)
    desk.ends(run, "FAILURE")
    assert desk.tick() == []
    assert [(row["state"], row["status"]) for row in desk.listed] == [("ended", "error")]


@pytest.mark.parametrize("status", ["FAILURE", "CANCELED", "SUCCESS"])
def test_a_request_that_another_run_swallows_is_asked_for_again_and_only_that_one(desk: Desk, status: str) -> None:
    run = desk.instance.create_run_for_job(job_def=SYNC, run_config=config(), status=dg.DagsterRunStatus.NOT_STARTED)
    desk.ask(A, B)
    assert desk.tick() == []
    desk.leaves(run, B)
    desk.ends(run, status)
    (asked,) = desk.tick()
    assert selected(asked) == {"connections": [A], "trigger": "manual"}
    assert {row["connection_id"]: (row["state"], row["dagster_run_id"]) for row in desk.listed} == {
        A: ("queued", None),
        B: ("ended", run.run_id),
    }
    desk.cursor = None
    assert [one.run_key for one in desk.tick()] == [asked.run_key]
    own = desk.start(asked)
    assert desk.tick() == desk.tick() == []
    desk.leaves(own, A)
    desk.ends(own, "SUCCESS")
    assert desk.tick() == desk.tick() == []
    assert {(row["connection_id"], row["state"], row["dagster_run_id"]) for row in desk.listed} == {
        (A, "ended", own.run_id),
        (B, "ended", run.run_id),
    }


@pytest.mark.parametrize("names", [[A, "nope"], [A, {"env": "PATH"}], {"env": "PATH"}, [None], 5])
def test_a_run_that_will_be_refused_and_a_config_that_is_none_swallow_no_request(desk: Desk, names: Any) -> None:
    made = desk.instance.create_run_for_job(job_def=SYNC, run_config=config(connections=[A]), status=dg.DagsterRunStatus.NOT_STARTED)
    desk.instance.delete_run(made.run_id)
    desk.instance.add_run(made._replace(run_config=config(connections=names)))  # as an earlier version's schema let it through
    desk.ask(A)
    assert [selected(one) for one in desk.tick()] == [{"connections": [A], "trigger": "manual"}]


def test_a_request_made_while_a_run_of_today_is_under_way_has_one_of_its_own(desk: Desk) -> None:
    desk.instance.create_run_for_job(job_def=SYNC, run_config=config(), status=dg.DagsterRunStatus.STARTED)
    desk.ask(A)
    assert [number_of(one) for one in desk.tick()] == [1]


@pytest.mark.parametrize("lost", [True, False])
def test_a_run_is_asked_for_under_one_key_however_often_the_cursor_is_lost(desk: Desk, lost: bool) -> None:
    desk.ask(A)
    asked = [*desk.tick()]
    desk.cursor = None if lost else desk.cursor  # the daemon died before it kept the cursor, or right after and before the run
    desk.ask(B)
    asked += desk.tick()
    assert [number_of(one) for one in asked] == [1, 1, 2]
    assert asked[0].run_key == asked[1].run_key
    assert [row["connection_id"] for row in desk.listed] == [B, A]


def test_once_dagster_has_the_run_it_is_never_asked_for_again(desk: Desk) -> None:
    desk.ask(A)
    desk.start(desk.tick()[0])
    desk.cursor = None
    assert [list(desk.tick()) for _ in range(3)] == [[], [], []]


def test_a_run_that_fails_is_followed_by_one_of_those_it_left_and_not_for_ever(desk: Desk) -> None:
    desk.ask(A, B)
    keys = []
    for n in range(3):
        (asked,) = desk.tick()
        assert [one.run_key for one in desk.tick()] == [asked.run_key]  # nobody has started it yet
        keys.append(asked.run_key)
        assert selected(asked)["connections"] == ([A, B] if n == 0 else [A])
        run = desk.start(asked)
        assert desk.tick() == []
        if n == 0:
            desk.leaves(run, B)
        desk.ends(run, "FAILURE")
    assert len(set(keys)) == 3
    assert desk.tick() == desk.tick() == []
    assert {row["state"] for row in desk.listed} == {"ended"}
    desk.ask(A)
    (asked,) = desk.tick()
    assert asked.run_key not in keys


def test_a_run_that_dagster_starts_again_itself_is_waited_for(desk: Desk) -> None:
    desk.ask(A)
    run = desk.start(desk.tick()[0])
    desk.ends(run, "FAILURE")
    desk.instance.add_run_tags(run.run_id, {"dagster/will_retry": "true"})
    assert desk.tick() == desk.tick() == []
    assert [row["state"] for row in desk.listed] == ["queued"]


def test_a_company_stopped_meanwhile_is_not_asked_for_again(desk: Desk) -> None:
    run = desk.instance.create_run_for_job(job_def=SYNC, run_config=config(), status=dg.DagsterRunStatus.NOT_STARTED)
    desk.ask(A)
    desk.tick()
    with desk.work.store.opened() as database:
        change_connection(database, replace(stored_connection(database, A).connection, active=False))
    desk.ends(run, "FAILURE")
    assert desk.tick() == []
    assert [row["state"] for row in desk.listed] == ["ended"]


def test_a_request_whose_own_run_somebody_cancels_is_over_and_can_be_made_again(desk: Desk) -> None:
    desk.ask(A)
    run = desk.start(desk.tick()[0])
    desk.tick()
    desk.ends(run, "CANCELED")
    desk.tick()
    assert [row["state"] for row in desk.listed] == ["ended"]
    assert desk.ask(A)[0]["request_id"] == "q2"
    assert [number_of(one) for one in desk.tick()] == [2]


def together(desk: Desk) -> tuple[dg.RunRequest, dg.DagsterRun]:
    """One run, under way, for two who asked one after the other; the first of them has its sync run already, and has asked again."""
    desk.ask(A)
    request(replace(desk.work, clock=lambda: datetime.now(UTC) + timedelta(seconds=5)), Requested([B]))
    (asked,) = desk.tick()
    run = desk.start(asked)
    desk.instance.report_dagster_event(dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name), run.run_id)
    desk.tick()
    desk.leaves(run, A)
    assert [(one["request_id"], one["state"]) for one in desk.ask(A)] == [("q3", "queued")]
    return asked, run


def test_who_is_served_first_changes_nothing_for_the_others_of_their_run(desk: Desk) -> None:
    asked, run = together(desk)
    (own,) = desk.tick()
    assert (number_of(own), selected(own)["connections"]) == (2, [A])
    desk.ends(run, "FAILURE")
    (again,) = [one for one in desk.tick() if B in selected(one)["connections"]]
    assert again.run_key != asked.run_key
    assert again.run_key.startswith(str(asked.run_key))  # the same question's next run: there are three at most


def test_a_cancelled_run_is_over_for_whoever_it_had_not_served_yet(desk: Desk) -> None:
    _, run = together(desk)
    desk.ends(run, "CANCELED")
    assert [selected(one)["connections"] for one in desk.tick()] == [[A]]
    assert {row["request_id"]: row["state"] for row in desk.listed} == {"q1": "ended", "q2": "ended", "q3": "queued"}


def test_a_company_that_was_disconnected_when_its_run_began_and_is_back_is_asked_for_again(desk: Desk) -> None:
    desk.ask(A, B)
    (asked,) = desk.tick()
    run = desk.start(asked)
    desk.leaves(run, B)
    desk.ends(run, "SUCCESS")
    (again,) = desk.tick()
    assert selected(again)["connections"] == [A]
    run = desk.start(again)
    desk.leaves(run, A)
    desk.ends(run, "SUCCESS")
    assert desk.tick() == desk.tick() == []


def test_a_request_names_the_run_that_made_its_sync_run_and_not_a_later_one_that_made_none(desk: Desk) -> None:
    desk.ask(A)
    (asked,) = desk.tick()
    first = desk.start(asked)
    desk.tick()
    desk.leaves(first, A)
    desk.ends(first, "FAILURE")
    later = desk.start(asked)
    desk.tick()
    desk.ends(later, "CANCELED")
    desk.tick()
    (listed,) = desk.listed
    assert (listed["state"], listed["status"], listed["dagster_run_id"]) == ("ended", "error", first.run_id)


def test_what_a_killed_command_or_a_restored_store_leaves_unsaid_is_found_at_the_first_look(desk: Desk) -> None:
    desk.ask(A)
    bell(desk.work).unlink()
    assert [selected(one)["connections"] for one in desk.tick()] == [[A]]


def test_a_request_to_a_restored_store_is_served_although_dagster_has_served_one_of_that_number(desk: Desk, tmp_path: Path) -> None:
    kept = tmp_path / "kept.duckdb"
    shutil.copy(desk.work.store.path, kept)
    desk.ask(A)
    (before,) = desk.tick()
    desk.instance.report_run_canceled(desk.start(before))
    desk.tick()
    shutil.copy(kept, desk.work.store.path)
    later = replace(desk.work, clock=lambda: datetime.now(UTC) + timedelta(hours=1))
    request(later, Requested([A]))
    (after,) = desk.tick()
    assert number_of(after) == number_of(before) == 1
    assert after.run_key != before.run_key
    run = desk.start(after)
    desk.tick()
    assert [(row["request_id"], row["dagster_run_id"], row["state"]) for row in desk.listed] == [("q1", run.run_id, "queued")]


def test_whoever_asks_is_told_that_the_sensor_looks(desk: Desk) -> None:
    assert [one["daemon_running"] for one in desk.ask(A)] == [False]
    desk.tick()
    assert [one["daemon_running"] for one in desk.ask(A)] == [True]


def test_a_store_in_use_is_not_waited_for_and_nothing_is_forgotten(desk: Desk) -> None:
    desk.ask(A)
    before = desk.cursor
    with desk.work.store.opened():
        assert desk.tick() == []
    assert desk.cursor == before
    assert len(desk.tick()) == 1


def test_a_request_is_served_from_the_question_to_the_end(fresh: Scene) -> None:
    fresh.night(1)
    fresh.sandbox.night = 2
    with fresh.dagster() as instance:
        desk = Desk(fresh.work(), instance)
        desk.ask(fresh.id_of(KERMADEC), fresh.id_of(LOGISTIEK))
        (asked,) = desk.tick()
        done = SYNC.execute_in_process(
            run_config={**asked.run_config, **QUIET},
            instance=instance,
            tags={**asked.tags, "dagster/run_key": str(asked.run_key)},
            resources={"surroundings": Surroundings(fresh.work)},
        )
        assert desk.tick() == []
        assert {(row["state"], row["dagster_run_id"]) for row in desk.listed} == {("ended", done.run_id)}
        assert all(row["waited_seconds"] >= 0 for row in desk.listed)
        assert {row["status"] for row in desk.listed} <= {"success", "partial"}
        assert [len(row["sync_run_ids"]) for row in desk.listed] == [1, 1]
        assert desk.tick() == []
    told = fresh.partition(fresh.id_of(KERMADEC), fresh.today, done.run_id)
    assert (told["trigger"], told["created"]) == ("manual", 1)
