"""Which commands there are: those promised so far, none that does nothing yet."""

import pytest
from typer.main import get_command

from hr_pipeline.cli.application import app
from hr_pipeline_tests.cli.commands import Commands

PROMISED = {
    *("connect", "connections", "connection", "disconnect", "mapping", "preview", "approve", "sync", "history", "outcomes", "conflicts"),
    *("undo", "missing", "upcoming", "resolve", "release", "snapshots", "replay", "request", "requests", "attention"),
    *("backup", "verify", "restore", "employee"),
    *("conflict", "accounts", "account", "exclude", "include", "exclusions", "sandbox", "doctor", "import-accounts"),
}
LATER = ("erase",)


def test_the_commands_are_those_promised() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(commands) == PROMISED
    assert set(commands["connect"].commands) == {"securex", "payfit"}


@pytest.mark.parametrize("name", LATER)
def test_what_comes_later_is_not_offered(hp: Commands, name: str) -> None:
    result = hp.run(name)
    assert result.exit_code == 2
    assert "No such command" in result.output


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_command_says_what_it_is_for(hp: Commands, name: str) -> None:
    result = hp.run(name, "--help")
    assert result.exit_code == 0
    assert f"Usage: hr-pipeline {name}" in result.stdout
    if name != "connect":
        assert "--json" in result.stdout
        assert "--lang" in result.stdout


def test_the_version_is_printed(hp: Commands) -> None:
    assert hp.run("--version").exit_code == 0
