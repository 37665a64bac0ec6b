"""The commands as processes of their own: how they start, what they import, how they end."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.cli.commands import KERMADEC, LOGISTIEK, ROOT, Commands, company_of
from hr_pipeline_tests.cli.conftest import SIZE, Scene

SECONDS = 60
HEAVY = ("dagster", "pandas", "pandera", "phonenumbers", "fastapi", "httpx")

IMPORTED = """
import sys
import time
from hr_pipeline.cli import main
sys.argv = ["hr-pipeline", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    print("\\nimported:", *sorted(name for name, module in sys.modules.items() if module is not None and "." not in name))
    print("ended:", end.code)
"""


def imported(hp: Commands, *arguments: str) -> set[str]:
    """Packages that a command imported, ending well."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        env={"PYTHONPATH": str(ROOT), "HR_PIPELINE_HOME": str(hp.home), "LANG": "C.UTF-8", "PATH": ""},
        cwd=hp.home.parent,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[-1] in ("ended: 0", "ended: None")
    return set(lines[-2].removeprefix("imported: ").split())


@pytest.mark.parametrize("arguments", [["--help"], ["sync", "--help"], ["connect", "securex", "--help"]])
def test_help_imports_nothing_that_takes_time(hp: Commands, arguments: list[str]) -> None:
    assert not imported(hp, *arguments) & {*HEAVY, "duckdb", "pyarrow"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["connections"],
        ["history"],
        ["outcomes", "r1"],
        ["accounts"],
        ["account", "a1"],
        ["conflicts"],
        ["exclusions", "--json"],
        ["upcoming"],
    ],
)
def test_listings_import_nothing_that_only_syncs_need(first_night: Scene, arguments: list[str]) -> None:
    assert not imported(first_night.hp, *arguments) & set(HEAVY)


@pytest.mark.parametrize(
    "arguments", [["conflict", "1", "--names"], ["outcomes", "r1", "--names"], ["missing"], ["requests"], ["attention"]]
)
def test_what_looks_further_needs_no_pandas_either(first_night: Scene, arguments: list[str]) -> None:
    assert not imported(first_night.hp, *arguments) & {"dagster", "pandas", "pandera", "phonenumbers"}


def test_an_address_is_looked_up_without_pandas(first_night: Scene) -> None:
    address = first_night.hp.document("accounts")[0]["email"]
    assert not imported(first_night.hp, "account", address) & set(HEAVY)


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Exit status, stdout, stderr."""
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


def test_a_whole_story_from_connecting_to_a_synchronised_company(hp: Commands, first_night: Scene) -> None:
    company = company_of(first_night.sandbox, KERMADEC)
    status, out, err = ended(
        hp.process("connect", "payfit", "--name", KERMADEC, "--api-key-env", str(company.key_env), "--review", "never", "--json")
    )
    assert (status, err) == (0, "")
    connection_id = json.loads(out)["connection_id"]
    status, out, err = ended(hp.process("sync", connection_id, "--json"))
    assert (status, err) == (0, "")
    assert [run["status"] for run in json.loads(out)] == ["success"]
    status, out, err = ended(hp.process("outcomes", "r1"))
    assert (status, err) == (0, "")
    assert "12: 11 created, 1 out of scope" in out
    for path in hp.home.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or "dagster" in path.parts or path.name == "work", path


def test_retries_are_not_told_on_stdout(hp: Commands, own_sandbox: Sandbox) -> None:
    own_sandbox.faults = ("unavailable*2:employers",)
    company = company_of(own_sandbox, LOGISTIEK)
    hp = Commands(hp.home, own_sandbox.environment)
    status, out, err = ended(hp.process("connect", "securex", "--name", company.name, "--vat", company.vat, "--json"))
    assert (status, json.loads(out)["employees"]) == (0, 14)
    assert own_sandbox.faults_hit["unavailable"] == 2
    assert "Traceback" not in err


def test_a_refusal_in_a_process_of_its_own_ends_with_1(hp: Commands) -> None:
    with hp.work.store.opened():
        pass
    status, out, err = ended(hp.process("connection", "nope", "--json"))
    assert (status, json.loads(out)["code"], err) == (1, "UNKNOWN_CONNECTION", "")


@pytest.mark.parametrize("command", ["sync", "preview", "doctor"])
def test_ctrl_c_ends_a_command_at_once_while_a_provider_keeps_it_waiting(hp: Commands, own_sandbox: Sandbox, command: str) -> None:
    hp = Commands(hp.home, own_sandbox.environment)
    connection_id = hp.connect(company_of(own_sandbox, LOGISTIEK), "--review", "never")["connection_id"]
    own_sandbox.faults = ("silent:workers",)
    process = hp.process(command, connection_id)
    deadline = time.monotonic() + SECONDS
    while not own_sandbox.faults_hit["silent"] and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    status, out, err = ended(process)
    assert time.monotonic() - before < 10  # a request waits for thirty seconds
    assert (status, out) == (130, "")
    assert "Stopped." in err
    assert "Traceback" not in err
    own_sandbox.faults = ()
    assert hp.document("history") == []
    assert [run["status"] for run in hp.document("sync", connection_id)] == ["success"], "nothing is in the way of the next one"


def test_a_reader_that_goes_away_ends_the_command_quietly(first_night: Scene) -> None:
    with first_night.hp.process("accounts", "--json") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert process.returncode in (0, 1)


def test_the_sandbox_serves_until_it_is_interrupted(hp: Commands) -> None:
    typed = hp.home.parent / "typed.csv"
    process = hp.process("sandbox", "--size", str(SIZE), "--accounts", str(typed))
    assert process.stdout is not None
    variables: dict[str, str] = {}
    for line in process.stdout:
        name, _, value = line.strip().partition("=")
        variables[name] = value
        if name == "PAYFIT_KEY_3":
            break
    assert variables["SECUREX_BASE_URL"].startswith("http://127.0.0.1:")
    document = Commands(hp.home, variables).document("connect", "payfit", "--name", KERMADEC, "--api-key-env", "PAYFIT_KEY_3")
    assert document["employees"] == 11
    assert typed.read_text("utf-8").startswith("vat_number,email,first_name,last_name,birth_date")
    process.send_signal(signal.SIGINT)
    status, out, err = ended(process)
    assert (status, out) == (0, "")
    assert "Ctrl-C stops it" in err
    assert KERMADEC in err


def test_the_sandbox_tells_a_program_the_same_in_one_document(hp: Commands) -> None:
    process = hp.process("sandbox", "--size", str(SIZE), "--night", "2", "--json")
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            break
    document = json.loads(text)
    assert document.keys() == {"address", "night", "environment", "companies"}
    assert (document["night"], len(document["companies"])) == (2, 7)
    process.terminate()
    assert ended(process)[0] == 0


@pytest.mark.parametrize("options", [["--size", "5"], ["--night", "0"], ["--fault", "rain"], ["--port", "70000"], ["--companies", "0"]])
def test_a_sandbox_that_cannot_be_is_wrong_usage(hp: Commands, options: list[str]) -> None:
    assert hp.run("sandbox", *options).exit_code == 2


def test_a_taken_port_and_an_unwritable_file_are_refused(hp: Commands, first_night: Scene, tmp_path: Path) -> None:
    refusal = hp.refusal("sandbox", "--port", str(first_night.sandbox.port))
    assert (refusal["code"], "--port" in refusal["message"]) == ("INVALID_SETTING", True)
    assert hp.refusal("sandbox", "--accounts", str(tmp_path))["code"] == "INVALID_FILE"
