"""What `make status` and `make logout` say, with nothing up."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.logins import Logins, Role
from hr_pipeline_tests.adapters.surroundings import ROOT


def typed(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`python -m deploy …` in a folder of a test's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HR_PIPELINE_", "DAGSTER_"))}
    variables = {**kept, "HR_PIPELINE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "deploy", *arguments],
        env=variables,
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_with_nothing_up_the_status_says_so_and_what_brings_it_up(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    said = typed(home, "status")
    assert (said.returncode, said.stdout, said.stderr) == (3, "nothing is up; `make up` brings it up\n", "")


def test_make_status_takes_nothing_up_for_an_answer_and_a_refusal_for_a_failure(tmp_path: Path) -> None:
    for name in ("requirements.lock", "pyproject.toml", ".venv/installed"):  # what `make` looks at before it calls the command
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HR_PIPELINE_", "DAGSTER_", "MAKE", "MFLAGS"))}

    def made(**variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["make", "-f", str(ROOT / "Makefile"), "status", f"BIN={Path(sys.executable).parent}"],
            env={**kept, "HR_PIPELINE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    quiet, refused = made(), made(HR_PIPELINE_ADDRESS="nowhere")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "nothing is up; `make up` brings it up\n", "")
    assert refused.returncode == 2
    assert "INVALID_SETTING" in refused.stderr


def test_taking_a_deployment_away_says_what_went_and_what_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Logins(home / "deploy").add("anna", Role.VIEWER)
    said = typed(home, "remove")
    assert said.stdout.splitlines() == [f"Removed: {home / 'deploy'}", f"The store stays, and so does everything else in {home}"]
    assert not (home / "deploy").exists()
    assert typed(home, "remove").stdout.startswith("Nothing of a deployment was there.\n")


def test_shutting_somebody_out_says_whom_and_who_is_left(tmp_path: Path) -> None:
    logins = Logins(tmp_path / "home" / "deploy")
    (tmp_path / "home" / "deploy").mkdir(parents=True)
    logins.add("anna", Role.VIEWER)
    logins.add("bert", Role.ENGINEER)
    assert typed(tmp_path / "home", "logout", "anna").stdout == "anna is shut out. Who may come in: bert\n"
    unknown = typed(tmp_path / "home", "logout", "anna")
    assert (unknown.returncode, unknown.stdout) == (1, ""), "nobody is said to be shut out who was not in"
    assert typed(tmp_path / "home", "logout", "bert").stdout == "bert is shut out. Who may come in: nobody\n"


def test_make_asks_whom_to_let_in_or_shut_out() -> None:
    by_hand = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "NAME"))}
    for target in ("login", "logout"):
        asked = subprocess.run(["make", "-n", target], cwd=ROOT, env=by_hand, capture_output=True, text=True, timeout=120, check=False)
        assert asked.returncode == 2
        assert f"whom? make {target} NAME=anna" in asked.stderr
