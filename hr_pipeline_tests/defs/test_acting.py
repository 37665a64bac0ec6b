"""The jobs a person starts from the launchpad: what they do, what they tell, and what they refuse."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import dagster as dg
import pytest

from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.adapters.store.leases import release_leases, take_leases
from hr_pipeline.definitions import defs
from hr_pipeline.defs.acting import _owner
from hr_pipeline.defs.run_queue import BY
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.connections import Limits, Review
from hr_pipeline.operations.turns import Patience
from hr_pipeline_tests.defs.scene import BRASSERIE, FONTCLAIRE, IMPRIMERIE, KERMADEC, LOGISTIEK, Scene, scene
from hr_pipeline_tests.defs.test_privacy import canaries, found_in
from hr_pipeline_tests.eventually import eventually

JOBS = ("apply_plan", "release_hold", "undo_sync_run")
REASON = "checked with payroll, ticket 4711"


@dataclass(frozen=True, slots=True)
class Acted:
    """A scene whose second night was held at two companies, then released and approved, and whose first night was undone at a third."""

    scene: Scene
    night: str
    approved: str
    released: str
    undone: str
    plan_id: str
    held_run: str
    first_run: str


@pytest.fixture(scope="module")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with scene(tmp_path_factory.mktemp("acting")) as demo:
        demo.night(1)
        demo.set_settings(KERMADEC, review=Review.ALWAYS)
        demo.set_settings(BRASSERIE, limits=Limits(missing_pct=Decimal(0), missing_floor=Decimal(0)))
        first = newest(demo, LOGISTIEK)["sync_run_id"]
        night = demo.night(2)
        plan, held = newest(demo, KERMADEC)["plan_id"], newest(demo, BRASSERIE)["sync_run_id"]
        approved = demo.acted("apply_plan", plan_id=plan)
        released = demo.acted("release_hold", sync_run_id=held, owner="Ann", reason=f"{REASON}\nsecond line")
        undone = demo.acted("undo_sync_run", sync_run_id=newest(demo, LOGISTIEK)["sync_run_id"], owner=" ", reason=REASON)
        yield Acted(demo, night, approved, released, undone, plan, held, first)


def newest(demo: Scene, company: str) -> dict[str, Any]:
    return demo.rows(
        "SELECT * FROM reporting.sync_runs WHERE connection_id = ? ORDER BY started_at DESC, sync_run_id DESC", demo.id_of(company)
    )[0]


def holds(demo: Scene, run_id: str) -> dict[str, Any]:
    (plan,) = demo.told("sync_plan", run_id)
    return {row.data["connection"]: row.data for row in plan.metadata["held_by"].value.records} if "held_by" in plan.metadata else {}  # type: ignore[union-attr]


def refused(demo: Scene, job: str, **config: str) -> str:
    """What a run said that must fail and tell nothing."""
    run_id = demo.acted(job, **config)
    run = demo.run(run_id)
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert demo.told("sync_run", run_id) == []
    assert "hr/status" not in run.tags
    return demo.failure(run_id)


def test_what_is_held_is_on_the_plan_with_what_releases_it(acted: Acted) -> None:
    demo = acted.scene
    found = holds(demo, acted.night)
    review, guard = found[demo.id_of(KERMADEC)], found[demo.id_of(BRASSERIE)]
    assert (review["code"], review["next step"]) == ("HELD_REVIEW", f"hr-pipeline approve {acted.plan_id}")
    assert (guard["code"], guard["observed"], guard["limit"]) == ("HELD_MISSING", "1", "0")
    assert guard["next step"] == f'hr-pipeline release {acted.held_run} --reason "…"'
    check = demo.checks(acted.night)["sync_plan", "no_hold_waits"]
    assert (check.passed, check.metadata["held_runs"].value) == (False, 2)


def test_apply_plan_applies_the_plan_and_tells_its_partition(acted: Acted) -> None:
    demo = acted.scene
    told = demo.partition(demo.id_of(KERMADEC), demo.today, acted.approved)
    assert (told["status"], told["trigger"], told["created"], told["updated"], told["held"]) == ("success", "approval", 1, 3, 0)
    tags = demo.run(acted.approved).tags
    assert {name: text for name, text in tags.items() if name.startswith("hr/")} == {
        "hr/status": "success",
        "hr/failed": "0",
        "hr/trigger": "approval",
        "hr/connection": demo.id_of(KERMADEC),
    }
    assert newest(demo, KERMADEC)["dagster_run_id"] == acted.approved
    assert demo.rows("SELECT applied_run_no FROM plan WHERE plan_id = ?", acted.plan_id)[0]["applied_run_no"] is not None


def test_a_hold_is_gone_from_the_plan_and_the_check_once_it_was_approved_or_released(acted: Acted) -> None:
    demo = acted.scene
    assert set(holds(demo, acted.approved)) == {demo.id_of(BRASSERIE)}
    assert holds(demo, acted.released) == {}
    assert not demo.checks(acted.approved)["sync_plan", "no_hold_waits"].passed
    assert demo.checks(acted.released)["sync_plan", "no_hold_waits"].passed


def test_a_job_judges_every_connection_so_that_what_failed_elsewhere_stays_in_sight(acted: Acted) -> None:
    failed = acted.scene.checks(acted.released)["sync_run", "no_failed_connections"]
    assert (failed.passed, failed.metadata["failed"].value, failed.metadata["total"].value) == (False, 1, 7)
    assert set(acted.scene.checks(acted.released)) == set(acted.scene.checks(acted.night))


def test_release_hold_applies_what_a_guard_held_and_keeps_who_said_so_on_one_line(acted: Acted) -> None:
    demo = acted.scene
    told = demo.partition(demo.id_of(BRASSERIE), demo.today, acted.released)
    assert (told["status"], told["trigger"], told["missing"], told["created"]) == ("partial", "approval", 1, 6)
    approval, kept = demo.rows("SELECT owner, reason FROM release ORDER BY release_no")
    assert approval == {"owner": "team:hr-data", "reason": ""}
    assert kept == {"owner": "Ann", "reason": f"{REASON} second line"}


def test_undo_sync_run_tells_what_was_reversed_as_todays_partition(acted: Acted) -> None:
    demo = acted.scene
    told = demo.partition(demo.id_of(LOGISTIEK), demo.today, acted.undone)
    assert (told["trigger"], told["status"], told["kept"], told["impossible"]) == ("undo", "success", 0, 0)
    assert told["reversed"] > 0
    assert told["what happened"].startswith(f"The sync run {told['undoes']} was undone by {told['sync_run_id']}")
    (kept,) = demo.rows("SELECT owner, reason FROM undo")
    assert kept == {"owner": "team:hr-data", "reason": REASON}  # the link leaves the owner empty: that is the team
    assert demo.run(acted.undone).tags["hr/trigger"] == "undo"


def test_the_views_are_told_as_they_stand_after_the_job(acted: Acted) -> None:
    demo = acted.scene
    (history,) = demo.told("sync_history", acted.undone)
    assert history.metadata["dagster/row_count"].value == demo.rows("SELECT count(*) AS n FROM sync_run")[0]["n"]
    assert [len(demo.told(view, acted.undone)) for view in ("accounts", "pay", "conflicts")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("job", "config", "said"),
    [
        ("apply_plan", {"plan_id": "plan-20200101-0000000000"}, "does not exist"),
        ("release_hold", {"sync_run_id": "r1", "reason": ""}, "given for reason cannot be used. Give one that fits: in a few words why"),
        (
            "release_hold",
            {"sync_run_id": "r1", "owner": "x" * 201, "reason": ""},
            "given for owner, reason cannot be used. Give one that fits: owner: some text on one line, 200 characters at most; reason: in a few",
        ),
        ("release_hold", {"owner": "", "reason": ""}, "given for sync_run_id, reason cannot be used"),
        ("undo_sync_run", {"sync_run_id": "r1"}, "given for reason cannot be used. Give one that fits: in a few words why"),
        ("apply_plan", {}, "given for plan_id cannot be used. Give one that fits: as `sync_plan` lists it"),
        ("release_hold", {"sync_run_id": "r1", "reason": "it is right"}, "can’t be released"),
        ("release_hold", {"sync_run_id": "r999", "reason": "it is right"}, "r999"),
        ("undo_sync_run", {"sync_run_id": "the last one", "reason": "again"}, "The sync run asked for does not exist"),
        ("undo_sync_run", {"sync_run_id": "r1", "reason": "a\x1b[31m"}, "reason"),
        ("apply_plan", {"plan_id": "p", "owner": "x" * 201}, "owner"),
    ],
)
def test_a_refusal_is_a_failed_run_with_the_catalogues_sentence(acted: Acted, job: str, config: dict[str, str], said: str) -> None:
    sentence = refused(acted.scene, job, **config)
    assert said in sentence
    assert "Traceback" not in sentence


def test_what_was_approved_or_undone_already_is_refused_with_its_run(acted: Acted) -> None:
    demo = acted.scene
    again = refused(demo, "apply_plan", plan_id=acted.plan_id)
    assert "was already applied by the sync run r" in again
    undo = newest(demo, LOGISTIEK)
    assert "undo" in refused(demo, "undo_sync_run", sync_run_id=undo["sync_run_id"], reason=REASON)


def test_in_a_deployment_a_decision_waits_for_the_sync_that_is_going_on(acted: Acted) -> None:
    demo = acted.scene
    with demo.database() as database:
        number = stored_connection(database, demo.id_of(IMPRIMERIE)).number
        take_leases(database, [number], "another", None, datetime.now(UTC))

    def retried(instance: dg.DagsterInstance) -> bool:
        runs = instance.get_runs(dg.RunsFilter(job_name="undo_sync_run"), limit=1)
        return bool(runs and instance.all_logs(runs[0].run_id, dg.DagsterEventType.STEP_UP_FOR_RETRY))

    def other_run() -> None:
        """Lets go once the decision has been told to come again."""
        with demo.dagster() as instance:
            eventually(lambda: retried(instance), what="a second try")
        with demo.database() as database:
            release_leases(database, "another")

    with demo.dagster() as instance, ThreadPoolExecutor(1) as others:
        other = others.submit(other_run)
        done = defs.resolve_job_def("undo_sync_run").execute_in_process(
            run_config={"sync_run_id": newest(demo, IMPRIMERIE)["sync_run_id"], "reason": REASON},
            instance=instance,
            resources={"surroundings": Surroundings(demo.work, patience=Patience(120, 0.05))},
            raise_on_error=False,
        )
        other.result()
    assert demo.run(done.run_id).status is dg.DagsterRunStatus.SUCCESS
    assert newest(demo, IMPRIMERIE)["trigger"] == "undo"


@pytest.mark.parametrize(
    ("typed", "login", "owner"),
    [
        ("team:hr-data", "anna", "anna"),
        ("", "anna", "anna"),
        ("Bert", "anna", "Bert"),
        ("team:hr-data", None, "team:hr-data"),
        ("", None, "team:hr-data"),
    ],
)
def test_who_had_logged_in_says_so_unless_somebody_else_is_named(typed: str, login: str | None, owner: str) -> None:
    assert _owner(typed, login) == owner


def test_a_decision_clicked_in_a_deployment_is_kept_under_the_login(acted: Acted) -> None:
    demo = acted.scene
    with demo.dagster() as instance:
        done = defs.resolve_job_def("undo_sync_run").execute_in_process(
            run_config={"sync_run_id": newest(demo, FONTCLAIRE)["sync_run_id"], "reason": REASON},
            instance=instance,
            tags={BY: "anna"},
            resources={"surroundings": Surroundings(demo.work)},
            raise_on_error=False,
        )
    undone = newest(demo, FONTCLAIRE)
    assert (undone["dagster_run_id"], undone["trigger"]) == (done.run_id, "undo")
    assert demo.rows("SELECT reason FROM undo WHERE owner = 'anna'") == [{"reason": REASON}]


def test_a_connection_that_is_being_synchronised_is_left_alone(acted: Acted) -> None:
    demo = acted.scene
    with demo.database() as database:
        number = stored_connection(database, demo.id_of(LOGISTIEK)).number
        take_leases(database, [number], "another", None, datetime.now(UTC))
    try:
        assert "already in progress (another)" in refused(demo, "undo_sync_run", sync_run_id=acted.first_run, reason=REASON)
    finally:
        with demo.database() as database:
            release_leases(database, "another")


def test_nothing_of_anybody_is_in_dagsters_storage_after_decisions_and_refusals(acted: Acted) -> None:
    refused(acted.scene, "apply_plan", plan_id="nobody")
    assert found_in(acted.scene.home / "dagster", canaries(acted.scene)) == set()
    assert found_in(acted.scene.home / "dagster", ["ticket 4711"]) != set()  # what a person types is kept, and the launchpad says so


@pytest.mark.parametrize("name", JOBS)
def test_the_launchpad_shows_every_field_with_its_meaning_and_a_default(name: str) -> None:
    job = defs.resolve_job_def(name)
    fields = job.config_mapping.config_schema.config_type.fields  # type: ignore[union-attr]
    assert set(fields) == {"apply_plan": {"plan_id"}}.get(name, {"sync_run_id"}) | {"owner", "reason"}
    assert all(len(field.description or "") > 20 for field in fields.values())
    assert {key: field.default_value for key, field in fields.items()} == {**dict.fromkeys(fields, ""), "owner": "team:hr-data"}
    assert job.description


def test_the_run_to_undo_is_looked_for_where_its_id_stands(acted: Acted) -> None:
    said = defs.resolve_job_def("undo_sync_run").config_mapping.config_schema.config_type.fields["sync_run_id"].description  # type: ignore[union-attr]
    assert "partition of `sync_run`" in said
    assert "`hr-pipeline history`" in said
    demo = acted.scene
    assert demo.partition(demo.id_of(LOGISTIEK), demo.today, acted.night)["sync_run_id"].startswith("r")


@pytest.mark.parametrize("name", JOBS)
def test_one_decision_writes_at_a_time_and_is_not_repeated_by_itself(name: str) -> None:
    job = defs.resolve_job_def(name)
    (step,) = [node for node in job.graph.iterate_op_defs() if node.pool]
    assert step.pool == "platform_store"
    assert job.tags["dagster/max_retries"] == "0"
