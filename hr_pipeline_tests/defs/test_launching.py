import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest
import yaml

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.definitions import defs
from hr_pipeline.defs.home import dagster_home, prepare_dagster_home
from hr_pipeline.defs.launching import (
    PROCESS,
    dev_command,
    dev_environment,
    fail_abandoned_runs,
    opened_instance,
    room_for_dagster,
    run_sync,
)
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.adapters.surroundings import ROOT, mode
from hr_pipeline_tests.defs.conftest import TwoNights
from hr_pipeline_tests.defs.scene import KERMADEC, LOGISTIEK, Scene

COMMAND = """
import sys
from datetime import date
from hr_pipeline.defs.launching import run_sync
from hr_pipeline.domain.outcomes import Trigger
print(run_sync([(sys.argv[1], date.fromisoformat(sys.argv[2]))], Trigger.MANUAL))
"""


@pytest.fixture(autouse=True)
def no_home_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def environment(home: Path) -> Environment:
    return Environment.current({"HR_PIPELINE_HOME": str(home)}, home)


def test_all_of_dagsters_state_is_in_the_home_with_the_projects_settings(tmp_path: Path) -> None:
    home = prepare_dagster_home(environment(tmp_path))
    assert home == tmp_path / "dagster"
    written = yaml.safe_load((home / "dagster.yaml").read_text(encoding="utf-8"))
    ours = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    assert ours.pop("storage") == {"sqlite": {"base_dir": "data/dagster"}}
    assert ours.pop("local_artifact_storage")["config"] == {"base_dir": "data/dagster"}
    storage = written.pop("storage")["custom"]
    assert (storage["class"], storage["config"]) == ("BatchingSqliteStorage", {"base_dir": str(home)})
    assert written == ours
    assert (written["telemetry"], written["nux"]) == ({"enabled": False}, {"enabled": False})
    assert written["compute_logs"]["class"] == "NoOpComputeLogManager"
    assert (mode(home), mode(home / "dagster.yaml")) == (0o700, 0o600)


def test_settings_follow_the_project_and_a_home_of_the_users_own_keeps_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = prepare_dagster_home(environment(tmp_path))
    (home / "dagster.yaml").write_text("telemetry: {enabled: true}")
    prepare_dagster_home(environment(tmp_path))
    assert "enabled: false" in (home / "dagster.yaml").read_text()
    own = tmp_path / "own"
    monkeypatch.setenv("DAGSTER_HOME", str(own))
    assert dagster_home(environment(tmp_path)) == own
    prepare_dagster_home(environment(tmp_path))
    (own / "dagster.yaml").write_text("# mine")
    prepare_dagster_home(environment(tmp_path))
    assert (own / "dagster.yaml").read_text() == "# mine"


def test_bare_dagster_in_the_repository_finds_the_same_state(tmp_path: Path) -> None:
    layout = {}
    for name, text in (("ours", (ROOT / "dagster.yaml").read_text()), ("written", None)):
        folder = tmp_path / name
        folder.mkdir()
        if text is not None:
            (folder / "dagster.yaml").write_text(text.replace("data/dagster", str(folder / "state")))
            state = folder / "state"
        else:
            state = folder
            prepare_dagster_home(environment(folder))
            state = folder / "dagster"
        with dg.DagsterInstance.from_config(str(folder if text is not None else state)):
            layout[name] = {file.relative_to(state) for file in state.rglob("*.db")}
    assert layout["ours"] == layout["written"] != set()


def test_a_command_prints_nothing_of_dagsters_own_on_stdout_or_stderr(two_nights: TwoNights, tmp_path: Path) -> None:
    demo = two_nights.scene
    own = {
        **os.environ,
        **demo.variables,
        "HR_PIPELINE_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "DAGSTER_REDACT_USER_CODE_ERRORS": "1",
    }
    Scene(demo.sandbox, tmp_path).connect()
    command = [sys.executable, "-c", COMMAND, demo.id_of(KERMADEC), demo.today.isoformat()]
    done = subprocess.run(command, env=own, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.count("\n") == 1
    assert Scene(demo.sandbox, tmp_path).run(done.stdout.strip()).status is dg.DagsterRunStatus.SUCCESS
    assert done.stderr == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dagster", "hr_pipeline.duckdb", "landing", "published", "work"]


def test_a_refused_selection_comes_back_as_the_refusal_and_its_run_says_the_same(fresh: Scene) -> None:
    with pytest.raises(Refusal) as refused:
        run_sync([("securex-nobody", fresh.today)], Trigger.MANUAL, workplace=fresh.work)
    assert (refused.value.code, refused.value.params) == (Code.UNKNOWN_CONNECTION, {"connection": "securex-nobody"})
    with fresh.dagster() as instance:
        (run,) = instance.get_runs()
        (step,) = instance.all_logs(run.run_id, dg.DagsterEventType.STEP_FAILURE)
    assert run.status is dg.DagsterRunStatus.FAILURE
    failure = step.dagster_event.step_failure_data.user_failure_data if step.dagster_event else None
    assert failure is not None
    assert "securex-nobody" in str(failure.description)
    assert failure.metadata["code"].value == "UNKNOWN_CONNECTION"


@pytest.mark.parametrize(("days", "code"), [(-1, Code.INVALID_DATE), (None, Code.NOTHING_TO_DO)])
def test_what_can_not_be_asked_for_is_refused(two_nights: TwoNights, days: int | None, code: Code) -> None:
    demo = two_nights.scene
    wanted = [] if days is None else [(demo.id_of(KERMADEC), demo.today - timedelta(days=days))]
    with pytest.raises(Refusal) as refused:
        run_sync(wanted, Trigger.MANUAL, workplace=demo.work)
    assert refused.value.code is code


def test_several_dates_and_connections_are_one_run(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=1)
    fresh.sandbox.night = 2
    yesterday = fresh.today - timedelta(days=1)
    wanted = [(fresh.id_of(LOGISTIEK), yesterday), (fresh.id_of(LOGISTIEK), fresh.today), (fresh.id_of(KERMADEC), fresh.today)]
    run_id = run_sync(wanted, Trigger.MANUAL, workplace=fresh.work)
    assert sorted(str(one.partition) for one in fresh.told("sync_run", run_id)) == sorted(f"{one}|{on}" for one, on in wanted)
    assert "hr/connection" not in fresh.run(run_id).tags


def test_progress_is_told_while_it_runs(fresh: Scene) -> None:
    seen: list[str] = []
    run_sync([(fresh.id_of(KERMADEC), fresh.today)], Trigger.MANUAL, progress=lambda what, _, __: seen.append(what), workplace=fresh.work)
    assert {"pages pulled", "companies pulled"} <= set(seen)


def test_the_run_of_a_command_that_was_killed_is_ended_at_the_next_start(instance: dg.DagsterInstance) -> None:
    def going(tags: dict[str, str]) -> str:
        run = instance.create_run_for_job(defs.resolve_job_def("sync"), run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED, tags=tags)
        return run.run_id

    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    killed, alive, daemons = going({PROCESS: f"{ended.pid} 1.0"}), going({PROCESS: f"{os.getpid()} {process_started()}"}), going({})
    fail_abandoned_runs(instance)
    statuses = {run.run_id: run.status for run in instance.get_runs()}
    assert statuses == {killed: dg.DagsterRunStatus.FAILURE, alive: dg.DagsterRunStatus.STARTED, daemons: dg.DagsterRunStatus.STARTED}


def process_started() -> float:
    import psutil

    return psutil.Process().create_time()


def test_the_ui_listens_on_loopback_only_and_keeps_its_state_in_the_home(tmp_path: Path) -> None:
    variables = dev_environment(environment(tmp_path))
    assert variables["DAGSTER_HOME"] == str(tmp_path / "dagster")
    assert (variables["HR_PIPELINE_HOME"], variables["DAGSTER_REDACT_USER_CODE_ERRORS"]) == (str(tmp_path), "1")
    command = dev_command(3000, tmp_path / "dagster")
    assert command[command.index("-h") + 1] == "127.0.0.1"
    workspace = Path(command[command.index("-w") + 1])
    (ours,) = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    del ours["python_module"]["working_directory"]  # only the repository's folder holds the package without being installed
    assert yaml.safe_load(workspace.read_text(encoding="utf-8")) == {"load_from": [ours]}


def test_a_disk_that_fills_up_under_dagsters_state_is_said_as_that(tmp_path: Path) -> None:
    with opened_instance(environment(tmp_path)) as instance, instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # SQLite says the same when the disk has no more
        with pytest.raises(Refusal) as refused, room_for_dagster():
            connection.exec_driver_sql("CREATE TABLE more AS SELECT randomblob(1000000) AS bytes")
    assert refused.value.code is Code.DISK_FULL
