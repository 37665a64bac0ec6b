"""The demo as a stranger sees it: two nights, the outcomes the sandbox's script announces, and the README's commands on what it leaves."""

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from hr_pipeline.sandbox import SandboxOptions, expected

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "hr_pipeline.cli"]
NIGHTS = (1, 2)


def run(arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """A command of the project in a process of its own, with nothing in its environment but the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SECUREX_", "PAYFIT_", "HR_PIPELINE_", "DAGSTER_"))}
    environment = {**kept, "HR_PIPELINE_HOME": str(home), "COLUMNS": "120"}
    return subprocess.run(arguments, env=environment, cwd=home.parent, capture_output=True, text=True, timeout=170, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the demo has run both nights."""
    home = tmp_path_factory.mktemp("demo") / "home"
    for night in NIGHTS:
        shown = run([sys.executable, "-m", "hr_pipeline.demo"], home)
        assert shown.returncode == 0, shown.stderr
        assert f"Night {night}:" in shown.stdout
        assert "Traceback" not in shown.stderr
        (home.parent / f"night-{night}.txt").write_text(shown.stdout, encoding="utf-8")
    return home


def answer(home: Path, *arguments: str) -> Any:
    """The JSON of a command."""
    return orjson.loads(run([*COMMAND, *arguments, "--json"], home).stdout)


@pytest.mark.parametrize("night", NIGHTS)
def test_each_night_ends_as_the_script_of_the_sandbox_says(home: Path, night: int) -> None:
    companies = expected(SandboxOptions(night=night))
    history = answer(home, "history")
    of_night = history[-len(companies) :] if night == 1 else history[: len(companies)]
    runs = {run["company"]: run for run in of_night}
    assert runs.keys() == {one.company.name for one in companies}
    for one in companies:
        wanted, seen = one.nights[night - 1], runs[one.company.name]
        assert (seen["status"], seen["code"]) == (wanted.status, wanted.code), one.company.name
        if wanted.source is None:
            continue
        counts = {name: count for name, count in seen["counts"].items() if count}
        assert counts == {
            name: count for name, count in {"source": wanted.source, **wanted.counts, "missing": wanted.missing}.items() if count
        }
        outcomes = {row["external_id"]: (row["outcome"], row["code"]) for row in answer(home, "outcomes", seen["sync_run_id"])}
        assert len(outcomes) == wanted.source
        for external_id, named in wanted.named.items():
            if named.name == "missing":
                assert external_id not in outcomes
            else:
                assert outcomes[external_id] == (named.name, named.code), (one.company.name, external_id)


@pytest.mark.parametrize("night", NIGHTS)
def test_a_night_holds_a_success_a_partial_and_an_error(home: Path, night: int) -> None:
    history = answer(home, "history")
    half = len(history) // len(NIGHTS)
    of_night = history[half:] if night == 1 else history[:half]
    assert {run["status"] for run in of_night} == {"success", "partial", "error"}


@pytest.mark.parametrize("night", NIGHTS)
def test_a_company_that_failed_is_named_with_who_does_what_about_it(home: Path, night: int) -> None:
    shown = " ".join((home.parent / f"night-{night}.txt").read_text(encoding="utf-8").split())
    history = answer(home, "history")
    half = len(history) // len(NIGHTS)
    failed = [run for run in (history[half:] if night == 1 else history[:half]) if run["code"]]
    assert failed
    assert f"{len(failed)} company was not synchronised" in shown
    for run in failed:
        assert f"{run['company']} {run['code']} {run['sync_run_id']}" in shown
        assert f"{run['message']} {run['next']}" in shown


def test_a_home_with_a_real_company_is_refused_in_a_sentence(home: Path, tmp_path: Path) -> None:
    from hr_pipeline_tests.small_platform import Platform

    platform = Platform(tmp_path)
    platform.store = type(platform.store)(tmp_path / "home" / "hr_pipeline.duckdb", folders=(tmp_path / "home",))
    platform.connect("securex-real", vat="BE0403170701")
    refused = run([sys.executable, "-m", "hr_pipeline.demo"], tmp_path / "home")
    assert refused.returncode == 1
    assert "HR_PIPELINE_HOME" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert run([sys.executable, "-m", "hr_pipeline.demo", "--check"], tmp_path / "home").returncode == 1  # so `make clean` leaves it alone


def test_a_demo_may_be_cleaned_away(home: Path) -> None:
    before = answer(home, "history")
    assert run([sys.executable, "-m", "hr_pipeline.demo", "--check"], home).returncode == 0
    assert answer(home, "history") == before


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run([sys.executable, "-m", "hr_pipeline.demo", "--ui", "--port", str(port)], tmp_path / "home")
    assert refused.returncode == 1
    assert f"make ui PORT={port + 1}" in refused.stderr
    assert not (tmp_path / "home").exists()


def documented_commands() -> list[str]:
    """Every `hr-pipeline …` and `make …` line of the documents' console blocks."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    blocks = [block for page in pages for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)]
    lines = [line.split("#")[0].strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if line.startswith(("hr-pipeline ", "make "))})


@pytest.mark.parametrize("line", [line for line in documented_commands() if line.startswith("hr-pipeline ") and "sandbox" not in line])
def test_documented_commands_are_understood(home: Path, line: str) -> None:
    ids = {
        "ID": "securex-lavoir-logistiek-410018",
        "EXTERNAL_ID": "1001",
        "PLAN": "plan-20260101-0000000000",
        "RUN": "r1",
        "SNAPSHOT": "snap-20260101-0000000000",
        "WHO": "1001",
    }
    words = [ids.get(word, word) for word in shlex.split(line)[1:]]
    if "--oauth" in words or words[0] == "sync":
        words.append("--help")  # it would wait for a browser, or for the sandbox that has ended
    shown = run([*COMMAND, *words], home)
    assert shown.returncode in (0, 1), shown.stderr
    assert "Traceback" not in shown.stderr


def test_documented_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {line.split()[1] for line in documented_commands() if line.startswith("make ")} <= targets
