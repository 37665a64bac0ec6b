from datetime import timedelta
from os import utime
from pathlib import Path
from time import time

import dagster as dg
import pytest

from hr_pipeline.definitions import defs
from hr_pipeline.defs.launching import QUIET
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.forgetting import KEPT_DAYS, Forgotten, forget_old_snapshots
from hr_pipeline_tests.defs.scene import KERMADEC, LOGISTIEK, Scene

RETENTION = defs.resolve_job_def("retention")


def landed(demo: Scene) -> set[str]:
    return {file.stem for file in (demo.home / "landing").glob("*/*.parquet")}


def registered(demo: Scene) -> set[str]:
    return {row["snapshot_id"] for row in demo.rows("SELECT snapshot_id FROM snapshot")}


def test_snapshots_are_kept_thirty_days_and_then_leave_the_disk_and_the_registry(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=KEPT_DAYS + 1)
    old = registered(fresh)
    fresh.earlier_night(2, days_ago=KEPT_DAYS)
    kept = registered(fresh) - old
    assert old
    assert kept
    with fresh.dagster() as instance:
        result = RETENTION.execute_in_process(run_config=QUIET, instance=instance, resources={"surroundings": Surroundings(fresh.work)})
    assert result.output_for_node("forget") == Forgotten(snapshots=len(old), unregistered=0, unfinished=0)
    assert registered(fresh) == landed(fresh) == kept


def test_sync_runs_and_accounts_stay_when_their_snapshots_go(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=KEPT_DAYS + 5)
    before = fresh.rows("SELECT (SELECT count(*) FROM sync_run) AS runs, (SELECT count(*) FROM account) AS accounts")
    forget_old_snapshots(fresh.work())
    assert landed(fresh) == set()
    assert fresh.rows("SELECT (SELECT count(*) FROM sync_run) AS runs, (SELECT count(*) FROM account) AS accounts") == before


def test_a_replay_of_a_day_let_go_of_says_that_nothing_is_kept(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=2)
    forget_old_snapshots(fresh.work(), days=1)
    day = fresh.today - timedelta(days=2)
    run_id = fresh.clicked((fresh.id_of(LOGISTIEK), day))
    assert fresh.partition(fresh.id_of(LOGISTIEK), day, run_id)["code"] == "SNAPSHOT_NOT_KEPT"


def test_files_nobody_registered_go_when_they_are_a_day_old_and_not_before(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=0)
    folder = fresh.home / "landing" / fresh.id_of(KERMADEC)
    young, old = folder / "snap-20260101-young.parquet", folder / "snap-20260101-old.parquet"
    for file in (young, old):
        file.write_bytes(b"landed by a pull that was killed before it registered")
    utime(old, (time() - 25 * 3600,) * 2)
    (folder / ".snap-20260101-begun.parquet.1-00000000.part").write_bytes(b"begun by a pull that was killed")
    assert forget_old_snapshots(fresh.work()) == Forgotten(snapshots=0, unregistered=1, unfinished=1)
    assert not old.exists()
    assert landed(fresh) == registered(fresh) | {young.stem}


def test_keeping_nothing_at_all_is_refused(fresh: Scene, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        forget_old_snapshots(fresh.work(), days=0)
    assert refused.value.code is Code.INVALID_SETTING


def test_a_run_of_it_says_what_it_let_go_of(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=3)
    config = {"ops": {"forget": {"config": {"days": 1}}}} | QUIET
    with fresh.dagster() as instance:
        run_id = RETENTION.execute_in_process(
            run_config=config, instance=instance, resources={"surroundings": Surroundings(fresh.work)}
        ).run_id
        (event,) = [
            entry.dagster_event for entry in instance.all_logs(run_id, dg.DagsterEventType.STEP_OUTPUT) if entry.step_key == "forget"
        ]
    assert event is not None
    assert {name: value.value for name, value in event.step_output_data.metadata.items()} == {
        "snapshots": 6,
        "unregistered": 0,
        "unfinished": 0,
    }
