"""The scenes tests share."""

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


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Scene]:
    """A scene of a test's own, before its first night."""
    with scene(tmp_path) as demo:
        yield demo


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's state in a folder, with the project's settings. (`dg.instance_for_test` leaves a global behind that spoils later tests.)"""
    with opened_instance(Environment.current({"HR_PIPELINE_HOME": str(tmp_path)}, tmp_path)) as opened:
        yield opened
