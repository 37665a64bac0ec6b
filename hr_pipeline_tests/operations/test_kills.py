"""A sync killed between two of its steps: the next start needs no person, waits for nobody and leaves nothing lying about."""

import multiprocessing
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from hr_pipeline.adapters.providers.protocol import PageSink, Pulled
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Status, Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.syncing import conform, pull, select, sync
from hr_pipeline_tests.operations.listed_provider import ListedProvider, ListedSession, Office, worker

A = "securex-a"
PEOPLE = [worker(f"w{i}") for i in range(5)]


class StuckProvider(ListedProvider):
    """Hands its only page over and never comes to an end."""

    def __init__(self, said: Connection) -> None:
        super().__init__()
        self.said = said

    def session(self, secrets: object) -> "StuckSession":
        """A conversation that gets stuck."""
        assert secrets
        return StuckSession(self)


class StuckSession(ListedSession):
    """As `StuckProvider` says."""

    def __init__(self, provider: StuckProvider) -> None:
        super().__init__(provider)
        self._said = provider.said

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        """A page, and then nothing."""
        super().pull(company_id, sink, until)
        _say_and_wait(self._said)
        raise AssertionError("still alive")


def _say_and_wait(said: Connection) -> None:
    said.send("there")
    said.poll(60)


def office_in(folder: Path) -> Office:
    office = Office(folder)
    office.lists(A, PEOPLE)
    return office


def stuck_in_the_pull(folder: Path, said: Connection) -> None:
    office = Office(folder, securex=StuckProvider(said))
    office.lists(A, PEOPLE)
    sync(office.work, [(A, office.today)], Trigger.NIGHTLY)


def stuck_before_the_plan(folder: Path, said: Connection) -> None:
    office = office_in(folder)
    selection = select(office.work, [(A, office.today)], Trigger.NIGHTLY)
    conform(office.work, selection, pull(office.work, selection, "securex"))
    _say_and_wait(said)


def stuck_with_the_store_open(folder: Path, said: Connection) -> None:
    office = office_in(folder)
    selection = select(office.work, [(A, office.today)], Trigger.NIGHTLY)
    conform(office.work, selection, pull(office.work, selection, "securex"))
    with office.work.store.opened():
        _say_and_wait(said)


@pytest.mark.parametrize("stuck", [stuck_in_the_pull, stuck_before_the_plan, stuck_with_the_store_open])
def test_a_sync_killed_between_its_steps_is_replaced_by_the_next_start(tmp_path: Path, stuck: Callable[[Path, Connection], None]) -> None:
    office = office_in(tmp_path / "home")
    office.connect(A)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe()
    process = context.Process(target=stuck, args=(office.folder, theirs))
    process.start()
    try:
        assert ours.poll(60)
        if stuck is not stuck_with_the_store_open:
            with pytest.raises(Refusal) as refused:
                select(office.work, [(A, office.today)], Trigger.MANUAL)
            assert refused.value.code is Code.ALREADY_RUNNING
        left = [
            path for path in office.folder.rglob("*") if path.is_file() and path.parent.name != "published" and "duckdb" not in path.name
        ]
        assert left
    finally:
        process.kill()
        process.join(30)
    assert process.exitcode == -signal.SIGKILL
    begun = time.monotonic()
    _, [run] = sync(office.work, [(A, office.today)], Trigger.NIGHTLY)
    assert time.monotonic() - begun < 5
    assert (run.verdict.status, run.counts.created) == (Status.SUCCESS, 5)
    assert office.rows("SELECT * FROM lease") == []
    assert list((office.folder / "work").glob("*")) == []
    assert list(office.folder.rglob("*.part")) == []
