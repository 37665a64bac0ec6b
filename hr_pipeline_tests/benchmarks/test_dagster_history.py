from datetime import timedelta
from pathlib import Path

import dagster as dg

from hr_pipeline_tests.benchmarks.dagster_history import Platform, tell_history

NIGHTS = 6


def test_the_history_that_is_measured_looks_like_so_many_real_nights(tmp_path: Path) -> None:
    platform, asset = Platform(tmp_path / "home", 3), dg.AssetKey("sync_run")
    platform.connect()
    first = platform.night(NIGHTS)
    tell_history(platform, first, NIGHTS)
    last = platform.night(0)
    today = platform.work().today
    dates = [today - timedelta(days=days) for days in range(NIGHTS, -1, -1)]
    with platform.dagster() as instance:
        assert instance.get_materialized_partitions(asset) == {f"{one}|{on}" for one in platform.ids for on in dates}
        runs = instance.get_runs()
        assert [run.run_id for run in (runs[0], runs[-1])] == [last, first]
        assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
        assert len(runs) == len(dates)
        newest = instance.fetch_materializations(asset, limit=100).records
        assert [str(record.partition_key).partition("|")[2] for record in newest[::3]] == [str(on) for on in reversed(dates)]
        found = instance.get_latest_materialization_event(asset)
        assert found is not None
        assert found.run_id == last
    with platform.work().store.opened() as database:
        told = database.rows(
            "SELECT date, count(*) AS runs, count(DISTINCT dagster_run_id) AS nights FROM sync_run GROUP BY date ORDER BY date"
        )
    assert told == [{"date": on, "runs": 3, "nights": 1} for on in dates]
