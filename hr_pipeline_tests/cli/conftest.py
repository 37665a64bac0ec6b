"""A sandbox, and homes in several states: empty, connected, synchronised once."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions, write_platform_accounts
from hr_pipeline_tests.cli.commands import Commands

SIZE = 150  # the six written companies and one drawn one


def new_sandbox() -> Sandbox:
    """The written companies on night 1, without call limits."""
    return Sandbox(SandboxOptions(size=SIZE, payfit_reads_per_second=None, securex_calls_per_second=None))


@dataclass(frozen=True, slots=True)
class Scene:
    """A home after the first night, and the companies in it: name → connection id."""

    hp: Commands
    sandbox: Sandbox
    ids: dict[str, str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of whoever runs the tests is read."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Night 1, never altered by a test."""
    with new_sandbox() as running:
        yield running


@pytest.fixture
def own_sandbox() -> Iterator[Sandbox]:
    """A sandbox for one test, which may change its night and faults."""
    with new_sandbox() as running:
        yield running


@pytest.fixture
def hp(tmp_path: Path, sandbox: Sandbox) -> Commands:
    """Commands in an empty home, pointed at the shared sandbox."""
    return Commands(tmp_path / "home", sandbox.environment)


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Scene:
    """All companies connected without review, people typed in before, one sync through Dagster. Never altered by a test."""
    folder = tmp_path_factory.mktemp("first-night")
    hp = Commands(folder / "home", sandbox.environment)
    ids = hp.connect_all(sandbox, "--review", "never")
    write_platform_accounts(folder / "typed.csv")
    assert hp.document("import-accounts", str(folder / "typed.csv")) == {"listed": 5, "added": 5}
    result = hp.run("sync", "--all", "--trigger", "nightly")
    assert result.exit_code == 1, result.output  # one company's list lies about its total
    return Scene(hp, sandbox, ids)


@pytest.fixture
def played(first_night: Scene, tmp_path: Path) -> Scene:
    """The home after the first night, for one test to change."""
    shutil.copytree(first_night.hp.home, tmp_path / "home", ignore=shutil.ignore_patterns("dagster"))
    return Scene(Commands(tmp_path / "home", first_night.sandbox.environment), first_night.sandbox, first_night.ids)
