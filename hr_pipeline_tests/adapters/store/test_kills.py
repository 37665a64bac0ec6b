"""Killed while applying (§5): the store shows the state before or after, never between, and the next start needs no person."""

import multiprocessing
import random
import shutil
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.opening import Store
from hr_pipeline_tests.adapters.store.dying import first_night, night
from hr_pipeline_tests.small_platform import DATA_TABLES, Platform

CROWD = 1500  # people in the nights that are killed at random: long enough to be hit
RANDOM_KILLS = 12
REPORT_TABLES = ("sync_run", "outcome", "problem", "conflict")

Everything = dict[str, list[tuple[Any, ...]]]


def everything(folder: Path) -> Everything:
    """Every row of data and report, read as whoever starts next would: within five seconds and by itself."""
    begun = time.monotonic()
    with Store(folder / "store.duckdb", folders=(folder,), patience_seconds=5).opened() as database:
        found = {
            t: [tuple(row.values()) for row in database.rows(f"SELECT * FROM {t} ORDER BY ALL")] for t in (*DATA_TABLES, *REPORT_TABLES)
        }
    assert time.monotonic() - begun < 5
    return found


def copied(origin: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(origin / "store.duckdb", folder / "store.duckdb")
    return folder


@pytest.fixture(scope="module")
def processes() -> Any:
    """Processes forked from one that has everything imported: a kill costs a tenth of a second."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["hr_pipeline_tests.adapters.store.dying"])
    return context


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Everything, Everything, list[str]]:
    """A store before the night, what is in it before and after, and the steps of the night."""
    return rehearsed(tmp_path_factory.mktemp("small"), 6)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Everything, Everything, list[str]]:
    return rehearsed(tmp_path_factory.mktemp("crowd"), CROWD)


def rehearsed(folder: Path, size: int) -> tuple[Path, Everything, Everything, list[str]]:
    origin = folder / "before"
    origin.mkdir()
    first_night(origin, size)
    after = copied(origin, folder / "after")
    steps = night(after, size)
    return origin, everything(origin), everything(after), steps


def killed(processes: Any, run: Callable[..., Any], *arguments: object) -> tuple[list[str], int]:
    """What the process said before it died, and its exit code."""
    ours, theirs = processes.Pipe()
    process = processes.Process(target=run, args=(*arguments, theirs))
    process.start()
    theirs.close()
    said = heard(ours)
    process.join(30)
    return said, process.exitcode


def heard(ours: Connection) -> list[str]:
    said = []
    try:
        while ours.poll(30):
            said.append(ours.recv())
    except EOFError:
        pass
    return said


def die_at(folder: Path, point: int, said: Connection) -> None:
    night(folder, said=said, point=point)


def test_the_night_takes_every_kind_of_step(small: tuple[Path, Everything, Everything, list[str]]) -> None:
    _, before, after, steps = small
    assert (steps[0], steps[-2], steps[-1]) == ("begun", "commit", "committed")
    assert len(steps) > 20
    assert {name for name in after if before[name] != after[name]} >= {
        "account",
        "account_version",
        "pay_version",
        "component_version",
        "link",
        "absence",
        *REPORT_TABLES,
    }


def test_killed_at_any_step_the_store_is_as_before_and_the_next_start_does_the_night(
    processes: Any,
    small: tuple[Path, Everything, Everything, list[str]],
    tmp_path: Path,
) -> None:
    origin, before, after, steps = small
    for point, step in enumerate(steps):
        folder = copied(origin, tmp_path / str(point))
        said, exit_code = killed(processes, die_at, folder, point)
        assert (said, exit_code) == ([step], -signal.SIGKILL)
        assert everything(folder) == (after if step == "committed" else before), step
        if step != "committed" and point % 4 == 0:
            night(folder)
            assert everything(folder) == after, step


def tell(folder: Path, size: int, said: Connection) -> None:
    night(folder, size, said=said)


def test_killed_at_any_moment_the_store_is_as_before_or_as_after(
    processes: Any,
    crowd: tuple[Path, Everything, Everything, list[str]],
    tmp_path: Path,
) -> None:
    origin, before, after, steps = crowd
    moments = random.Random(7)
    in_transaction = 0
    for kill in range(RANDOM_KILLS):
        folder = copied(origin, tmp_path / str(kill))
        ours, theirs = processes.Pipe()
        process = processes.Process(target=tell, args=(folder, CROWD, theirs))
        process.start()
        theirs.close()
        heard_steps = [ours.recv() for _ in range(moments.randrange(1, len(steps)))]  # as far as this …
        ours.poll(moments.uniform(0, 0.004))  # … and a moment into the next step
        process.kill()
        process.join(30)
        heard_steps += heard(ours)
        assert process.exitcode == -signal.SIGKILL
        committed = "committed" in heard_steps
        in_transaction += not committed and "commit" not in heard_steps
        found = everything(folder)
        assert found == after if committed else found in ((before, after) if "commit" in heard_steps else (before,))
        shutil.rmtree(folder)
    assert in_transaction >= 0.6 * RANDOM_KILLS


def test_five_relaunches_after_a_kill_change_nothing(
    processes: Any,
    small: tuple[Path, Everything, Everything, list[str]],
    tmp_path: Path,
) -> None:
    origin, _, after, steps = small
    folder = copied(origin, tmp_path / "store")
    for point in (3, len(steps) // 2, len(steps) - 2):
        killed(processes, die_at, folder, point)
    night(folder)
    assert everything(folder) == after
    for _ in range(4):
        night(folder)
    found = everything(folder)
    assert {name: found[name] for name in DATA_TABLES} == {name: after[name] for name in DATA_TABLES}
    changes = Platform(folder).rows("SELECT created, linked, updated, pay_applied FROM sync_run WHERE run_no > 6")
    assert {tuple(row.values()) for row in changes} == {(0, 0, 0, 0)}
    assert len(changes) == 8
