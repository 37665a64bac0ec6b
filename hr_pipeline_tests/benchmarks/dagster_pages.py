"""What Dagster's UI asks of a real web server, page by page, and how long each answer takes.

Chromium opens the pages, so that the queries are the UI's own, whatever this version of it asks; each is then asked again and timed.
May import: `hr_pipeline`, the browser tests' UI, this room.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import psutil
from playwright.sync_api import Page, Response
from playwright.sync_api import Request as Sent

from hr_pipeline_tests.benchmarks.dagster_history import Platform
from hr_pipeline_tests.browser.ui import chromium
from hr_pipeline_tests.eventually import eventually

START_SECONDS, ANSWER_SECONDS = 300, 300
QUIET_SECONDS = 2.5  # a page that has asked nothing for so long is complete
REPETITIONS = 3
POLLED = ("CodeLocationStatusQuery", "DaemonNotRunningAlertQuery", "InstanceWarningQuery")  # asked again and again, whatever the page
PAGES = {
    "`sync_run`: overview": "/assets/sync_run",
    "`sync_run`: partitions (the grid)": "/assets/sync_run?view=partitions",
    "`sync_run`: one partition": "/assets/sync_run?view=partitions&partition={partition}",
    "`sync_run`: events": "/assets/sync_run?view=events",
    "`sync_run`: checks": "/assets/sync_run?view=checks",
    "`sync_history`: events": "/assets/sync_history?view=events",
    "`conflicts`: events": "/assets/conflicts?view=events",
    "lineage": "/locations/hr_pipeline/asset-groups/synchronisation",
    "runs with a status": "/runs?q[0]=tag%3Ahr%2Fstatus%3Dpartial",
    "launchpad of `sync`": "/locations/hr_pipeline/jobs/sync/playground",
}
DIALOG = "`sync_run`: Materialize (choice of partitions)"
LAUNCH = """mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
CANCEL = "mutation ($id: String!) { cancelPartitionBackfill(backfillId: $id) { __typename } }"


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a page, as the browser sent it."""

    name: str
    body: bytes


@dataclass(slots=True)
class Opened:
    """A page as the browser opened it: seconds until it was complete, what it asked, and names of what was answered by an error."""

    seconds: float
    asked: list[Asked] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """The slowest query of a page: its name, seconds when asked again, and the size of the answer."""

    name: str
    seconds: float
    size: int


@contextmanager
def served(platform: Platform) -> Iterator[str]:
    """The address of a web server on this instance, without a daemon, so that nothing starts by itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = platform.home / "dagster"
    command = ["-m", "dagster_webserver", "-w", str(home / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    variables = {**os.environ, **platform.variables, "DAGSTER_HOME": str(home)}
    with (platform.home / "webserver.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *command], env=variables, cwd=platform.home, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _answers(address), "the web server's start", START_SECONDS)
        yield address
    finally:
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        psutil.wait_procs([psutil.Process(process.pid), *family], timeout=30)
        for one in family:
            if one.is_running():
                one.kill()


def asked_by_the_ui(address: str, partition: str, progress: Callable[[str], object]) -> dict[str, Opened]:
    """Open each page in a browser; the first one is the first look at the instance since its code was loaded."""
    found: dict[str, Opened] = {}
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(ANSWER_SECONDS * 1000)
        for label, path in PAGES.items():
            progress(label)
            with _watched(page) as opened:
                page.goto(address + path.format(partition=quote(partition)))
            found[label] = opened
        progress(DIALOG)
        page.goto(f"{address}/assets/sync_run")
        button = page.get_by_role("button", name="Materialize").first
        button.wait_for()
        with _watched(page) as opened:
            button.click()
        found[DIALOG] = opened
    return found


@contextmanager
def _watched(page: Page) -> Iterator[Opened]:
    """What a page asks from here until it is quiet."""
    start, opened = time.monotonic(), Opened(0)
    under_way: set[Sent] = set()
    names: dict[Sent, str] = {}
    answers: list[Response] = []

    def sent(request: Sent) -> None:
        if "/graphql" in request.url and request.post_data:
            names[request] = json.loads(request.post_data)["operationName"]
            under_way.add(request)
            if names[request] not in POLLED:
                opened.asked.append(Asked(names[request], request.post_data.encode()))

    def over(request: Sent) -> None:
        under_way.discard(request)

    def answered(response: Response) -> None:  # the end of a body is not always told on a busy machine
        under_way.discard(response.request)
        if response.request in names:
            answers.append(response)

    listeners = {"request": sent, "response": answered, "requestfinished": over, "requestfailed": over}
    for event, listener in listeners.items():
        page.on(event, listener)  # type: ignore[call-overload]
    try:
        yield opened
        last = time.monotonic()
        while time.monotonic() - last < QUIET_SECONDS and time.monotonic() - start < ANSWER_SECONDS:
            page.wait_for_timeout(50)
            busy = any(names[request] not in POLLED for request in under_way)
            last = time.monotonic() if busy or not opened.asked else last
        opened.seconds = last - start
        opened.failed = [names[one.request] for one in answers if not one.ok or "errors" in one.json()]
    finally:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)


def slowest(address: str, opened: Opened) -> Answer:
    """Ask everything a page asked again, one at a time, and find what took longest."""
    bodies = {one.body: one.name for one in opened.asked}
    answers = [Answer(name, *_timed(lambda body=body: _posted(address, body))) for body, name in bodies.items()]
    return max(answers, key=lambda answer: answer.seconds)


def backfill_seconds(address: str, partitions: list[str]) -> float:
    """Create a backfill of these partitions, as the dialog does; it is cancelled at once."""
    params = {"assetSelection": [{"path": ["sync_run"]}], "partitionNames": partitions, "fromFailure": False, "tags": []}
    laps = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        answer = ask(address, LAUNCH, params=params)["launchPartitionBackfill"]
        laps.append(time.perf_counter() - start)
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        ask(address, CANCEL, id=answer["backfillId"])
    return median(laps)


def ask(address: str, query: str, **variables: Any) -> dict[str, Any]:
    """The data of an answer."""
    document = json.loads(_posted(address, json.dumps({"query": query, "variables": variables}).encode()))
    assert "errors" not in document, document["errors"]
    data: dict[str, Any] = document["data"]
    return data


def _timed(task: Callable[[], bytes]) -> tuple[float, int]:
    laps, size = [], 0
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        size = len(task())
        laps.append(time.perf_counter() - start)
    return median(laps), size


def _posted(address: str, body: bytes) -> bytes:
    request = Request(f"{address}/graphql", body, {"content-type": "application/json"})
    with urlopen(request, timeout=ANSWER_SECONDS) as answer:
        text: bytes = answer.read()
    return text


def _answers(address: str) -> bool:
    """Whether the server has loaded the code."""
    try:
        return bool(ask(address, "{assetNodes {id}}")["assetNodes"])
    except OSError:
        return False


def database_bytes(folder: Path) -> int:
    """Size of a folder's files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
