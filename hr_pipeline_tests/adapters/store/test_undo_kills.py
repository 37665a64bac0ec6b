"""Killed while undoing: the store shows the state before or after, never between, and undo asked again does it."""

import multiprocessing
import signal
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.undoing import Asking, undo_run, undoable_run
from hr_pipeline_tests.adapters.store.dying import DyingDatabase, first_night, night
from hr_pipeline_tests.adapters.store.test_kills import Everything, copied, everything, killed
from hr_pipeline_tests.small_platform import Platform

RUN = "r5"  # the third night of the first company: everything a night can write
UNDO_TABLES = ("undo", "reversal", "connection")


def undone(folder: Path, said: Connection | None = None, point: int | None = None) -> list[str]:
    """The undo of the third night, told step by step or killed at a point; returns its steps."""
    platform = Platform(folder)
    at = platform.clock + timedelta(days=3)
    with platform.store.opened() as database:
        dying = DyingDatabase(database, said, point)
        undo_run(dying, undoable_run(database, RUN), Asking("HR", None, at, at.date()))
    return dying.steps


def die_at(folder: Path, point: int, said: Connection) -> None:
    undone(folder, said=said, point=point)


def all_of(folder: Path) -> Everything:
    """Data, reports, and what only an undo writes."""
    more = {name: [tuple(row.values()) for row in Platform(folder).rows(f"SELECT * FROM {name} ORDER BY ALL")] for name in UNDO_TABLES}
    return {**everything(folder), **more}


@pytest.fixture(scope="module")
def processes() -> Any:
    """Processes forked from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@pytest.fixture(scope="module")
def night_done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Everything, Everything, list[str]]:
    """A store after the third night, what is in it before and after its undo, and the steps of the undo."""
    folder = tmp_path_factory.mktemp("undo")
    origin = folder / "before"
    origin.mkdir()
    first_night(origin)
    night(origin)
    after = copied(origin, folder / "after")
    steps = undone(after)
    return origin, all_of(origin), all_of(after), steps


def test_the_undo_writes_every_kind_of_row(night_done: tuple[Path, Everything, Everything, list[str]]) -> None:
    _, before, after, steps = night_done
    assert (steps[0], steps[-2], steps[-1]) == ("begun", "commit", "committed")
    changed = {name for name in after if before[name] != after[name]}
    assert changed >= {
        "account",
        "account_version",
        "pay_version",
        "component_version",
        "link",
        "link_ended",
        "absence",
        "sync_run",
        *UNDO_TABLES,
    }


def test_killed_at_any_step_of_an_undo_nothing_of_it_is_there_and_it_can_be_asked_again(
    processes: Any,
    night_done: tuple[Path, Everything, Everything, list[str]],
    tmp_path: Path,
) -> None:
    origin, before, after, steps = night_done
    for point, step in enumerate(steps):
        folder = copied(origin, tmp_path / str(point))
        said, exit_code = killed(processes, die_at, folder, point)
        assert (said, exit_code) == ([step], -signal.SIGKILL)
        assert all_of(folder) == (after if step == "committed" else before), step
        if step != "committed" and point % 9 == 0:
            undone(folder)
            assert all_of(folder) == after, step
