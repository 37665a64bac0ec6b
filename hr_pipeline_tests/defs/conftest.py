"""The scenes tests share."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.defs.launching import opened_instance
from hr_pipeline_tests.defs.scene import Scene, scene


@dataclass(frozen=True, slots=True)
class TwoNights:
    """A scene after the two written nights, both of today; never altered by a test. `first` and `second` are Dagster run ids."""

    scene: Scene
    first: str
    second: str


@pytest.fixture(scope="session")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoNights]:
    with scene(tmp_path_factory.mktemp("two-nights")) as demo:
        yield TwoNights(demo, demo.night(1), demo.night(2))


@pytest.fixture(scope="session")
def empty_dagster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dagster's state before anything happened. Making its three databases takes longer than most tests; copying them doesn't."""
    home = tmp_path_factory.mktemp("empty")
    with opened_instance(Environment.current({"HR_PIPELINE_HOME": str(home)}, home)):
        return home / "dagster"


@pytest.fixture
def fresh(tmp_path: Path, empty_dagster: Path) -> Iterator[Scene]:
    """A scene of a test's own, before its first night."""
    shutil.copytree(empty_dagster, tmp_path / "dagster")
    with scene(tmp_path) as demo:
        yield demo


@pytest.fixture
def instance(tmp_path: Path, empty_dagster: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's state in a folder, with the project's settings. (`dg.instance_for_test` leaves a global behind that spoils later tests.)"""
    shutil.copytree(empty_dagster, tmp_path / "dagster")
    with opened_instance(Environment.current({"HR_PIPELINE_HOME": str(tmp_path)}, tmp_path)) as opened:
        yield opened
