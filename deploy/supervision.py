"""The processes and their supervisor: what each is told, starting and stopping them. May import: `places`, `templates`, `defs.home`, `domain`.

Secrets are in `.env`, which only the code server reads (and the runs it starts): the others are handed a short environment. Nobody works in the
folder of `.env`, since Dagster would put it above the environment it is handed, empty lines included.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from deploy.places import ROOT, Places
from deploy.templates import filled_in
from hr_pipeline.adapters.environment import FOLDER
from hr_pipeline.defs.home import DATABASE, VARIABLE
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

MARK = "HR_PIPELINE_DEPLOYMENT"  # in the environment of each process, so that those a killed supervisor left behind are found
DATABASE_PROGRAM, CODE_PROGRAM = "postgres", "code"
BIN = Path(sys.executable).parent


class Program(NamedTuple):
    """One process. Those with a lower `order` stop later."""

    name: str
    command: list[object]  # words and paths
    folder: Path
    order: int
    environment: Mapping[str, str] = {}
    user: str = ""
    stop: str = "TERM"
    whole_group: bool = False  # stop with it what it started


def programs(places: Places, database: str, postgres: Path | None, nginx: str) -> list[Program]:
    """Everything that runs. `postgres` is the folder of the own server's programs, None when the database is somebody else's."""
    dagster = {
        VARIABLE: str(places.dagster),
        DATABASE: database,
        "DAGSTER_REDACT_USER_CODE_ERRORS": "1",
        "DAGSTER_EVENT_BATCH_SIZE": "500",  # a night of 5 000 connections tells them in 3 s instead of 53
    }
    workspace = places.dagster / "deployment.yaml"
    code = [BIN / "dagster", "api", "grpc", "--socket", places.code, "--module-name", "hr_pipeline.definitions", "--log-level", "warning"]
    code += ["--location-name", "hr_pipeline"]
    web = [sys.executable, "-P", "-m", "deploy.webserver", "--workspace", workspace, "--socket"]
    found = [
        Program(
            CODE_PROGRAM,
            code,
            places.dagster,
            20,
            dagster | {FOLDER: str(places.folder), "HR_PIPELINE_HOME": str(places.home)},
            whole_group=True,
        ),
        Program("daemon", [BIN / "dagster-daemon", "run", "-w", workspace, "--log-level", "warning"], places.dagster, 30, dagster),
        Program("engineer", [*web, places.web("engineer")], places.dagster, 40, dagster | {"PYTHONPATH": str(ROOT)}),
        Program("viewer", [*web, places.web("viewer"), "--read-only"], places.dagster, 40, dagster | {"PYTHONPATH": str(ROOT)}),
        Program(
            "proxy", [sys.executable, "-P", "-m", "deploy.proxy", nginx, places.run], places.run, 50, {"PYTHONPATH": str(ROOT)}, stop="QUIT"
        ),
    ]
    if postgres is None:
        return found
    user = places.database_user if os.geteuid() == 0 else ""
    return [Program(DATABASE_PROGRAM, [postgres / "postgres", "-D", places.postgres], Path("/"), 10, user=user, stop="INT"), *found]


def configuration(places: Places, running: list[Program]) -> str:
    """The text of `supervisord.conf`. Where a database has a password it is in here, and nowhere else but in `.env`."""
    return filled_in(
        "supervisord.conf",
        name=places.name,
        run=places.run,
        logs=places.logs,
        environment=_environment({MARK: places.name}),
        programs="\n\n".join(_section(places, program) for program in running),
    )


def _section(places: Places, program: Program) -> str:
    lines = {
        "command": " ".join(_word(str(word)) for word in program.command),
        "directory": str(program.folder).replace("%", "%%"),
        "environment": _environment(program.environment),
        "priority": program.order,
        "autostart": "false",  # the first time in order, by `deploy.bringing_up`
        "autorestart": "true",
        "startsecs": 2,
        "startretries": 10_000,
        "stopsignal": program.stop,
        "stopwaitsecs": 20,
        "stopasgroup": str(program.whole_group).lower(),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": str(places.logs / f"{program.name}.log").replace("%", "%%"),
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 3,
    } | ({"user": program.user} if program.user else {})
    return "\n".join([f"[program:{program.name}]", *(f"{name} = {value}" for name, value in lines.items())])


def _word(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def _environment(variables: Mapping[str, str]) -> str:
    """Variables as supervisor reads them: it knows no way to write a quotation mark.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if unwritable := [name for name, value in variables.items() if '"' in value or "'" in value]:
        raise Refusal(
            Code.INVALID_SETTING, setting=unwritable[0], expected="no quotation marks (in an address they are written %22 and %27)"
        )
    return ",".join(f'{name}="{value.replace("%", "%%")}"' for name, value in variables.items())


class Supervisor:
    """The supervisor of one deployment, spoken to over its socket."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def start(self) -> None:
        """Start it, with no program running yet, and nothing of this shell's environment but what every process needs."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME")}
        subprocess.run(  # noqa: S603 - our own words
            [BIN / "supervisord", "-c", self._places.state / "supervisord.conf"],
            env={"LANG": "C.UTF-8", **kept, "DO_NOT_TRACK": "1"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        wait_until("the supervisor", self.lives)

    def lives(self) -> bool:
        """Whether it answers."""
        try:
            self._asked("getState")
        except OSError:
            return False
        return True

    def start_program(self, name: str) -> None:
        """Start one program and do not wait.

        Raises:
            TimeoutError: It can't be started; it is named.
        """
        try:
            self._asked("startProcess", name, False)
        except Fault as fault:
            raise TimeoutError(f"{name}: {fault.faultString}") from None

    def signal_program(self, name: str, number: signal.Signals) -> None:
        """Signal one program that runs."""
        with suppress(Fault):
            self._asked("signalProcess", name, str(int(number)))

    def states(self) -> list[dict[str, Any]]:
        """Name, pid and state of each program."""
        found: list[dict[str, Any]] = self._asked("getAllProcessInfo")
        return found

    def stop(self) -> None:
        """Stop everything, in order: also what a supervisor that was killed left behind."""
        if self.lives():
            pid = int(self._asked("getPID"))
            self._asked("shutdown")
            wait_until("the end of what ran", lambda: not psutil.pid_exists(pid), seconds=150)
        _end(left_behind(self._places))

    def _asked(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self._places.supervisor}")
        with ServerProxy("http://localhost", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


def left_behind(places: Places) -> list[psutil.Process]:
    """Living processes of the deployment, its runs included. Database and proxy hide their environment and are known by where they work."""
    found = []
    workshops = {"postgres": str(places.postgres), "nginx": str(places.run)}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            if name_in_its_place(process, workshops) or process.environ().get(MARK) == places.name:
                found.append(process)
    return found


def name_in_its_place(process: psutil.Process, workshops: Mapping[str, str]) -> bool:
    """Whether a program of that name works in its folder: a process id in a file may be somebody else's by now."""
    folder = workshops.get(process.name())
    return folder is not None and process.cwd() == folder


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
    _, still = psutil.wait_procs(processes, timeout=15)
    for process in still:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(still, timeout=5)


def wait_until(what: str, happened: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something.

    Raises:
        TimeoutError: It did not come, and is named.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.1)
