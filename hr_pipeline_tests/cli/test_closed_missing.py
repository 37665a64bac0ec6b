"""Somebody whom a connection's rule closed is told as such, with the way back."""

from dataclasses import replace
from pathlib import Path

from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.domain.connections import CloseMissing
from hr_pipeline_tests.cli.commands import Commands
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import Platform

A = "securex-a"


def test_whoever_a_rule_closed_is_listed_with_their_code(tmp_path: Path) -> None:
    hp = Commands(tmp_path / "home")
    hp.home.mkdir()
    platform = Platform(tmp_path)
    platform.store = Store(hp.home / "hr_pipeline.duckdb", folders=(tmp_path, hp.home))
    platform.connect(A, settings=replace(SETTINGS, close_missing=CloseMissing.ABSENT, missing_runs=2))
    platform.night({A: [person("w0"), person("w1")]})
    for _ in range(2):
        run = platform.night({A: [person("w1")]})[A]
    (row,) = hp.document("outcomes", run.sync_run_id, "--only", "missing")
    assert (row["external_id"], row["code"]) == ("w0", "CLOSED_MISSING")
    assert row["next"]
