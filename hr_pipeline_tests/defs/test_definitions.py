"""What the interfaces page promises of Dagster, compared with what is defined."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import yaml

from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.adapters.store.reference import reporting_columns
from hr_pipeline.definitions import defs
from hr_pipeline.defs.columns import judged_columns
from hr_pipeline.domain.fields import FIELDS
from hr_pipeline.domain.schemas import judges

ROOT = Path(__file__).parents[2]
LINEAGE = {
    "securex_snapshot": set(),
    "payfit_snapshot": set(),
    "employees": {"securex_snapshot", "payfit_snapshot"},
    "sync_plan": {"employees"},
    "sync_run": {"sync_plan"},
    "accounts": {"sync_run"},
    "pay": {"sync_run"},
    "conflicts": {"sync_run"},
    "sync_history": {"sync_run"},
}
CHECKS = {
    ("sync_run", "no_failed_connections"),
    ("sync_run", "every_employee_has_one_outcome"),
    ("securex_snapshot", "snapshots_are_complete"),
    ("payfit_snapshot", "snapshots_are_complete"),
    ("accounts", "emails_are_unique"),
    ("sync_plan", "no_hold_waits"),
    ("conflicts", "no_conflict_waits_long"),
    ("sync_history", "no_connection_is_stale"),
    *(("employees", f"schema_{judge.schema.name}") for judge in judges()),
}
graph = defs.resolve_asset_graph()


def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_assets_and_their_lineage_are_those_of_the_interfaces_page() -> None:
    assert {name: {dep.asset_key.to_user_string() for dep in spec.deps} for name, spec in specs().items()} == LINEAGE


def test_only_sync_run_is_partitioned_by_date_and_connection_and_a_backfill_of_it_is_one_run() -> None:
    partitions = graph.get(dg.AssetKey("sync_run")).partitions_def
    assert isinstance(partitions, dg.MultiPartitionsDefinition)
    assert [dimension.name for dimension in partitions.partitions_defs] == ["connection", "date"]
    assert graph.get(dg.AssetKey("sync_run")).backfill_policy == dg.BackfillPolicy.single_run()
    assert [key.to_user_string() for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned] == ["sync_run"]


def test_the_checks_are_those_of_the_interfaces_page() -> None:
    assert {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys} == CHECKS


def test_schema_checks_name_every_rule_of_the_pandera_models() -> None:
    said = {key.name: graph.get_check_spec(key).description or "" for key in graph.asset_check_keys}
    for judge in judges():
        assert all(f"* {rule}" in said[f"schema_{judge.schema.name}"] for rule in judge.checks)


def test_the_jobs_schedules_and_sensors_are_those_of_the_interfaces_page() -> None:
    repository = defs.get_repository_def()
    assert {"sync", "apply_plan", "release_hold", "undo_sync_run", "retention"} <= set(repository.job_names)
    (nightly,) = [schedule for schedule in repository.schedule_defs if schedule.name == "nightly"]
    assert (nightly.cron_schedule, nightly.execution_timezone, nightly.job_name) == ("30 3 * * *", "Europe/Brussels", "sync")
    assert {sensor.name for sensor in repository.sensor_defs} == {"sync_requests", "failed_syncs", "missed_nights", "attention"}
    assert all(sensor.default_status is dg.DefaultSensorStatus.RUNNING for sensor in repository.sensor_defs)
    off = {schedule.name for schedule in repository.schedule_defs if schedule.default_status is not dg.DefaultScheduleStatus.RUNNING}
    assert off == {"daily_backup"}


def test_every_asset_tells_a_reader_what_it_is_whose_it_is_and_where_its_code_is() -> None:
    for name, spec in specs().items():
        assert len(spec.description or "") > 80, name
        assert spec.owners == ["team:hr-data"], name
        assert spec.kinds, name
        assert spec.group_name == "synchronisation", name
        assert spec.tags["layer"] in ("provider", "sync", "platform"), name
        for reference in spec.metadata["dagster/code_references"].code_references:
            assert Path(reference.file_path).is_file(), name
        columns = spec.metadata["dagster/column_schema"].columns
        assert columns, name
        assert [column.name for column in columns if not column.type] == [], name


def test_every_column_of_a_view_says_what_it_means() -> None:
    for name in ("sync_run", "accounts", "pay", "conflicts", "sync_history", "sync_plan", "payfit_snapshot", "securex_snapshot"):
        assert [column.name for column in specs()[name].metadata["dagster/column_schema"].columns if not column.description] == [], name


def test_freshness_is_expected_of_employees_and_sync_run_by_the_morning() -> None:
    expected = {name for name, spec in specs().items() if spec.freshness_policy is not None}
    assert expected == {"employees", "sync_run"}


def test_views_show_the_columns_that_the_store_has(tmp_path: Path) -> None:
    with Store(tmp_path / "store.duckdb").opened() as database:
        found = database.rows(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'reporting' ORDER BY table_name, column_index"
        )
    assert [(view, column, kind) for view, columns in reporting_columns().items() for column, kind in columns.items()] == [
        (row["table_name"], row["column_name"], row["data_type"]) for row in found
    ]
    shown = specs()["sync_history"].metadata["dagster/column_schema"]
    assert {column.name: column.type for column in shown.columns} == reporting_columns()["sync_runs"]


def test_columns_of_employees_come_from_the_pandera_models() -> None:
    columns = {column.name: column for column in judged_columns(judges()).columns}
    assert set(columns) <= {field.name for field in FIELDS}
    assert not columns["email"].constraints.nullable
    assert columns["phone"].constraints.nullable
    assert "not in E.164 form" in (columns["phone"].description or "")
    assert columns["gross_amount"].type == "decimal128(14, 2)"


def test_steps_run_in_one_process_and_their_values_are_never_stored() -> None:
    job = defs.resolve_job_def("sync")
    assert job.executor_def is dg.in_process_executor
    managers = {output.io_manager_key for node in job.graph.iterate_node_defs() for output in node.output_defs}
    assert managers == {"io_manager"}
    assert job.resource_defs["io_manager"].description.startswith("Keeps the ids and counts")


def test_the_code_location_is_called_hr_pipeline() -> None:
    (location,) = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    assert location["python_module"] == {"module_name": "hr_pipeline.definitions", "location_name": "hr_pipeline", "working_directory": "."}


def test_dagster_finds_the_definitions_valid(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "dagster",
        "definitions",
        "validate",
        "--workspace",
        str(ROOT / "workspace.yaml"),
        "--log-level",
        "warning",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "WARNING" in line or "ERROR" in line] == []


def test_the_definitions_load_without_a_warning() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import hr_pipeline.definitions"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
