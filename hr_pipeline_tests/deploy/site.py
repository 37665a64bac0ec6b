"""A deployment as a data engineer makes one: a folder with a `.env`, the one command, companies of the sandbox connected.

May import: `deploy`, `hr_pipeline`, `hr_pipeline_tests.adapters`.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from deploy.places import Places
from deploy.supervision import Supervisor, left_behind
from hr_pipeline.adapters.environment import Environment
from hr_pipeline.demo import connected_company
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.adapters.surroundings import ROOT

NAME = "sync.example.org"  # what people would type; it leads here because the tests say so
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
RUNS = "{runsOrError {... on Runs {results {runId status jobName tags {key value}}}}}"
LOCATIONS = "{workspaceOrError {... on Workspace {locationEntries {locationOrLoadError {__typename}}}}}"


def free_port() -> int:
    """A port on loopback that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class Site:
    """One deployment in its folder."""

    folder: Path
    port: int
    variables: Mapping[str, str]

    @classmethod
    def prepared(cls, folder: Path, variables: Mapping[str, str]) -> "Site":
        """A folder with its `.env`; nothing runs yet."""
        folder.mkdir()
        port = free_port()
        known = {
            "HR_PIPELINE_HOME": "home",
            "HR_PIPELINE_STORE_KEY": secrets.token_hex(20),
            "HR_PIPELINE_ADDRESS": f"127.0.0.1:{port}",
            "HR_PIPELINE_NAMES": f"{NAME},localhost",
            **variables,
        }
        example = (ROOT / ".env.example").read_text(encoding="utf-8")  # filled in, with what was not filled in left empty
        (folder / ".env").write_text(example + "".join(f"{name}={value}\n" for name, value in known.items()), encoding="utf-8")
        return cls(folder, port, known)

    @property
    def environment(self) -> Environment:
        """What a command in this folder finds."""
        return Environment.current({}, self.folder)

    @property
    def places(self) -> Places:
        """Where things are."""
        return Places.of(self.environment, self.folder)

    @property
    def work(self) -> Workplace:
        """The store, as the deployment's runs open it."""
        return Workplace.current(self.environment)

    def command(self, *words: str, code: int = 0) -> str:
        """What a command of the project prints, called in this folder as a person would: `deploy up`, `hr-pipeline request`."""
        program = {"deploy": ["-m", "deploy"], "hr-pipeline": ["-m", "hr_pipeline.cli"]}[words[0]]
        done = subprocess.run(
            [sys.executable, *program, *words[1:]],
            cwd=self.folder,
            env=self._shell(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout

    def typed(self, commands: str) -> str:
        """What several commands of a page print, typed into a shell in this folder; the first that fails ends them."""
        words = f"hr-pipeline() {{ '{sys.executable}' -m hr_pipeline.cli \"$@\"; }}; make() {{ '{sys.executable}' -m deploy \"$@\"; }}; set -e\n"
        done = subprocess.run(
            ["bash", "-c", words + commands], cwd=self.folder, env=self._shell(), capture_output=True, text=True, timeout=480, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def _shell(self) -> dict[str, str]:
        """Variables of a person's shell that knows nothing of a home, a key or a provider."""
        ours = ("SECUREX_", "PAYFIT_", "HR_PIPELINE_", "DAGSTER_")
        return {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, "PYTHONPATH": str(ROOT)}

    def connect_companies(self, sandbox: Sandbox) -> list[str]:
        """Connect every company of the sandbox."""
        return [connected_company(self.work, company).connection.connection_id for company in sandbox.companies]

    @property
    def passwords(self) -> dict[str, str]:
        """By name, as they were written down to be handed out."""
        lines = (self.places.state / "passwords").read_text(encoding="utf-8").splitlines()
        return dict(line.split() for line in lines)

    @property
    def origin(self) -> str:
        """What a browser that shows one of our pages says."""
        return f"http://{NAME}:{self.port}"

    def visit(
        self, method: str, path: str, *, login: str = "engineer", headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Ask the proxy, as this login; nobody when it is empty."""
        auth = httpx.BasicAuth(login, self.passwords[login]) if login else None
        sent = {"Host": f"{NAME}:{self.port}", **(headers or {})}
        with httpx.Client(trust_env=False, timeout=30) as client:
            return client.request(method, f"http://127.0.0.1:{self.port}{path}", headers=sent, auth=auth, **more)

    def ask(self, query: str, *, login: str = "engineer", **variables: object) -> dict[str, Any]:
        """What Dagster answers through the proxy."""
        answer = self.visit("POST", "/graphql", login=login, json={"query": query, "variables": variables}, headers={"Origin": self.origin})
        assert answer.status_code == httpx.codes.OK, answer.text
        document = answer.json()
        assert "errors" not in document, document["errors"]
        data: dict[str, Any] = document["data"]
        return data

    def runs(self) -> dict[str, dict[str, Any]]:
        """Runs by id, newest first, with their tags."""
        found = self.ask(RUNS)["runsOrError"]["results"]
        return {run["runId"]: {**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found}

    def ended(self, run_id: str) -> str | None:
        """Status of a run that is over."""
        status: str = self.runs()[run_id]["status"]
        return status if status in ENDED else None

    def shows_the_code(self, login: str) -> bool:
        """Whether the login's webserver answers with the code location loaded."""
        try:
            entries = self.ask(LOCATIONS, login=login)["workspaceOrError"]["locationEntries"]
        except (httpx.HTTPError, AssertionError):
            return False
        return bool(entries == [{"locationOrLoadError": {"__typename": "RepositoryLocation"}}])

    def pids(self) -> dict[str, int]:
        """Process of each program that runs, as the supervisor tells."""
        return {one["name"]: one["pid"] for one in Supervisor(self.places).states() if one["statename"] == "RUNNING"}

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for this deployment."""
        return left_behind(self.places)

    def workers(self) -> list[psutil.Process]:
        """Processes in which runs are executed."""
        found = []
        for process in self.processes():
            with suppress(psutil.Error):
                if any("spawn_main" in word for word in process.cmdline()):
                    found.append(process)
        return found


def kill(processes: list[psutil.Process]) -> None:
    """`kill -9`, and wait until they are gone."""
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes, timeout=10)


def document(text: str) -> Any:
    """A command's JSON."""
    return json.loads(text)
