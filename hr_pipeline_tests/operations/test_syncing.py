"""A sync from selection to status: every row of §5, failures of one company that stay its own, leases, folders and parts."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from hr_pipeline.adapters.processes import Process, this_process
from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.exclusions import exclude
from hr_pipeline.adapters.store.publishing import VIEWS
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits, Review, Settings
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Policy
from hr_pipeline.domain.outcomes import Note, Outcome, Status, Trigger
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline.operations.previewing import approve
from hr_pipeline.operations.releasing import release
from hr_pipeline.operations.syncing import _ended_on_failure, conform, pull, reconcile, select, sync
from hr_pipeline.operations.work_folder import sweep_work
from hr_pipeline_tests.clock_steps import clock_set
from hr_pipeline_tests.operations.listed_provider import MAPPING, Office, worker

EMAIL_ONCE = FieldMapping({**MAPPING.rules, "email": FieldRule(("email",), policy=Policy.FIRST_SYNC)})
A, B, C = "securex-a", "payfit-b", "securex-c"
GOOD = [worker("w1"), worker("w2"), worker("w3")]
BAD = worker("bad", email="not an address")
FOUR_BAD = [worker(f"bad{i}", email="not an address") for i in range(4)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "home")


def synced(office: Office, *connections: str, trigger: Trigger = Trigger.NIGHTLY) -> dict[str, SyncRun]:
    """One sync of these connections today; runs by connection id."""
    _, runs = sync(office.work, [(one, office.today) for one in connections], trigger)
    names = {row["connection_no"]: row["connection_id"] for row in office.rows("SELECT connection_no, connection_id FROM connection")}
    return {names[run.connection_no]: run for run in runs}


def told(run: SyncRun) -> tuple[Status, Code | None, Note | None]:
    return run.verdict.status, run.verdict.code, run.verdict.note


BEFORE_WRITING: dict[str, tuple[Exception, Code]] = {
    "securex-credential": (Permanent(Code.CREDENTIAL_REFUSED, provider="securex"), Code.CREDENTIAL_REFUSED),
    "securex-down": (Transient(Code.PROVIDER_UNAVAILABLE, provider="securex"), Code.PROVIDER_UNAVAILABLE),
    "securex-incomplete": (Transient(Code.SNAPSHOT_INCOMPLETE, provider="securex"), Code.SNAPSHOT_INCOMPLETE),
    "securex-changed": (Permanent(Code.PROVIDER_CHANGED, provider="securex"), Code.PROVIDER_CHANGED),
    "securex-other-company": (Permanent(Code.COMPANY_MISMATCH, provider="securex"), Code.COMPANY_MISMATCH),
    "securex-unforeseen": (RuntimeError("on purpose"), Code.INTERNAL_ERROR),
}


def test_a_run_that_fails_before_writing_is_an_error_with_its_code_and_touches_nothing(office: Office) -> None:
    for connection_id in (*BEFORE_WRITING, B):
        office.connect(connection_id)
        office.lists(connection_id, [worker(connection_id)])
    synced(office, *BEFORE_WRITING, B)
    before = office.rows("SELECT a.*, v.* FROM account AS a JOIN account_version AS v USING (version_no) ORDER BY ALL")
    for connection_id, (failure, _) in BEFORE_WRITING.items():
        office.lists(connection_id, failure)
    runs = synced(office, *BEFORE_WRITING, B)
    assert told(runs.pop(B)) == (Status.SUCCESS, None, None)
    assert {name: told(run) for name, run in runs.items()} == {
        name: (Status.ERROR, code, None) for name, (_, code) in BEFORE_WRITING.items()
    }
    assert {(run.applied, run.counts.source, run.counts.missing) for run in runs.values()} == {(False, 0, 0)}
    assert office.rows("SELECT a.*, v.* FROM account AS a JOIN account_version AS v USING (version_no) ORDER BY ALL") == before
    assert office.rows("SELECT * FROM absence") == []


ANY_REJECTED = Settings(review=Review.NEVER, limits=Limits().with_values({"rejected_pct": "100"}))
BOSS = worker("boss", email="boss@example.org", relation="administrator", gross=None)


@dataclass(frozen=True)
class Row:
    """A row of the status table: whom the provider lists, and the status, code and note that follow."""

    listed: list[dict[str, Any]]
    status: Status
    code: Code | None = None
    note: Note | None = None
    settings: Settings = Settings(review=Review.NEVER)
    counted: tuple[int, int, int] = (0, 0, 0)  # T, X, OK


STATUS_TABLE: dict[str, Row] = {
    "securex-everybody": Row(GOOD, Status.SUCCESS, counted=(3, 0, 3)),
    "securex-some": Row([*GOOD, BAD], Status.PARTIAL, counted=(4, 0, 3)),
    "securex-some-left-out": Row([*GOOD, BOSS], Status.SUCCESS, counted=(4, 1, 3)),
    "securex-some-and-some-left-out": Row([*GOOD, BAD, BOSS], Status.PARTIAL, counted=(5, 1, 3)),
    "securex-nobody-through": Row([BAD], Status.ERROR, settings=ANY_REJECTED, counted=(1, 0, 0)),
    "securex-nobody-through-left-out": Row([BAD, BOSS], Status.ERROR, settings=ANY_REJECTED, counted=(2, 1, 0)),
    "securex-everyone-excluded": Row([worker("left-out"), BOSS], Status.SUCCESS, note=Note.EVERYONE_EXCLUDED, counted=(2, 2, 0)),
    "securex-nobody-listed": Row([], Status.SUCCESS, note=Note.NO_EMPLOYEE),
    "securex-guard": Row([*GOOD, *FOUR_BAD], Status.ERROR, Code.HELD_REJECTED, counted=(7, 0, 0)),
    "securex-review": Row(GOOD, Status.ERROR, Code.HELD_REVIEW, settings=Settings(review=Review.FIRST), counted=(3, 0, 0)),
}


def test_the_status_follows_the_table_row_by_row(office: Office) -> None:
    for connection_id, row in STATUS_TABLE.items():
        office.connect(connection_id, settings=row.settings)
        office.lists(connection_id, [{**one, "email": str(one["email"]).replace("@", f"@{connection_id}.")} for one in row.listed])
    with office.work.store.opened() as database:
        exclude(database, "securex-everyone-excluded", "left-out", owner="HR", reason="a test", until=None, now=office.now)
    runs = synced(office, *STATUS_TABLE)
    assert {name: told(run) for name, run in runs.items()} == {name: (row.status, row.code, row.note) for name, row in STATUS_TABLE.items()}
    counted = {name: (run.counts.source, run.counts.left_out, run.counts.ok) for name, run in runs.items()}
    assert counted == {name: row.counted for name, row in STATUS_TABLE.items()}
    assert all(run.counts.conserved for run in runs.values())
    stored = {row["connection_id"]: row for row in office.rows("SELECT connection_id, status, code, note FROM reporting.sync_runs")}
    assert {name: (row["status"], row["code"], row["note"]) for name, row in stored.items()} == {
        name: told(run) for name, run in runs.items()
    }
    listed = {
        row["connection_id"]: row["n"] for row in office.rows("SELECT connection_id, count(*) AS n FROM reporting.outcomes GROUP BY ALL")
    }
    assert listed == {name: len(row.listed) for name, row in STATUS_TABLE.items() if row.listed}


def test_nobody_listed_where_somebody_was_is_an_error_and_writes_nothing(office: Office) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    synced(office, A)
    office.lists(A, [])
    assert [told(synced(office, A)[A]) for _ in range(2)] == [(Status.ERROR, Code.SNAPSHOT_EMPTY, None)] * 2
    assert office.rows("SELECT * FROM absence") == []
    assert office.rows("SELECT count(*) AS n FROM link") == [{"n": 3}]


def test_nobody_listed_at_the_second_sync_either_is_still_a_success(office: Office) -> None:
    office.connect(A)
    office.lists(A, [])
    assert [told(synced(office, A)[A]) for _ in range(2)] == [(Status.SUCCESS, None, Note.NO_EMPLOYEE)] * 2


def test_nobody_listed_after_a_complete_snapshot_that_only_waited_for_its_review_is_an_error(office: Office) -> None:
    office.connect(A, settings=Settings(review=Review.FIRST))
    office.lists(A, GOOD)
    assert synced(office, A)[A].verdict.code is Code.HELD_REVIEW
    office.lists(A, [])
    assert told(synced(office, A)[A]) == (Status.ERROR, Code.SNAPSHOT_EMPTY, None)


def test_a_relaunch_reports_no_change(office: Office) -> None:
    office.connect(A)
    office.connect(B)
    office.lists(A, [*GOOD, BAD])
    office.lists(B, [worker("b1")])
    synced(office, A, B)
    data = {name: office.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in ("account", "account_version", "pay_version", "link")}
    for _ in range(2):
        runs = synced(office, A, B)
        assert [(run.counts.created, run.counts.updated, run.pay["applied"]) for run in runs.values()] == [(0, 0, 0)] * 2
    assert {name: office.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in data} == data


# Failures that stay one company's own


def shared_email_in_the_store(office: Office) -> None:
    """What no plan may leave behind: two accounts of company A with one e-mail."""
    with office.work.store.opened() as database:
        database.run(
            "UPDATE account_version AS v SET email = f.email, email_key = f.email_key"
            " FROM (SELECT email, email_key FROM account_version WHERE account_no = 1) AS f WHERE v.account_no = 2"
        )
        database.run("UPDATE account SET email_hash = (SELECT email_hash FROM account WHERE account_no = 1) WHERE account_no = 2")


def test_a_company_whose_rows_break_an_assertion_fails_alone(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    others = [f"securex-{letter}" for letter in "defgh"]
    for connection_id in (A, B, C, *others):
        office.connect(connection_id, mapping=EMAIL_ONCE)
        office.lists(connection_id, [worker(f"{connection_id}-w{i}") for i in range(3)])
    synced(office, A, B, C, *others)
    shared_email_in_the_store(office)
    office.tomorrow()
    for connection_id in (A, B, C, *others):
        office.lists(connection_id, [worker(f"{connection_id}-w{i}", last_name="Maes") for i in range(3)])
    runs = synced(office, A, B, C, *others)
    assert told(runs[A]) == (Status.ERROR, Code.INTERNAL_ERROR, None)
    assert {name: told(run) for name, run in runs.items() if name != A} == dict.fromkeys((B, C, *others), (Status.SUCCESS, None, None))
    assert {name: run.counts.updated for name, run in runs.items()} == {A: 0, **dict.fromkeys((B, C, *others), 3)}
    assert office.rows("SELECT last_name FROM reporting.accounts WHERE connection_id = ? AND last_name = 'Maes'", [A]) == []
    assert runs[A].detail["correlation_id"] in caplog.text
    assert "Maes" not in caplog.text
    assert "example.com" not in caplog.text


def test_a_company_that_fails_has_one_failed_outcome_per_employee(office: Office) -> None:
    office.connect(A, mapping=EMAIL_ONCE)
    office.lists(A, GOOD)
    synced(office, A)
    shared_email_in_the_store(office)
    office.lists(A, [worker(f"w{i}", last_name="Maes") for i in (1, 2, 3)])
    run = synced(office, A)[A]
    assert run.verdict.code is Code.INTERNAL_ERROR
    assert (run.counts.source, run.counts.failed, run.counts.conserved) == (3, 3, True)
    assert office.outcomes(run.sync_run_id) == {f"w{i}": (Outcome.FAILED, Code.INTERNAL_ERROR) for i in (1, 2, 3)}


def test_an_address_that_a_held_company_keeps_is_a_question_and_not_a_failure(office: Office) -> None:
    office.connect(A)
    office.connect(B)
    office.lists(A, [worker(f"w{i}") for i in range(10)])
    office.lists(B, [worker("b1")])
    synced(office, A, B)
    moved = [worker("w0", email="w0.new@example.com"), *(worker(f"w{i}", email="not an address") for i in range(1, 10))]
    office.lists(A, moved)
    office.lists(B, [worker("b1"), worker("b2", email="w0@example.com")])
    runs = synced(office, A, B)
    assert told(runs[A]) == (Status.ERROR, Code.HELD_REJECTED, None)
    assert told(runs[B]) == (Status.PARTIAL, None, None)
    assert office.outcomes(runs[B].sync_run_id)["b2"] == ("conflict", "EMAIL_IN_OTHER_COMPANY")


def test_a_snapshot_that_cannot_be_read_is_one_companys_failure(office: Office) -> None:
    office.connect(A)
    office.connect(C)
    office.lists(A, GOOD)
    office.lists(C, [worker("c1")])
    selection = select(office.work, [(A, office.today), (C, office.today)], Trigger.NIGHTLY)
    pulls = pull(office.work, selection, "securex")
    damaged = next((office.folder / "landing" / A).glob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-20])
    runs = reconcile(office.work, selection, pulls, conform(office.work, selection, pulls))
    assert sorted((run.verdict.status, run.verdict.code) for run in runs) == [(Status.ERROR, Code.STORE_UNREADABLE), (Status.SUCCESS, None)]


# What a sync leaves behind


def test_a_sync_leaves_no_copy_of_people_and_no_lease(office: Office) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    synced(office, A)
    assert list((office.folder / "work").glob("*")) == []
    assert office.rows("SELECT * FROM lease") == []
    assert len(list((office.folder / "published").glob("*.parquet"))) == len(VIEWS)


def test_a_sync_with_a_store_key_publishes_nothing(tmp_path: Path) -> None:
    office = Office(tmp_path / "home", key="k" * 32)
    office.connect(A)
    office.lists(A, GOOD)
    assert synced(office, A)[A].counts.created == 3
    assert not (office.folder / "published").exists()


def break_the_stage(office: Office, attempt_id: str) -> None:
    for path in (office.folder / "work" / attempt_id).glob("*-employees.parquet"):
        path.write_bytes(b"no parquet")


def test_a_step_that_fails_gives_its_connections_back_and_leaves_no_copy(office: Office) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    selection = select(office.work, [(A, office.today)], Trigger.MANUAL)
    pulls = pull(office.work, selection, "securex")
    (office.folder / "work").write_text("in the way of the folder")
    with pytest.raises(OSError, match="work"):
        conform(office.work, selection, pulls)
    (office.folder / "work").unlink()
    assert office.rows("SELECT * FROM lease") == []
    assert synced(office, A)[A].counts.created == 3


def test_a_stage_that_is_damaged_between_two_steps_is_an_error_of_its_companies(office: Office) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    selection = select(office.work, [(A, office.today)], Trigger.MANUAL)
    pulls = pull(office.work, selection, "securex")
    staging = conform(office.work, selection, pulls)
    break_the_stage(office, selection.attempt_id)
    [run] = reconcile(office.work, selection, pulls, staging)
    assert told(run) == (Status.ERROR, Code.INTERNAL_ERROR, None)
    assert list((office.folder / "work").glob("*")) == []
    assert synced(office, A)[A].counts.created == 3


# Who may sync what


def test_a_second_sync_of_a_connection_is_told_which_run_goes_on(office: Office) -> None:
    office.connect(A)
    office.connect(B)
    first = select(office.work, [(A, office.today)], Trigger.NIGHTLY, dagster_run_id="the-nightly")
    with pytest.raises(Refusal) as refused:
        select(office.work, [(A, office.today)], Trigger.MANUAL)
    assert (refused.value.code, refused.value.params["run"]) == (Code.ALREADY_RUNNING, "the-nightly")
    second = select(office.work, [(A, office.today), (B, office.today)], Trigger.MANUAL)
    assert (second.wanted, [one.connection_id for one in second.busy]) == (((B, office.today),), [A])
    office.lists(A, GOOD)
    pulls = pull(office.work, first, "securex")
    reconcile(office.work, first, pulls, conform(office.work, first, pulls))
    assert select(office.work, [(A, office.today)], Trigger.MANUAL).wanted == ((A, office.today),)


def dead_process() -> Process:
    """A process that is no more."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    found = replace(this_process(), pid=child)
    os.waitpid(child, 0)
    return found


@pytest.mark.parametrize(
    "holder",
    [
        dead_process,
        lambda: replace(this_process(), started=this_process().started - 1000),
        lambda: replace(this_process(), boot="of-yesterday"),
        lambda: Process(os.getpid(), psutil.Process().create_time() - 1000, None),
    ],
    ids=["gone", "its id is another's now", "the machine was started anew", "an older version's, gone"],
)
def test_the_lease_of_a_dead_process_counts_for_nothing(office: Office, holder: Callable[[], Process]) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    process = holder()
    with office.work.store.opened() as database:
        database.run(
            "INSERT INTO lease (connection_no, holder, pid, pid_started, boot, acquired_at) VALUES (1, 'sync-of-the-dead', ?, ?, ?, ?)",
            [process.pid, process.started, process.boot, office.now],
        )
    left = office.folder / "work" / "sync-of-the-dead"
    left.mkdir(parents=True)
    (left / "00000-employees.parquet").write_bytes(b"people")
    assert synced(office, A)[A].counts.created == 3
    assert not left.exists()
    assert office.rows("SELECT * FROM lease") == []


def test_a_sync_goes_on_alone_when_the_clock_is_set(office: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    office.connect(A)
    select(office.work, [(A, office.today)], Trigger.NIGHTLY, dagster_run_id="the-nightly")
    with clock_set(tmp_path_factory.mktemp("proc"), 5), pytest.raises(Refusal, match="ALREADY_RUNNING"):
        select(office.work, [(A, office.today)], Trigger.MANUAL)


def test_a_lease_that_a_living_older_version_took_holds(office: Office) -> None:
    office.connect(A)
    select(office.work, [(A, office.today)], Trigger.NIGHTLY)
    office.rows("UPDATE lease SET boot = NULL, pid_started = ?", [psutil.Process().create_time()])
    with pytest.raises(Refusal, match="ALREADY_RUNNING"):
        select(office.work, [(A, office.today)], Trigger.MANUAL)


def test_a_step_that_fails_while_somebody_has_the_store_says_what_failed_and_leaves_the_lease_to_its_end(office: Office) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    selection = select(office.work, [(A, office.today)], Trigger.MANUAL)
    pulls = pull(office.work, selection, "securex")
    patient = replace(office.work, store=replace(office.work.store, patience_seconds=600))
    with pytest.raises(ZeroDivisionError), office.work.store.opened(), _ended_on_failure(patient, selection):
        1 / 0  # noqa: B018
    assert pulls.snapshots
    assert len(office.rows("FROM lease")) == 1


def test_folders_of_people_at_work_are_their_owners_whatever_the_umask(office: Office) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    before = os.umask(0o022)
    try:
        selection = select(office.work, [(A, office.today)], Trigger.MANUAL)
        conform(office.work, selection, pull(office.work, selection, "securex"))
    finally:
        os.umask(before)
    folders = [office.folder / "work", office.folder / "work" / selection.attempt_id]
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700, 0o700]
    folders[0].chmod(0o755)  # as older versions made it
    with office.work.store.opened() as database:
        sweep_work(office.work, database)
    assert folders[1].exists()
    assert folders[0].stat().st_mode & 0o777 == 0o700


def test_the_folder_of_a_living_sync_is_left_alone(office: Office) -> None:
    office.connect(A)
    office.connect(B)
    office.lists(A, GOOD)
    first = select(office.work, [(A, office.today)], Trigger.NIGHTLY)
    pulls = pull(office.work, first, "securex")
    staging = conform(office.work, first, pulls)
    office.lists(B, [worker("b1")])
    synced(office, B)
    assert len(reconcile(office.work, first, pulls, staging)) == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ([], Code.NOTHING_TO_DO),
        ([("securex-nobody", 0)], Code.UNKNOWN_CONNECTION),
        ([("Not An Id!", 0)], Code.UNKNOWN_CONNECTION),
        ([(A, 1)], Code.INVALID_DATE),
    ],
)
def test_what_cannot_be_synchronised_is_refused_and_takes_no_lease(office: Office, asked: list[tuple[str, int]], code: Code) -> None:
    office.connect(A)
    with pytest.raises(Refusal) as refused:
        select(office.work, [(one, office.today + timedelta(days=days)) for one, days in asked], Trigger.MANUAL)
    assert refused.value.code is code
    assert office.rows("SELECT * FROM lease") == []


# Past days


def test_a_past_day_replays_its_kept_snapshot_and_asks_the_provider_nothing(office: Office) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    first_day = office.today
    synced(office, A)
    office.tomorrow()
    office.lists(A, [worker("w1", last_name="Maes"), *GOOD[1:]])
    synced(office, A)
    asked = len(office.securex.pulls)
    _, [run] = sync(office.work, [(A, first_day)], Trigger.BACKFILL)
    assert (run.date, run.counts.unchanged, run.verdict.status) == (first_day, 3, Status.SUCCESS)
    assert len(office.securex.pulls) == asked
    assert office.rows("SELECT last_name FROM reporting.accounts WHERE account_id = 'a1'") == [{"last_name": "Maes"}]


def test_a_past_day_without_a_snapshot_is_an_error_that_says_so(office: Office) -> None:
    office.connect(A)
    _, [run] = sync(office.work, [(A, office.today - timedelta(days=3))], Trigger.BACKFILL)
    assert (told(run), run.detail["date"]) == ((Status.ERROR, Code.SNAPSHOT_NOT_KEPT, None), (office.today - timedelta(days=3)).isoformat())


def test_two_days_of_one_connection_are_applied_oldest_first(office: Office) -> None:
    office.connect(A)
    office.lists(A, GOOD)
    first_day = office.today
    pulls = pull(office.work, select(office.work, [(A, first_day)], Trigger.NIGHTLY), "securex")  # pulled and never applied
    assert len(pulls.snapshots) == 1
    office.rows("DELETE FROM lease")
    office.tomorrow()
    office.lists(A, [worker("w1", last_name="Maes"), *GOOD[1:]])
    _, runs = sync(office.work, [(A, office.today), (A, first_day)], Trigger.BACKFILL)
    assert [(run.date, run.counts.created, run.counts.updated) for run in runs] == [(first_day, 3, 0), (office.today, 0, 1)]


@pytest.mark.parametrize("settled", ["approved", "released"])
def test_an_address_that_only_a_held_plan_lets_go_of_stays_where_it_is_and_the_plan_can_be_let_through(
    office: Office, caplog: pytest.LogCaptureFixture, settled: str
) -> None:
    office.connect(A, settings=Settings(review=Review.NEVER, limits=Limits(missing_floor=Decimal(0), missing_pct=Decimal(0))))
    office.connect(B)
    office.lists(A, [worker("1", email="x@example.com"), worker("2")])
    office.lists(B, [worker("9", last_name="Smets")])
    synced(office, A, B)
    office.lists(A, [worker("1", email="y@example.com")])
    office.lists(B, [worker("9", last_name="Smets"), worker("7", last_name="Maes", email="x@example.com")])
    for _ in range(2):
        office.tomorrow()
        runs = synced(office, A, B)
        assert office.outcomes(runs[A].sync_run_id) == {"1": ("held", "HELD_MISSING")}
        assert office.outcomes(runs[B].sync_run_id) == {"9": ("unchanged", None), "7": ("conflict", "EMAIL_IN_OTHER_COMPANY")}
    [done] = (
        approve(office.work, str(runs[A].plan_id), "HR", "they left")
        if settled == "approved"
        else release(office.work, runs[A].sync_run_id, "HR", "they left")
    )
    assert office.outcomes(done.sync_run_id) == {"1": ("updated", None)}
    office.tomorrow()
    assert office.outcomes(synced(office, A, B)[B].sync_run_id)["7"] == ("created", None)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
