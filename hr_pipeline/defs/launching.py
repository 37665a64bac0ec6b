"""Starting Dagster from a command: one sync in this process, or the UI with its daemon.

May import: `operations`, `adapters`, this room.
"""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from uuid import uuid4

import dagster as dg
from sqlalchemy.exc import DBAPIError

from hr_pipeline.adapters.attention.settings import attention_settings
from hr_pipeline.adapters.environment import FOLDER, Environment
from hr_pipeline.adapters.private_files import room_needed
from hr_pipeline.adapters.processes import Process, this_process
from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.definitions import defs
from hr_pipeline.defs.failures import REDACTED, EverythingFailed, Refused
from hr_pipeline.defs.home import VARIABLE, prepare_dagster_home
from hr_pipeline.defs.partitions import list_connections, partition_key
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.defs.sync_run import sync_config
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal, Transient
from hr_pipeline.operations.pulling import Progress
from hr_pipeline.operations.workplace import Workplace

SYNC = defs.resolve_job_def("sync")  # while no instance has been opened and closed: Dagster would look into the last one
HOST = "127.0.0.1"  # the UI has no login: it never listens elsewhere
PROCESS = ".dagster/hr_process"  # tag that the UI hides: the process a run lives in, when no daemon watches over it
GOING = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
_SQLITE_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)  # for a file; for what its processes share beside it

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}  # a command tells what happened itself
# Dagster reports a failed step there too, with its trace; a command says the sentence itself.
logging.getLogger("dagster.redacted_errors").addHandler(logging.NullHandler())


def run_sync(
    wanted: Sequence[tuple[str, date]],
    trigger: Trigger,
    progress: Progress | None = None,
    workplace: Callable[[], Workplace] = Workplace.current,
) -> str:
    """Run the job `sync` in this process and wait for it.

    Args:
        wanted: (connection id, civil date in Brussels) pairs.
        trigger: What started it.
        progress: Told of pages and companies.
        workplace: In place of this process's own.

    Returns:
        Id of the Dagster run, also when each of its sync runs ended in error: what became of them is in the store.

    Raises:
        Refusal: `NOTHING_TO_DO` without any pair; what the run was refused for (see `operations.syncing.select`), or what the store or
            the disk ended it with (`DISK_FULL` also where it filled up under Dagster's own state).
    """
    if not wanted:
        raise Refusal(Code.NOTHING_TO_DO)
    os.environ.setdefault(REDACTED, "1")
    run_id = str(uuid4())
    with room_for_dagster(), opened_instance(workplace().environment) as instance:
        fail_abandoned_runs(instance)
        try:
            SYNC.execute_in_process(
                run_config=sync_config(pairs=[str(partition_key(*pair)) for pair in wanted], trigger=trigger.value) | QUIET,
                instance=instance,
                resources={"surroundings": Surroundings(workplace, progress)},
                tags={PROCESS: this_process().text},
                run_id=run_id,
            )
        except Refused as failure:
            raise failure.refusal from None
        except EverythingFailed:
            return run_id
    return run_id


@contextmanager
def room_for_dagster() -> Iterator[None]:
    """Say in the project's words that the disk filled up under Dagster's state, which is beside the store unless a deployment has PostgreSQL.

    Raises:
        Transient: `DISK_FULL`.
    """
    try:
        with room_needed():
            yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error) and error.orig.sqlite_errorcode in _SQLITE_NO_ROOM:
            raise Transient(Code.DISK_FULL) from None
        raise


@contextmanager
def opened_instance(environment: Environment) -> Iterator[dg.DagsterInstance]:
    """Dagster's state, in its home, which is made when missing."""
    with dg.DagsterInstance.from_config(str(prepare_dagster_home(environment))) as instance:
        yield instance


def fail_abandoned_runs(instance: dg.DagsterInstance) -> None:
    """End the runs of commands that were killed: no daemon watches over them, so they would show as going on for ever."""
    for run in instance.get_runs(dg.RunsFilter(statuses=GOING, job_name="sync")):
        if PROCESS in run.tags and not _lives(run.tags[PROCESS]):
            instance.report_run_failed(run, "The process that ran it was ended.")


def dev_command(port: int, home: Path) -> list[str]:
    """The command that starts Dagster's UI and daemon on loopback, with the workspace in Dagster's home."""
    return [sys.executable, "-m", "dagster", "dev", "-w", str(home / "workspace.yaml"), "-h", HOST, "-p", str(port)]


def dev_environment(environment: Environment) -> dict[str, str]:
    """Environment variables for `dev_command`: this process's, Dagster's home, and no exception text kept."""
    ours = {VARIABLE: str(prepare_dagster_home(environment)), "HR_PIPELINE_HOME": str(environment.home), REDACTED: "1"}
    return {**os.environ, **ours, FOLDER: os.environ.get(FOLDER) or str(Path.cwd())}


def make_ready(work: Workplace) -> None:
    """Before Dagster starts: no run goes on that was left behind, and every known connection can be clicked.

    Raises:
        Refusal: `INVALID_SETTING`, `ENVIRONMENT_INCOMPLETE` for who is told when something gets worse; the store's own.
    """
    attention_settings(work.environment)
    with work.store.opened() as database:
        ids = [one.connection_id for one in stored_connections(database)]
    with opened_instance(work.environment) as instance:
        fail_abandoned_runs(instance)
        list_connections(instance, ids)


def serve_ui(port: int) -> int:
    """Run Dagster's UI and daemon until they end or this process is asked to; returns their exit status. For the main thread."""
    work = Workplace.current()
    make_ready(work)

    started: list[subprocess.Popen[bytes]] = []

    def ask_to_stop(_: int, __: FrameType | None) -> None:
        for process in started:
            process.send_signal(signal.SIGINT)

    # A session of its own, so that Ctrl-C reaches it once, through us. Handlers first: a child would inherit an ignored SIGINT and never end.
    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    variables = dev_environment(work.environment)
    home = Path(variables[VARIABLE])  # no `.env` there, which Dagster would put above the real environment
    started.append(subprocess.Popen(dev_command(port, home), env=variables, cwd=home, start_new_session=True))  # noqa: S603 - ours
    try:
        return started[0].wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _lives(process: str) -> bool:
    """Whether a process still runs that a tag names; what names none is no word of ours, and ends nothing."""
    try:
        return Process.of_text(process).lives
    except (ValueError, OverflowError):
        return True
