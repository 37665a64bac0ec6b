"""The backup job on a real instance: a file that restores, only so many of them, and nothing of anybody in Dagster."""

import re
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from hr_pipeline.definitions import defs
from hr_pipeline.defs.launching import QUIET
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.operations.backing_up import new_backup_path
from hr_pipeline.operations.verifying import verify_backup
from hr_pipeline_tests.defs.scene import Scene
from hr_pipeline_tests.defs.test_privacy import canaries, found_in

BACKUP = defs.resolve_job_def("backup")


def test_a_backup_a_day_of_which_the_newest_are_kept(fresh: Scene, tmp_path: Path) -> None:
    fresh.earlier_night(1, days_ago=1)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    ours, _, _ = new_backup_path(fresh.work()).name.rsplit("-", 2)
    others = {"hr_pipeline-0badcafe-20240101-040000.backup", "hr_pipeline-20240101-040000.backup", "hr_pipeline-notes.backup", "else"}
    for name in (f"{ours}-20250101-040000.backup", f"{ours}-20250102-040000.backup", *others):
        (folder / name).write_text("older")
    config = {"ops": {"back_up": {"config": {"folder": str(folder), "keep": 2}}}} | QUIET
    with fresh.dagster() as instance:
        run = BACKUP.execute_in_process(run_config=config, instance=instance, resources={"surroundings": Surroundings(fresh.work)})
        [event] = [entry.dagster_event for entry in instance.all_logs(run.run_id, dg.DagsterEventType.STEP_OUTPUT)]
    assert event is not None
    told = {name: value.value for name, value in event.step_output_data.metadata.items()}
    assert told["deleted"] == 1
    assert {path.name for path in folder.iterdir()} == {f"{ours}-20250102-040000.backup", told["file"], *others}
    assert all(not check.found for check in verify_backup(fresh.work(), folder / told["file"]))
    assert found_in(fresh.home / "dagster", canaries(fresh)) == set()


def test_while_a_home_is_unsound_no_older_backup_is_deleted(fresh: Scene, tmp_path: Path) -> None:
    fresh.earlier_night(1, days_ago=1)
    ours, _, _ = new_backup_path(fresh.work()).name.rsplit("-", 2)
    (tmp_path / f"{ours}-20250101-040000.backup").write_text("the last good one")
    with fresh.work().store.opened() as database:
        database.run("UPDATE sync_run SET created = created + 1")
    config = {"ops": {"back_up": {"config": {"folder": str(tmp_path), "keep": 1}}}} | QUIET
    with fresh.dagster() as instance:
        run = BACKUP.execute_in_process(
            run_config=config, instance=instance, resources={"surroundings": Surroundings(fresh.work)}, raise_on_error=False
        )
    assert not run.success
    assert len(list(tmp_path.glob("hr_pipeline-*.backup"))) == 2


def test_by_default_it_is_in_the_home_and_its_schedule_is_off(fresh: Scene) -> None:
    path = new_backup_path(fresh.work())
    assert path.parent == fresh.home / "backups"
    assert re.fullmatch(rf"hr_pipeline-[0-9a-f]{{8}}-{datetime.now(UTC):%Y%m%d}-\d{{6}}\.backup", path.name)
    assert new_backup_path(fresh.work()).name[:20] == path.name[:20], "drawn once"
    assert defs.resolve_schedule_def("daily_backup").default_status is dg.DefaultScheduleStatus.STOPPED
