"""Dagster's UI on a scene, in processes of its own, and Chromium to look at it.

May import: `hr_pipeline`, `hr_pipeline_tests.defs.scene`.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hr_pipeline_tests.adapters.surroundings import ROOT
from hr_pipeline_tests.defs.scene import Scene
from hr_pipeline_tests.eventually import eventually

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 120
END_SECONDS = 60
ENDED = ("SUCCESS", "FAILURE", "CANCELED")  # statuses of a run that is over
SERVE = "import sys; from hr_pipeline.defs.launching import serve_ui; sys.exit(serve_ui(int(sys.argv[1])))"


@dataclass(frozen=True, slots=True)
class Ui:
    """A running UI. `process` is the command that serves it."""

    address: str
    process: "subprocess.Popen[bytes]"

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """What the GraphQL interface answers, as the UI's own pages ask it."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"{self.address}/graphql", body, {"content-type": "application/json"})
        with urlopen(request, timeout=30) as answer:
            document: dict[str, Any] = json.load(answer)
        assert "errors" not in document, document["errors"]
        data: dict[str, Any] = document["data"]
        return data

    def runs(self) -> list[dict[str, Any]]:
        """Runs, newest first."""
        found = self.ask("{runsOrError {... on Runs {results {runId status jobName tags {key value}}}}}")
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found["runsOrError"]["results"]]


@contextmanager
def running_ui(demo: Scene, log: Path) -> Iterator[Ui]:
    """The UI and daemon of a scene, as `make ui` serves them. Ends when asked to, with everything it started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {**os.environ, **demo.variables, "PYTHONPATH": str(ROOT)}
    variables.pop("DAGSTER_HOME", None)
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], cwd=demo.home, env=variables, stdout=output, stderr=output)
    try:
        ui = Ui(f"http://127.0.0.1:{port}", process)
        eventually(lambda: _answers(ui), "the UI's start", START_SECONDS)
        yield ui
    finally:
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
            _, left = psutil.wait_procs(family, timeout=END_SECONDS)
        finally:
            for one in (process, *family):
                if psutil.pid_exists(one.pid):
                    one.kill()
    assert not left, f"still running: {left}"


def _answers(ui: Ui) -> bool:
    """Whether the UI answers and has loaded the code."""
    if ui.process.poll() is not None:
        raise ChildProcessError(f"the UI ended with status {ui.process.returncode}")
    try:
        nodes = ui.ask("{assetNodes {id}}")["assetNodes"]
    except OSError:
        return False
    return bool(nodes)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def metadata_row(page: Page, key: str) -> Any:
    """The value cell beside a key of a metadata table."""
    return page.locator("tr", has=page.get_by_role("cell", name=key, exact=True)).locator("td").nth(1)


def open_partition(page: Page, ui: Ui, connection_id: str, day: str) -> None:
    """Find a partition as a person does: the asset, its partitions, the company by a part of its name, the day."""
    page.goto(f"{ui.address}/assets/sync_run")
    page.get_by_role("tab", name="Partitions").click()
    page.get_by_placeholder("Filter by connection…").fill(connection_id.rsplit("-", 1)[0])
    (page.get_by_text(re.compile(rf"^{connection_id[:8]}.*{connection_id[-4:]}$")).locator("visible=true").first).click()
    page.get_by_placeholder("Filter by date…").fill(day)
    page.get_by_text(day, exact=True).locator("visible=true").last.click()
    expect(page).to_have_url(re.compile(rf"partition={connection_id}(%7C|\|){day}"))


def clicked(page: Page, ui: Ui, connection_id: str, on: date) -> str:
    """Materialise a partition by a click; returns the run that this started."""
    before = {run["runId"] for run in ui.runs()}
    page.goto(f"{ui.address}/assets/sync_run?view=partitions&partition={connection_id}%7C{on}")
    page.get_by_role("button", name="Materialize…").click()
    page.get_by_role("button", name="Launch 1 run").click()
    return eventually(lambda: next((run["runId"] for run in ui.runs() if run["runId"] not in before), None), what="a run")
