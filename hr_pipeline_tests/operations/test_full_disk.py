"""A disk that fills up under a sync, an undo, a publication or a backup: what is durable is told, what is not is refused as that and no more."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hr_pipeline.adapters.store.publishing import VIEWS
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Status, Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.backing_up import backup
from hr_pipeline.operations.conforming import Staging
from hr_pipeline.operations.pulling import Pulls
from hr_pipeline.operations.syncing import Selection, conform, publish, pulled, reconcile, select
from hr_pipeline.operations.undoing import undo
from hr_pipeline.operations.verifying import verify
from hr_pipeline_tests.adapters.surroundings import file_size_limit
from hr_pipeline_tests.operations.listed_provider import Office, worker

A = "securex-a"
NOTHING = 4096  # bytes that a file may have: no log of a transaction is that short
PEOPLE = [worker(f"w{i}") for i in range(40)]
MOVED = [worker(f"w{i}", last_name="Maes") for i in range(40)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "home")
    office.connect(A)
    office.night(A, PEOPLE)
    return office


def log_of(office: Office) -> Path:
    path = office.work.store.path
    return path.with_name(f"{path.name}.wal")


@contextmanager
def room_for_the_log_alone(office: Office, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A disk on which a transaction is durable in the log, and its fold into the store's file meets the end of it."""
    with caplog.at_level(logging.WARNING), file_size_limit(office.work.store.path.stat().st_size // 2):
        yield
        folds = [
            record.getMessage() for record in caplog.records if "could not be folded into its file: the disk is full" in record.getMessage()
        ]
        assert len(folds) == 1
        assert log_of(office).stat().st_size > NOTHING


def staged(office: Office) -> tuple[Selection, Pulls, Staging]:
    """A sync of people who moved, up to the step that writes."""
    office.lists(A, MOVED)
    selection = select(office.work, [(A, office.today)], Trigger.MANUAL)
    pulls = pulled(office.work, selection)
    return selection, pulls, conform(office.work, selection, pulls)


def test_a_sync_whose_log_can_not_be_folded_is_told_and_published_as_it_went(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    work, sync = office.work, staged(office)
    with room_for_the_log_alone(office, caplog):
        [run] = reconcile(work, *sync)
        assert (run.verdict.status, run.counts.updated) == (Status.SUCCESS, 40)
        assert publish(work) == len(VIEWS)
    assert office.rows("SELECT status, updated FROM sync_run WHERE run_no = ?", [run.run_no]) == [{"status": "success", "updated": 40}]
    assert office.rows("SELECT * FROM lease") == []
    assert office.night(A, MOVED).counts.unchanged == 40
    assert not log_of(office).exists()
    assert [check for check in verify(office.work) if check.found] == []


def test_an_undo_whose_log_can_not_be_folded_is_told_as_done(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    run = office.night(A, MOVED)
    with room_for_the_log_alone(office, caplog):
        told = undo(office.work, run.sync_run_id, "HR", names=True)
    assert (told["status"], told["people"]["reversed"], len(told["reversed"])) == ("success", 40, 40)
    assert office.rows("SELECT * FROM reporting.accounts WHERE last_name = 'Maes'") == []
    with pytest.raises(Refusal, match="UNDO_DONE"):
        undo(office.work, run.sync_run_id, "HR")


def test_a_sync_that_can_not_be_committed_is_refused_for_the_disk_and_records_nothing_of_anybody(office: Office) -> None:
    sync, before = staged(office), office.rows("SELECT * FROM sync_run")
    with pytest.raises(Refusal) as refused, file_size_limit(NOTHING):
        reconcile(office.work, *sync)
    assert refused.value.code is Code.DISK_FULL
    assert office.rows("SELECT * FROM sync_run") == before
    assert office.night(A, MOVED).counts.updated == 40


def test_views_that_can_not_be_published_are_those_of_before_and_fail_no_sync(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    folder = office.folder / "published"
    accounts = (folder / "accounts.parquet").read_bytes()
    reconcile(office.work, *staged(office))
    with caplog.at_level(logging.WARNING), file_size_limit(1000):
        assert publish(office.work) == 0
    assert "could not be published: the disk is full" in caplog.text
    assert (folder / "accounts.parquet").read_bytes() == accounts
    assert {path.name for path in folder.iterdir()} == {f"{view}.parquet" for view in VIEWS}
    assert publish(office.work) == len(VIEWS)
    assert (folder / "accounts.parquet").read_bytes() != accounts


def test_people_who_can_not_be_staged_are_no_failure_of_theirs(office: Office) -> None:
    office.lists(A, MOVED)
    selection = select(office.work, [(A, office.today)], Trigger.MANUAL)
    pulls = pulled(office.work, selection)
    with pytest.raises(Refusal) as refused, file_size_limit(1000):
        conform(office.work, selection, pulls)
    assert refused.value.code is Code.DISK_FULL
    assert list((office.folder / "work").glob("*")) == []


@pytest.mark.parametrize("size", [4, NOTHING])  # for the home's mark, for the archive
def test_a_backup_without_room_says_so_and_leaves_nothing(office: Office, size: int) -> None:
    with pytest.raises(Refusal) as refused, file_size_limit(size):
        backup(office.work)
    assert refused.value.code is Code.DISK_FULL
    assert list((office.folder / "backups").glob("*")) == []
    assert backup(office.work).unsound == ()
