"""What a person types as a run's config: plain values, refused whole when they can't be meant, and never repeated when they may be anything."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._config.source import BoolSourceType, IntSourceType, StringSourceType

from hr_pipeline.definitions import defs
from hr_pipeline.defs.launching import PROCESS, QUIET, SYNC, fail_abandoned_runs
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline_tests.adapters.surroundings import ROOT
from hr_pipeline_tests.defs.scene import KERMADEC, Scene, scene

SECRET = "Wagtail-7/never=shown"  # as a credential of the environment, and as what somebody pastes into the wrong field
RESOLVED = (StringSourceType, IntSourceType, BoolSourceType)


def within(config_type: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every type inside the type of a config, with where it stands."""
    yield path, config_type
    for name, field in (getattr(config_type, "fields", None) or {}).items():
        yield from within(field.config_type, (*path, name))
    for name in ("inner_type", "scalar_type", "non_scalar_type"):
        if (inner := getattr(config_type, name, None)) is not None:
            yield from within(inner, path)


def test_no_job_puts_the_value_of_an_environment_variable_into_its_config() -> None:
    jobs = {job.name: job.run_config_schema.config_type for job in defs.get_repository_def().get_all_jobs()}
    assert {"sync", "backup", "retention", "apply_plan", "release_hold", "undo_sync_run"} < set(jobs)
    found = [(name, path) for name, schema in jobs.items() for path, one in within(schema) if isinstance(one, RESOLVED)]
    assert found == []


def typed(**wanted: Any) -> dict[str, Any]:
    return {"ops": {"sync_run": {"ops": {"select": {"config": wanted}}}}} | QUIET


TAKEN_FROM_OUTSIDE: list[tuple[str, dict[str, Any]]] = [
    ("sync", typed(connections=[{"env": "HR_TEST_SECRET"}])),
    ("sync", typed(connections={"env": "HR_TEST_SECRET"})),
    ("sync", typed(date={"env": "HR_TEST_SECRET"})),
    ("sync", typed(until={"env": "HR_TEST_SECRET"})),
    ("sync", typed(pairs=[{"env": "HR_TEST_SECRET"}])),
    ("sync", typed(trigger={"env": "HR_TEST_SECRET"})),
    ("backup", {"ops": {"back_up": {"config": {"folder": {"env": "HR_TEST_SECRET"}}}}}),
    ("backup", {"ops": {"back_up": {"config": {"keep": {"env": "HR_TEST_SECRET"}}}}}),
    ("retention", {"ops": {"forget": {"config": {"days": {"env": "HR_TEST_SECRET"}}}}}),
    ("retention", {"ops": {"forget_runs": {"config": {"days": {"env": "HR_TEST_SECRET"}}}}}),
    ("apply_plan", {"plan_id": {"env": "HR_TEST_SECRET"}}),
    ("undo_sync_run", {"sync_run_id": {"env": "HR_TEST_SECRET"}}),
]


@pytest.mark.parametrize(("job", "config"), TAKEN_FROM_OUTSIDE)
def test_a_config_that_names_an_environment_variable_is_refused_before_there_is_a_run(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, job: str, config: dict[str, Any]
) -> None:
    monkeypatch.setenv("HR_TEST_SECRET", SECRET)
    with pytest.raises(dg.DagsterInvalidConfigError) as refused:
        defs.resolve_job_def(job).execute_in_process(run_config=config, instance=instance)
    assert SECRET not in str(refused.value)
    assert instance.get_runs() == []


def select_field(job: str = "sync") -> Any:
    schema = defs.resolve_job_def(job).run_config_schema.config_type
    return dict(within(schema))[("ops", "sync_run", "ops", "select", "config")]


def test_the_launchpad_shows_every_field_of_a_sync_with_its_meaning_and_a_default() -> None:
    fields = select_field().fields
    assert list(fields) == ["date", "until", "connections", "pairs", "trigger"]
    assert all(len(field.description) > 20 and not field.is_required for field in fields.values())
    assert {name: field.default_value for name, field in fields.items()} == {
        "connections": [],
        "date": "",
        "pairs": [],
        "trigger": "",
        "until": "",
    }


def test_the_page_about_dagster_says_of_every_field_of_a_sync_what_it_means_and_that_no_partition_is_due() -> None:
    section = (ROOT / "docs" / "dagster.md").read_text("utf-8").split("## Syncing by hand\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(select_field().fields)
    assert "Leave the partition *empty*" in section
    (example,) = re.findall(r"`(ops: .+)`", section)
    assert dg.validate_run_config(SYNC, yaml.safe_load(example))
    assert "leave the partition empty" in (SYNC.description or "")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Typist"]:
    with scene(tmp_path_factory.mktemp("typed")) as demo:
        demo.earlier_night(1, days_ago=2)
        yield Typist(demo)


class Typist:
    """A scene with lists kept of two days ago, whose runs are all refused: nothing is altered."""

    def __init__(self, demo: Scene) -> None:
        self.scene = demo
        self.id = demo.id_of(KERMADEC)

    def refused(self, **wanted: Any) -> str:
        """What the failed step of a run says."""
        with self.scene.dagster() as instance:
            run = SYNC.execute_in_process(
                run_config=typed(**wanted),
                instance=instance,
                resources={"surroundings": Surroundings(self.scene.work)},
                raise_on_error=False,
            )
        assert not run.success
        return self.scene.failure(run.run_id)

    @property
    def written(self) -> list[dict[str, Any]]:
        """What a sync of any kind would change."""
        return self.scene.rows("SELECT (SELECT count(*) FROM sync_run) AS runs, (SELECT count(*) FROM lease) AS leases")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"connections": [SECRET]}, "The connection asked for does not exist."),
        ({"pairs": [f"{SECRET}|2026-01-01"]}, "The connection asked for does not exist."),
        ({"connections": ["wagtail-7"]}, "The connection wagtail-7 does not exist."),
        ({"date": SECRET}, "The date given cannot be used."),
        ({"until": SECRET}, "The date given cannot be used."),
        ({"pairs": [SECRET]}, "The date given cannot be used."),
        ({"date": "2026-02-30"}, "The date 2026-02-30 cannot be used."),
        ({"date": "20260230"}, "The date given cannot be used."),
        ({"trigger": SECRET}, "The value given for trigger cannot be used."),
    ],
)
def test_what_was_typed_is_repeated_only_when_it_has_the_form_of_an_id_or_a_date(told: Typist, wanted: dict[str, Any], said: str) -> None:
    message = told.refused(**wanted)
    assert message.startswith(said)
    assert SECRET not in message


def test_a_run_of_several_connections_of_which_one_does_not_exist_is_refused_before_anything_is_done(told: Typist) -> None:
    before = told.written
    assert told.refused(connections=[told.id, "nope"]).startswith("The connection nope does not exist.")
    assert told.refused(pairs=[f"{told.id}|{told.scene.today}", f"nope|{told.scene.today}"]).startswith(
        "The connection nope does not exist."
    )
    assert told.written == before


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"date": "1926-11-20"}, "No list is kept of 1926-11-20; the first is that of {since}."),
        ({"date": "0001-01-01", "until": "{today}"}, "No list is kept of 0001-01-01; the first is that of {since}."),
        ({"connections": ["{id}"], "date": "1926-11-20"}, "No list is kept for {id} of 1926-11-20; the first is that of {since}."),
        ({"pairs": ["{id}|0001-01-01"]}, "No list is kept for {id} of 0001-01-01; the first is that of {since}."),
        ({"date": "{today}", "until": "9999-12-31"}, "The date 9999-12-31 cannot be used."),
        ({"date": "0001-01-01", "until": "9999-12-31"}, "The date 9999-12-31 cannot be used."),
        ({"date": "9999-12-31", "until": "0001-01-01"}, "The date 9999-12-31 cannot be used."),
        ({"date": "{today}", "until": "{since}"}, "There is nothing to do."),
    ],
)
def test_days_of_which_nothing_can_be_kept_are_refused_whole_with_the_first_that_can_be_asked_for(
    told: Typist, wanted: dict[str, Any], said: str
) -> None:
    words = {"today": str(told.scene.today), "since": str(told.scene.today - timedelta(days=2)), "id": told.id}
    filled = {
        name: [one.format(**words) for one in value] if isinstance(value, list) else value.format(**words) for name, value in wanted.items()
    }
    before = told.written
    assert told.refused(**filled).startswith(said.format(**words))
    assert told.written == before


@pytest.mark.parametrize(("job", "setting"), [("apply_plan", "plan_id"), ("release_hold", "sync_run_id"), ("undo_sync_run", "sync_run_id")])
def test_an_id_in_a_decision_is_repeated_only_when_it_has_the_form_of_one(told: Typist, job: str, setting: str) -> None:
    said = told.scene.failure(told.scene.acted(job, **{setting: SECRET}, owner="Ann", reason="ok"))
    assert "asked for" in said
    assert SECRET not in said


def test_a_backup_keeps_one_at_least(told: Typist) -> None:
    config = {"ops": {"back_up": {"config": {"keep": 0}}}} | QUIET
    with told.scene.dagster() as instance:
        job, around = defs.resolve_job_def("backup"), {"surroundings": Surroundings(told.scene.work)}
        run = job.execute_in_process(run_config=config, instance=instance, resources=around, raise_on_error=False)
    assert told.scene.failure(run.run_id).startswith("The value given for keep cannot be used.")
    assert not (told.scene.home / "backups").exists()


def test_a_config_that_keeps_everything_for_ever_is_no_date_and_no_failure(told: Typist) -> None:
    kept = {"config": {"days": 10**12}}
    with told.scene.dagster() as instance:
        job, around = defs.resolve_job_def("retention"), {"surroundings": Surroundings(told.scene.work)}
        assert job.execute_in_process(
            run_config={"ops": {"forget": kept, "forget_runs": kept}} | QUIET, instance=instance, resources=around
        ).success


def test_a_tag_that_names_no_process_ends_no_run_and_stops_nobody(instance: dg.DagsterInstance) -> None:
    for said in ("nonsense", "", "1", "one two three"):
        instance.create_run_for_job(job_def=SYNC, tags={PROCESS: said}, status=dg.DagsterRunStatus.STARTED)
    fail_abandoned_runs(instance)
    assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.STARTED}
