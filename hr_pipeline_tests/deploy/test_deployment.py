"""A whole deployment with a real PostgreSQL, as `make up` brings it up: nights, requests, guards, and what survives when processes are killed.

One deployment for all tests, in the order of the file; the last one takes it down.
"""

import base64
import grp
import json
import os
import pwd
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psutil
import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from deploy.database import found_programs
from hr_pipeline.adapters.environment import FOLDER
from hr_pipeline.adapters.store.health import astray_links, miscounted_runs, read_everything, recorded_runs, shared_emails
from hr_pipeline.adapters.store.leases import held_leases
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.adapters.store.reports import sync_runs
from hr_pipeline.adapters.store.requests import listed_requests
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.sandbox import Sandbox, SandboxOptions
from hr_pipeline_tests.adapters.surroundings import ROOT, mode
from hr_pipeline_tests.browser.ui import chromium
from hr_pipeline_tests.deploy.site import NAME, Site, document, kill
from hr_pipeline_tests.eventually import eventually

PROGRAMS = {"postgres", "code", "daemon", "engineer", "viewer", "proxy"}
SELECTOR = {"repositoryLocationName": "hr_pipeline", "repositoryName": "__repository__"}
TICK = """mutation ($selector: ScheduleSelector!, $timestamp: Float) {
  scheduleDryRun(selectorData: $selector, timestamp: $timestamp) {
    ... on DryRunInstigationTick { evaluationResult { runRequests { runConfigYaml tags { key value } } } }
  }
}"""
LAUNCH = "mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename ... on LaunchRunSuccess { run { runId } } ... on Error { message } } }"
HEARTBEATS = "{ instance { daemonHealth { allDaemonStatuses { daemonType healthy lastHeartbeatTime } } } }"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(night=1)) as running:
        yield running


@pytest.fixture(autouse=True)
def _without_faults(sandbox: Sandbox) -> Iterator[None]:
    """A test that fails half-way leaves the next ones a provider that answers."""
    yield
    sandbox.faults = ()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Iterator[Site]:
    """The deployment, brought up by the one command, the companies of the sandbox connected."""
    site = Site.prepared(tmp_path_factory.mktemp("deploy") / "site", sandbox.environment)
    try:
        site.connect_companies(sandbox)
        said = site.command("deploy", "up")
        assert said.startswith(f"Dagster: {site.origin}\nLogins:  ")
        yield site
    finally:
        site.command("deploy", "remove")


def settled(site: Site) -> None:
    """The store's own word that nothing is half applied and nobody holds a connection."""
    with site.work.store.opened() as database:
        assert read_everything(database)
        assert miscounted_runs(database, recorded_runs(database)) == []
        assert shared_emails(database) == []
        assert astray_links(database) == []
        assert held_leases(database) == []


def asked_before(site: Site) -> list[dict[str, Any]]:
    with site.work.store.opened() as database:
        return listed_requests(database, 1_000)


def requested(site: Site, *words: str) -> str:
    """Ask for a sync as a person does, once what was asked for earlier has ended; the Dagster run that serves it."""
    eventually(lambda: {one["state"] for one in asked_before(site)} <= {"ended"}, "the end of earlier requests")
    before = set(site.runs())
    asked = document(site.command("hr-pipeline", "request", *words, "--json"))
    assert {one["state"] for one in asked} == {"queued"}
    return next(iter(eventually(lambda: set(site.runs()) - before, "a run of the request")))


def answered(site: Site) -> dict[str, dict[str, Any]] | None:
    """Runs, or None: a pooled connection to a database that was killed is noticed by the first request that takes it."""
    try:
        return site.runs()
    except (httpx.HTTPError, AssertionError):
        return None


def retried(site: Site, run_id: str) -> str:
    """The run that Dagster started in place of a failed one."""

    def look() -> str | None:
        return next((one for one, run in site.runs().items() if run["tags"].get("dagster/parent_run_id") == run_id), None)

    return eventually(look, f"another try of {run_id}", 120)


def test_the_one_command_brings_up_six_processes_on_postgresql(site: Site) -> None:
    assert site.pids().keys() == PROGRAMS
    lines = site.command("deploy", "status").splitlines()
    assert {line.split()[0] for line in lines} == PROGRAMS
    assert not list(site.places.dagster.rglob("*.db"))
    listening = {
        one.laddr.port for process in site.processes() for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN
    }
    assert listening == {site.port}, "only the proxy has a port"


def test_the_night_runs_as_the_schedule_asks_for_it(site: Site, sandbox: Sandbox) -> None:
    tonight = datetime.now(ZoneInfo("Europe/Brussels")).replace(hour=3, minute=29).timestamp()
    tick = site.ask(TICK, selector={**SELECTOR, "scheduleName": "nightly"}, timestamp=tonight)
    (run,) = tick["scheduleDryRun"]["evaluationResult"]["runRequests"]
    tags = [{"key": tag["key"], "value": tag["value"]} for tag in run["tags"] if tag["key"].startswith("hr/")]
    params = {
        "selector": {**SELECTOR, "pipelineName": "sync"},
        "runConfigData": run["runConfigYaml"],
        "executionMetadata": {"tags": tags},
    }
    asked = {"json": {"query": LAUNCH, "variables": {"params": params}}, "headers": {"X-Hr-Pipeline-Login": "somebody-else"}}
    launched = site.visit("POST", "/graphql", **asked).json()["data"]["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    assert eventually(lambda: site.ended(run_id), "the night's end") == "SUCCESS"
    assert site.runs()[run_id]["tags"]["hr/by"] == "engineer", "who had logged in, whatever they say"
    with site.work.store.opened() as database:
        told = sync_runs(database, dagster_run_id=run_id)
    assert {one["company"] for one in told} == {company.name for company in sandbox.companies}
    assert {one["trigger"] for one in told} == {"nightly"}
    settled(site)


def test_nobody_comes_in_without_a_login(site: Site) -> None:
    for path in ("/", "/runs", "/server_info", "/favicon.png"):
        answer = site.visit("GET", path, login="")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="Dagster"'), path
    unknown = site.visit("POST", "/graphql", login="", json={"query": "{version}"})
    assert unknown.status_code == 401
    wrong = httpx.get(f"http://127.0.0.1:{site.port}/", headers={"Host": NAME}, auth=("engineer", "wrong"), trust_env=False)
    assert wrong.status_code == 401


def test_what_was_typed_in_the_wrong_field_or_asked_for_is_not_in_the_log(site: Site) -> None:
    typed = httpx.get(f"http://127.0.0.1:{site.port}/", headers={"Host": NAME}, auth=("my-Secret-word", "x"), trust_env=False)
    assert typed.status_code == 401
    site.visit("GET", "/runs?q=asked-for")
    log = eventually(lambda: text if "/runs" in (text := (site.places.logs / "proxy.log").read_text("utf-8")) else None, "the log")
    assert " 401 " in log
    assert "my-Secret-word" not in log
    assert "asked-for" not in log


def test_nobody_guesses_passwords_at_full_speed(site: Site) -> None:
    with httpx.Client(headers={"Host": NAME}, auth=("engineer", "wrong"), trust_env=False) as guesser:
        codes = {guesser.get(f"http://127.0.0.1:{site.port}/").status_code for _ in range(1_500)}
    assert codes == {401, 429}
    eventually(lambda: site.visit("GET", "/").status_code == 200, "a login after the guesses")


def test_a_viewer_sees_and_does_nothing_an_engineer_does(site: Site) -> None:
    assert site.ask("{version}", login="viewer") == site.ask("{version}", login="engineer") != {"version": ""}
    reload = 'mutation { reloadRepositoryLocation(repositoryLocationName: "hr_pipeline") { __typename } }'
    assert site.ask(reload, login="viewer") == {"reloadRepositoryLocation": {"__typename": "UnauthorizedError"}}
    assert site.ask(reload, login="engineer") == {"reloadRepositoryLocation": {"__typename": "WorkspaceLocationEntry"}}
    params = {"selector": {**SELECTOR, "pipelineName": "sync"}, "runConfigData": "{}"}
    before = site.runs()
    assert site.ask(LAUNCH, login="viewer", params=params)["launchRun"]["__typename"] == "UnauthorizedError"
    assert site.runs() == before


@pytest.mark.parametrize(
    ("method", "path", "headers", "more", "status"),
    [
        ("GET", "/", {"Host": "evil.example"}, {}, 421),
        ("GET", "/", {"Host": f"{NAME}.evil.example"}, {}, 421),
        ("POST", "/graphql", {"Host": "127.0.0.1"}, {"json": {"query": "{version}"}}, 421),
        ("POST", "/graphql", {"Origin": "http://evil.example"}, {"json": {"query": "{version}"}}, 403),
        ("POST", "/graphql", {"Origin": f"http://{NAME}"}, {"json": {"query": "{version}"}}, 403),
        ("POST", "/graphql", {"Origin": "null"}, {"json": {"query": "{version}"}}, 403),
        ("POST", "/graphql", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, {"json": {"query": "{version}"}}, 403),
        ("GET", "/runs", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, {}, 403),
        ("GET", "/runs", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, {}, 200),
        ("GET", "/graphql?query={version}", {}, {}, 405),
        ("GET", "/graphql?query=mutation{reloadWorkspace{__typename}}", {"Accept": "text/html"}, {}, 405),
        ("HEAD", "/graphql?query={version}", {}, {}, 405),
        ("GET", "/%67raphql?query={version}", {}, {}, 405),
        ("GET", "//graphql?query={version}", {}, {}, 405),
        ("POST", "/graphql?query={version}", {}, {}, 415),
        ("POST", "/graphql", {"Content-Type": "application/graphql"}, {"content": "{version}"}, 415),
        ("POST", "/graphql", {"Content-Type": "text/plain; application/json"}, {"content": '{"query": "{version}"}'}, 415),
        ("POST", "/report_asset_materialization/sync_run", {}, {"json": {}}, 405),
        ("PUT", "/", {}, {}, 405),
        ("GET", "/notebook?path=x.ipynb&repoLocName=hr_pipeline", {}, {}, 404),
        ("POST", "/graphql", {}, {"json": {"query": "x" * 2_000_000}}, 413),
        ("GET", "/", {"Authorization": f"Basic {base64.b64encode(b'engineer:' + b'x' * 500).decode()}"}, {"login": ""}, 400),
    ],
)
def test_the_proxy_refuses(site: Site, method: str, path: str, headers: dict[str, str], more: dict[str, Any], status: int) -> None:
    assert site.visit(method, path, headers=headers, **more).status_code == status


def test_answers_say_how_they_may_be_used_and_not_what_serves_them(site: Site) -> None:
    headers = site.visit("GET", "/").headers
    assert headers["server"] == "nginx"
    assert headers["x-frame-options"] == "DENY"
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers.get_list("referrer-policy") == ["same-origin"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'nonce-" in headers["content-security-policy"]
    assert "x-dagster-call-counts" not in headers


def websocket(site: Site, origin: str, login: str = "engineer") -> ClientConnection:
    """The subscription channel, as a page of this origin opens it."""
    word = base64.b64encode(f"{login}:{site.passwords[login]}".encode()).decode()
    return connect(
        f"ws://{NAME}:{site.port}/graphql",
        subprotocols=["graphql-ws"],  # type: ignore[list-item]
        additional_headers={"Authorization": f"Basic {word}"},
        origin=origin,  # type: ignore[arg-type]
        sock=socket.create_connection(("127.0.0.1", site.port)),
        proxy=None,
    )


def test_no_other_page_opens_a_websocket(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        websocket(site, "http://evil.example")
    assert refused.value.response.status_code == 403
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    plain = site.visit("GET", "/graphql?query=mutation{reloadWorkspace{__typename}}", headers=upgrade)
    assert plain.status_code == 400, "an upgrade that is none reaches no query"


def test_a_code_server_that_is_killed_comes_back_and_the_open_page_is_told(site: Site) -> None:
    events = "subscription { locationStateChangeEvents { event { eventType } } }"
    with websocket(site, site.origin) as channel:
        channel.send(json.dumps({"type": "connection_init"}))
        assert json.loads(channel.recv(30)) == {"type": "connection_ack"}
        channel.send(json.dumps({"id": "1", "type": "start", "payload": {"query": events}}))
        channel.ping().wait(10)
        kill([psutil.Process(site.pids()["code"])])
        heard = []
        while "LOCATION_UPDATED" not in heard:
            heard.append(json.loads(channel.recv(90))["payload"]["data"]["locationStateChangeEvents"]["event"]["eventType"])
    assert heard[0] == "LOCATION_DISCONNECTED"
    for login in ("engineer", "viewer"):
        eventually(lambda login=login: site.shows_the_code(login), f"the code at {login}'s")  # type: ignore[misc]


@pytest.mark.parametrize("killed", [["postgres"], ["daemon"], ["engineer", "viewer", "proxy"]], ids=" ".join)
def test_what_is_killed_comes_back(site: Site, killed: list[str]) -> None:
    before, runs, killed_at = site.pids(), site.runs(), time.time()
    kill([psutil.Process(before[program]) for program in killed])
    for program in killed:
        eventually(lambda program=program: site.pids().get(program, before[program]) != before[program], f"{program} again")  # type: ignore[misc]
    eventually(lambda: site.shows_the_code("engineer") and site.shows_the_code("viewer"), "the pages")
    assert eventually(lambda: answered(site), "the history") == runs

    def daemon_works() -> bool:
        found = site.ask(HEARTBEATS)["instance"]["daemonHealth"]["allDaemonStatuses"]
        return all(one["healthy"] and one["lastHeartbeatTime"] > killed_at for one in found if one["lastHeartbeatTime"])

    if killed != ["engineer", "viewer", "proxy"]:
        eventually(daemon_works, "the daemon's work")
    settled(site)


def test_a_run_killed_in_the_middle_of_a_sync_is_marked_and_tried_again(site: Site, sandbox: Sandbox) -> None:
    sandbox.night, hits = 2, sandbox.faults_hit["silent"]
    sandbox.faults = ("silent",)
    run_id = requested(site, "--all")
    eventually(lambda: sandbox.faults_hit["silent"] > hits, "a pull under way")
    (worker,) = site.workers()
    kill([worker])
    sandbox.faults = ()
    assert eventually(lambda: site.ended(run_id), "the mark") == "FAILURE"
    again = retried(site, run_id)
    assert eventually(lambda: site.ended(again), "the second try's end", 180) == "SUCCESS"
    with site.work.store.opened() as database:
        told = sync_runs(database, dagster_run_id=again)
        assert sync_runs(database, dagster_run_id=run_id) == []
    assert {one["company"] for one in told} == {company.name for company in sandbox.companies}
    assert {one["trigger"] for one in told} == {"retry"}
    settled(site)


def test_after_a_power_cut_a_line_of_the_crontab_brings_everything_back(site: Site, sandbox: Sandbox) -> None:
    pids = site.pids()
    assert (site.command("deploy", "keep"), site.pids()) == ("", pids), "all is well: nothing is done or said"
    before, hits = site.runs(), sandbox.faults_hit["silent"]
    sandbox.faults = ("silent",)
    run_id = requested(site, "--all")
    eventually(lambda: sandbox.faults_hit["silent"] > hits, "a pull under way")
    supervisor = psutil.Process(int((site.places.run / "supervisord.pid").read_text(encoding="utf-8")))
    assert site.workers()
    kill([supervisor, *site.processes()])
    eventually(lambda: not site.processes(), "darkness")
    sandbox.faults = ()
    assert site.command("deploy", "keep") == f"It did not run, and was brought up again: {site.origin}\n"
    assert site.pids().keys() == PROGRAMS
    after = site.runs()
    assert {one: after[one] for one in before} == before, "history is kept"
    assert eventually(lambda: site.ended(run_id), "the mark", 120) == "FAILURE"
    again = retried(site, run_id)
    assert eventually(lambda: site.ended(again), "the second try's end", 180) == "SUCCESS"
    settled(site)


def test_a_sync_by_command_stands_in_the_same_history(site: Site) -> None:
    (told,) = document(site.command("hr-pipeline", "sync", "securex-lavoir-logistiek-410018", "--json"))
    run = site.runs()[told["dagster_run_id"]]
    assert run["status"] == "SUCCESS"
    assert not list(site.places.dagster.rglob("*.db"))


def test_secrets_reach_the_code_server_alone_and_show_nowhere(site: Site, sandbox: Sandbox) -> None:
    own = [site.variables["HR_PIPELINE_STORE_KEY"], *site.passwords.values()]  # drawn for this deployment
    secrets = own + [value for name, value in sandbox.environment.items() if "URL" not in name]
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        assert not [one for one in own if one in line], process
    pids = site.pids()
    for program in PROGRAMS:
        process = psutil.Process(pids[program])
        handed = json.dumps([process.cmdline(), process.environ()])
        assert not [one for one in secrets if one in handed], program
        assert process.cwd() != str(site.folder), "Dagster would put .env above what it is handed, empty lines included"
        assert (FOLDER in process.environ()) == (program == "code"), "who knows where .env is reads it"
    places = site.places
    written = [path for root in (places.state, places.dagster, places.run) for path in root.rglob("*") if path.is_file()]
    assert places.logs / "code.log" in written
    for path in written:
        text = path.read_bytes()
        assert path == places.state / "passwords" or not [one for one in secrets if one.encode() in text], path


def test_no_person_is_in_logs_or_in_dagsters_storage(site: Site) -> None:
    with site.work.store.opened() as database:
        people = [row["email"] for row in database.rows("SELECT DISTINCT email FROM reporting.accounts WHERE email IS NOT NULL")]
    assert len(people) > 100
    programs = found_programs(site.places)
    assert programs
    dump = [str(programs / "pg_dump"), "-h", str(site.places.database_sockets), "-U", "dagster", "dagster"]
    kept = subprocess.run(dump, capture_output=True, check=True).stdout
    assert b"securex-brasserie" in kept, "connections are there"
    for path in site.places.logs.iterdir():
        kept += path.read_bytes()
    assert not [one for one in people if one.encode() in kept]


def test_nobody_else_reads_what_a_deployment_writes(site: Site) -> None:
    assert mode(site.folder / ".env") == 0o600
    for root in (site.places.state, site.places.dagster, site.places.postgres):
        for path in (root, *root.rglob("*")):
            kept = path.lstat()
            if not stat.S_ISSOCK(kept.st_mode):
                assert stat.S_IMODE(kept.st_mode) & 0o077 == 0, path
    assert mode(site.places.run) & 0o067 == 0, "sockets are behind a folder that others cannot enter, but for the proxy's workers"


def test_only_the_proxy_reaches_the_webservers_without_a_login(site: Site) -> None:
    folder = site.places.run.stat()
    entered_by = {one.pw_name for one in pwd.getpwall() if one.pw_gid == folder.st_gid} | set(grp.getgrgid(folder.st_gid).gr_mem)
    assert stat.S_IMODE(folder.st_mode) == (0o710 if os.geteuid() == 0 else 0o700)
    assert os.geteuid() != 0 or entered_by == {site.places.web_user}
    workers = psutil.Process(site.pids()["proxy"]).children()
    assert {one.username() for one in workers} == {site.places.web_user}


def test_somebody_is_let_in_and_shut_out_at_once(site: Site) -> None:
    site.command("deploy", "login", "anna", "--role", "engineer")
    reload = "mutation { reloadWorkspace { __typename } }"
    eventually(lambda: site.visit("GET", "/", login="anna").status_code == 200, "Anna's login")
    eventually(lambda: site.ask(reload, login="anna") == {"reloadWorkspace": {"__typename": "Workspace"}}, "Anna's role")
    site.command("deploy", "login", "anna", "--role", "viewer")
    eventually(lambda: site.ask(reload, login="anna") == {"reloadWorkspace": {"__typename": "UnauthorizedError"}}, "Anna's other role")
    word = site.passwords["anna"]
    site.command("deploy", "logout", "anna")
    eventually(lambda: site.visit("GET", "/", login="anna").status_code == 401, "Anna's end")
    assert word not in (site.places.state / "logins").read_text(encoding="utf-8")
    assert site.command("deploy", "login", "Anna", code=1) == "", "a name that the proxy would take for another one"


def test_a_browser_shows_the_night_to_who_logs_in(site: Site) -> None:
    with chromium() as browser:
        context = browser.new_context(http_credentials={"username": "engineer", "password": site.passwords["engineer"]})
        page = context.new_page()
        frames: list[str] = []
        page.on("websocket", lambda opened: opened.on("framereceived", lambda frame: frames.append(str(frame))))
        page.goto(f"http://localhost:{site.port}/runs")
        expect(page.get_by_text("nightly").first).to_be_visible(timeout=60_000)
        eventually(lambda: page.wait_for_timeout(100) or any("connection_ack" in frame for frame in frames), "the page's own channel")


def recipe(title: str) -> str:
    """The first commands under a heading of the page for engineers."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    return page.split(f"\n## {title}\n")[1].split("```console\n")[1].split("```")[0]


def test_the_store_key_is_rotated_as_the_page_says_and_logins_and_history_stay(site: Site) -> None:
    passwords, runs, database = site.passwords, site.runs(), site.places.postgres
    old_key = site.work.environment.store_key
    said = site.typed(recipe("Rotate keys"))
    assert "replaced-" in said
    assert (site.passwords, site.places.postgres) == (passwords, database)
    new_key = site.environment.store_key
    assert new_key not in (None, old_key)
    assert eventually(lambda: answered(site), "the history") == runs, "runs and the old login"
    site.command("hr-pipeline", "verify")
    with pytest.raises(Refusal, match="STORE_KEY_REFUSED"), Store(site.work.store.path, key=old_key).opened():
        pass
    run_id = requested(site, "securex-lavoir-logistiek-410018")
    assert eventually(lambda: site.ended(run_id), "a sync with the new key", 120) == "SUCCESS"
    settled(site)


def test_a_lost_store_is_restored_as_the_page_says_and_logins_and_history_stay(site: Site) -> None:
    site.command("hr-pipeline", "backup", "nightly.backup")
    runs, passwords = site.runs(), site.passwords
    site.command("hr-pipeline", "restore", "nightly.backup", "--replace", code=1)  # not under a deployment that runs
    site.command("deploy", "down")
    for lost in ("hr_pipeline.duckdb", "landing", "keys"):
        path = site.places.home / lost
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    site.typed(recipe("Restore"))
    assert site.passwords == passwords
    assert eventually(lambda: answered(site), "the history") == runs
    run_id = requested(site, "securex-lavoir-logistiek-410018")
    assert eventually(lambda: site.ended(run_id), "a sync of the restored store", 120) == "SUCCESS"
    settled(site)


def test_down_stops_everything(site: Site) -> None:
    site.command("deploy", "down")
    assert site.processes() == []
    assert site.command("deploy", "status", code=3) == "nothing is up; `make up` brings it up\n"
    assert site.command("deploy", "keep") == "", "what was taken down stays down"
    assert site.processes() == []
