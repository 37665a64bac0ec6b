"""What a deployment writes and refuses before anything runs, and the proxy alone with a certificate."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import yaml
from supervisor.datatypes import dict_of_key_value_pairs
from supervisor.options import expand

from deploy import proxy
from deploy.bringing_up import Deployment, _own_folder
from deploy.logins import Logins, Role
from deploy.places import Places
from deploy.settings import Settings
from deploy.supervision import configuration, programs
from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.private_files import create_private_folder
from hr_pipeline.defs.home import DATABASE, database_address, prepare_dagster_home
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.adapters.surroundings import ROOT, mode
from hr_pipeline_tests.deploy.site import NAME, free_port
from hr_pipeline_tests.eventually import eventually

PASSWORD = "p@ss/word%1"
ELSEWHERE = f"postgresql://hr:{quote(PASSWORD, safe='')}@db.example.org/dagster"


def told(folder: Path, **variables: str) -> tuple[Environment, Settings]:
    """An environment of these variables and what a deployment makes of it."""
    environment = Environment.current({"HR_PIPELINE_HOME": str(folder / "home"), **variables}, folder)
    return environment, Settings.of(environment, folder)


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """Variables that name a self-signed certificate of `NAME`."""
    words = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    files = {"HR_PIPELINE_CERTIFICATE_FILE": "cert.pem", "HR_PIPELINE_CERTIFICATE_KEY_FILE": "key.pem"}
    out = ["-keyout", "key.pem", "-out", "cert.pem", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run(["openssl", "req", *words, *out], cwd=tmp_path, capture_output=True, check=True)
    return files


@pytest.mark.parametrize(
    ("variables", "setting"),
    [
        ({"HR_PIPELINE_ADDRESS": "0.0.0.0:8080"}, "HR_PIPELINE_CERTIFICATE_FILE"),
        ({"HR_PIPELINE_ADDRESS": "sync.example.org:8080"}, "HR_PIPELINE_CERTIFICATE_FILE"),
        ({"HR_PIPELINE_ADDRESS": "8080"}, "HR_PIPELINE_ADDRESS"),
        ({"HR_PIPELINE_ADDRESS": "127.0.0.1:99999"}, "HR_PIPELINE_ADDRESS"),
        ({"HR_PIPELINE_ADDRESS": "127.0.0.1:80; return 200"}, "HR_PIPELINE_ADDRESS"),
        ({"HR_PIPELINE_NAMES": "sync.example.org; include /etc/passwd"}, "HR_PIPELINE_NAMES"),
        ({"HR_PIPELINE_NAMES": "*.example.org"}, "HR_PIPELINE_NAMES"),
        ({"HR_PIPELINE_NAMES": " , "}, "HR_PIPELINE_NAMES"),
        ({"HR_PIPELINE_CERTIFICATE_FILE": "none.pem"}, "HR_PIPELINE_CERTIFICATE_FILE"),
    ],
)
def test_settings_that_would_open_too_much_are_refused_by_name(tmp_path: Path, variables: dict[str, str], setting: str) -> None:
    with pytest.raises(Refusal) as refused:
        told(tmp_path, **variables)
    assert (refused.value.code, refused.value.params["setting"]) == (Code.INVALID_SETTING, setting)


def test_a_certificate_needs_its_key(tmp_path: Path, certificate: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        told(tmp_path, HR_PIPELINE_CERTIFICATE_FILE=certificate["HR_PIPELINE_CERTIFICATE_FILE"])
    assert refused.value.params["setting"] == "HR_PIPELINE_CERTIFICATE_KEY_FILE"


def test_origins_are_written_as_a_browser_writes_them(tmp_path: Path, certificate: dict[str, str]) -> None:
    _, plain = told(tmp_path, HR_PIPELINE_ADDRESS="127.0.0.1:80", HR_PIPELINE_NAMES="Localhost, localhost:8080")
    assert plain.origins == ("http://localhost", "http://localhost:8080")
    _, safe = told(tmp_path, HR_PIPELINE_ADDRESS="0.0.0.0:8443", HR_PIPELINE_NAMES=f"{NAME}:443,{NAME}", **certificate)
    assert safe.origins == (f"https://{NAME}", f"https://{NAME}:8443")


def test_a_deployment_runs_with_the_projects_own_settings_but_for_the_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE, "")  # so that it is put back
    environment, _ = told(tmp_path, **{DATABASE: ELSEWHERE})
    written = yaml.safe_load((prepare_dagster_home(environment) / "dagster.yaml").read_text(encoding="utf-8"))
    ours = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    ours_at_size = {"module": "hr_pipeline.defs.postgres_events", "class": "PlansFirstPostgresStorage"}
    assert written.pop("storage") == {"custom": {**ours_at_size, "config": {"postgres_url": {"env": DATABASE}}}}
    assert written == {name: value for name, value in ours.items() if name not in ("storage", "local_artifact_storage")}
    limits = written["concurrency"]["runs"]["tag_concurrency_limits"]
    assert {"key": "hr/connection", "value": {"applyLimitPerUniqueValue": True}, "limit": 1} in limits


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_the_driver_of_the_database_is_named_whatever_was_typed(tmp_path: Path, scheme: str) -> None:
    environment, _ = told(tmp_path, **{DATABASE: f"{scheme}://hr@db.example.org/dagster"})
    assert database_address(environment) == "postgresql+psycopg2://hr@db.example.org/dagster"


def test_somebody_elses_database_is_used_and_its_password_is_in_one_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE, "")
    environment, _ = told(tmp_path, **{DATABASE: ELSEWHERE})
    places = Places.of(environment, tmp_path)
    running = programs(places, database_address(environment), None, "/usr/sbin/nginx")
    assert [program.name for program in running] == ["code", "daemon", "engineer", "viewer", "proxy"]
    assert PASSWORD not in str([program.command for program in running])
    assert quote(PASSWORD, safe="") not in str([program.command for program in running])
    read = ConfigParser(interpolation=None)
    read.read_string(configuration(places, running))
    handed = {one.name: dict_of_key_value_pairs(expand(read[f"program:{one.name}"]["environment"], {}, "")) for one in running}
    assert {name for name, variables in handed.items() if variables.get(DATABASE) == database_address(environment)} == {
        "code",
        "daemon",
        "engineer",
        "viewer",
    }
    assert {name for name, variables in handed.items() if "HR_PIPELINE_HOME" in variables} == {"code"}
    prepare_dagster_home(environment)
    assert "p%40ss" not in (places.dagster / "dagster.yaml").read_text(encoding="utf-8")


def test_a_database_that_does_not_answer_is_said_in_a_sentence_without_its_password(tmp_path: Path) -> None:
    nobody = f"postgresql://hr:secret-word@127.0.0.1:{free_port()}/dagster"
    (tmp_path / ".env").write_text(f"HR_PIPELINE_HOME=home\n{DATABASE}={nobody}\n", encoding="utf-8")
    code = "import sys; from deploy.bringing_up import Deployment; Deployment.here()._make_storage_ready()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert "INVALID_SETTING" in done.stderr.splitlines()[-1]
    assert "secret-word" not in done.stderr.splitlines()[-1]


def test_logins_keep_a_hash_and_the_password_until_it_is_handed_out(tmp_path: Path) -> None:
    logins = Logins(tmp_path / "state")
    logins.add("anna", Role.ENGINEER)
    first = logins.handed_out.read_text(encoding="utf-8")
    logins.add("anna", Role.VIEWER)
    logins.add("bert", Role.VIEWER)
    assert [(login.name, login.role) for login in logins.all()] == [("anna", Role.VIEWER), ("bert", Role.VIEWER)]
    assert all(login.hashed.startswith("$6$") for login in logins.all())
    lines = logins.handed_out.read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in lines] == ["anna", "bert"]
    assert first.strip() not in lines
    assert {mode(path) for path in (tmp_path / "state").iterdir()} == {0o600}
    for name in ("Anna", "anna:engineer", "anna;", ""):
        with pytest.raises(Refusal):
            logins.add(name, Role.VIEWER)
    with pytest.raises(Refusal):
        logins.remove("nobody")


def test_what_only_this_shell_knows_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HR_PIPELINE_HOME=home\nPAYFIT_CLIENT_ID=known\n", encoding="utf-8")
    code = "from pathlib import Path; from deploy.bringing_up import _close_secrets; _close_secrets(Path('.env').absolute(), print)"
    variables = {"PYTHONPATH": str(ROOT), "SECUREX_CLIENT_SECRET": "a-secret", "PAYFIT_CLIENT_ID": "known"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=variables, capture_output=True, text=True, check=True)
    assert "SECUREX_CLIENT_SECRET" in done.stdout
    assert "PAYFIT_CLIENT_ID" not in done.stdout
    assert "a-secret" not in done.stdout
    assert mode(tmp_path / ".env") == 0o600


def test_make_calls_the_commands_that_these_tests_call() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    lines = [line.split("#")[0].split() for line in page.splitlines() if line.startswith("make ")]
    crontab = next(line.split() for line in page.splitlines() if line.strip().startswith("*/5 "))
    assert crontab[5:8] == ["make", "-s", "-C"]
    lines.append(["make", *crontab[9:]])
    assert [words[1] for words in lines] == ["up", "status", "down", "login", "login", "logout", "keep"]
    by_hand = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}  # and not by `make test`
    for words in lines:
        recipe = subprocess.run(
            ["make", "-n", *words[1:]], cwd=ROOT, env=by_hand, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        given = dict(word.split("=") for word in words[2:])
        role = f" --role {given['ROLE']}" if "ROLE" in given else ""
        ended = " || [ $? -eq 3 ]" if words[1] == "status" else ""  # 3: nothing is up, which is an answer
        assert recipe[-1] == " ".join([".venv/bin/python -m deploy", words[1], *filter(None, [given.get("NAME")])]) + role + ended
        assert words[1] != "up" or recipe[-2] == ".ci/packages server"


@contextmanager
def running_proxy(deployment: Deployment) -> Iterator[None]:
    """The proxy alone, with nothing behind it."""
    places = deployment.places
    create_private_folder(places.state)
    proxy.make_user(places)
    _own_folder(places.run, places.web_user)
    logins = Logins(places.state)
    logins.add("anna", Role.ENGINEER)
    proxy.write_configuration(places, deployment.settings, logins.all())
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.proxy", "/usr/sbin/nginx", str(places.run)],
        cwd=places.run,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(deployment._asks_for_a_login, "the proxy's start")
        yield
    finally:
        process.terminate()
        process.wait(10)
        deployment.remove()


def test_with_a_certificate_nothing_is_said_in_clear(tmp_path: Path, certificate: dict[str, str]) -> None:
    port = free_port()
    environment, settings = told(tmp_path, HR_PIPELINE_ADDRESS=f"127.0.0.1:{port}", HR_PIPELINE_NAMES=NAME, **certificate)
    trusted = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    named = {"headers": {"Host": f"{NAME}:{port}"}, "extensions": {"sni_hostname": NAME}}
    with (
        running_proxy(Deployment(environment, settings, Places.of(environment, tmp_path))),
        httpx.Client(verify=trusted, trust_env=False) as client,
    ):
        answer = client.get(f"https://127.0.0.1:{port}/", **named)  # type: ignore[arg-type]
        assert answer.status_code == 401
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        origin = named["headers"] | {"Origin": f"http://{NAME}:{port}"}
        assert client.get(f"https://127.0.0.1:{port}/", headers=origin, extensions=named["extensions"]).status_code == 403
        other = client.get(f"https://127.0.0.1:{port}/", headers={"Host": "evil.example"}, extensions=named["extensions"])
        assert other.status_code == 421
        assert httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": NAME}, trust_env=False).status_code == 400
