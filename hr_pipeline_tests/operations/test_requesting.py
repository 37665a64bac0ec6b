"""Asking for a sync: what is queued, what is answered instead, and what is refused."""

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.applying import Attempt, Failure, record_failures
from hr_pipeline.adapters.store.connections import add_connection, stored_connection
from hr_pipeline.adapters.store.leases import take_leases
from hr_pipeline.adapters.store.requests import Served, listed_requests, note_served, take_requests
from hr_pipeline.adapters.store.snapshots import Snapshot, add_snapshots
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection, Settings
from hr_pipeline.domain.messages import text
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.requesting import Requested, bell, daemon_looks, note_look, request
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.adapters.surroundings import ROOT, mode

A, B, GONE = "securex-brasserie-1", "payfit-atelier-2", "securex-gone-3"


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    """Two connections, and one that was stopped. Of the first, lists of four and of two days ago are kept."""
    here = Workplace.current(Environment.current({"HR_PIPELINE_HOME": str(tmp_path)}, tmp_path))
    with here.store.opened() as database:
        for n, name in enumerate((A, B, GONE)):
            provider = name.split("-")[0]
            connection = Connection(name, provider, name, f"BE{n:010d}", str(n), Settings(), {"kind": "partner"}, active=name != GONE)
            add_connection(database, connection, here.providers[provider].default_mapping, datetime.now(UTC))
        kept = [Snapshot(f"snap-{days}", 1, here.today - timedelta(days=days), datetime.now(UTC), "", 1, 1, 0, 0, 1) for days in (4, 2)]
        add_snapshots(database, kept)
    return here


def past(work: Workplace, days: int) -> date:
    return work.today - timedelta(days=days)


def test_a_request_says_what_it_is_and_rings_the_bell(work: Workplace) -> None:
    assert not bell(work).exists()
    (made,) = request(work, Requested([A], None, "Ann"))
    expected = {"request_id": "q1", "connection_id": A, "from": None, "to": None, "state": "queued", "requested_by": "Ann"}
    assert made == {**made, **expected, "dagster_run_id": None, "daemon_running": False}
    assert bell(work).exists()


def test_a_sync_of_today_and_a_replay_of_past_days_are_two_requests(work: Workplace) -> None:
    (today,) = request(work, Requested([A]))
    (days,) = request(work, Requested([A], (past(work, 3), past(work, 1))))
    assert today["request_id"] != days["request_id"]
    assert (days["from"], days["to"]) == (past(work, 3), past(work, 1))


def test_a_connection_that_a_nightly_run_is_synchronising_is_answered_with_that_run(work: Workplace) -> None:
    with work.store.opened() as database:
        take_leases(database, [stored_connection(database, A).number], "sync-1", "the-nightly-run", datetime.now(UTC))
    queued, running = request(work, Requested([A, B]))
    assert (queued["connection_id"], queued["state"]) == (B, "queued")
    assert (running["connection_id"], running["state"], running["dagster_run_id"]) == (A, "running", "the-nightly-run")
    assert running["request_id"] is None
    with work.store.opened() as database:
        assert [row["connection_id"] for row in listed_requests(database, 10)] == [B]


def test_who_asks_again_after_their_sync_run_is_answered_with_a_new_one_though_the_run_goes_on_with_others(work: Workplace) -> None:
    now = datetime.now(UTC)
    request(work, Requested([A, B]))
    with work.store.opened() as database:
        take_requests(database)
        note_served(database, {1: Served(1, "the-run", now, None)})
    assert [row["state"] for row in request(work, Requested([A, B]))] == ["running", "running"]
    with work.store.opened() as database:
        done = Failure(stored_connection(database, A).number, work.today, Code.INTERNAL_ERROR, {})
        record_failures(database, [done], Attempt(Trigger.MANUAL, now, "the-run"), now)
    again = {row["connection_id"]: (row["request_id"], row["state"], row["dagster_run_id"]) for row in request(work, Requested([A, B]))}
    assert again == {A: ("q3", "queued", None), B: ("q2", "running", "the-run")}
    with work.store.opened() as database:
        first = next(row for row in listed_requests(database, 9) if row["request_id"] == "q1")
    assert (first["state"], first["status"], first["sync_run_ids"]) == ("ended", "error", ["r1"])


def test_a_request_that_has_ended_says_which_sync_runs_it_made_and_the_worst_of_their_statuses(work: Workplace) -> None:
    now = datetime.now(UTC)
    request(work, Requested([A, B], (past(work, 2), past(work, 1))))
    with work.store.opened() as database:
        a, b = (stored_connection(database, name).number for name in (A, B))
        take_requests(database)
        assert [(row["status"], row["sync_run_ids"]) for row in listed_requests(database, 9)] == [(None, []), (None, [])]
        failures = [Failure(a, past(work, days), Code.SNAPSHOT_NOT_KEPT, {}) for days in (2, 1)]
        record_failures(database, failures, Attempt(Trigger.BACKFILL, now, "the-run"), now)
        record_failures(database, [Failure(b, work.today, Code.INTERNAL_ERROR, {})], Attempt(Trigger.NIGHTLY, now, "another"), now)
        note_served(database, {1: Served(1, "the-run", now, None)})
        assert {row["status"] for row in listed_requests(database, 9)} == {None}, "it is under way"
        note_served(database, {1: Served(1, "the-run", now, now)})
        for status, worst in (("success", "error"), ("partial", "partial")):
            database.run(
                "UPDATE sync_run SET status = ? WHERE run_no = (SELECT min(run_no) FROM sync_run WHERE status = 'error')", [status]
            )
            listed = {row["connection_id"]: (row["state"], row["status"], row["sync_run_ids"]) for row in listed_requests(database, 9)}
            assert listed == {A: ("ended", worst, ["r1", "r2"]), B: ("ended", None, [])}


@pytest.mark.parametrize(
    ("ids", "days", "code"),
    [
        (["securex-nobody"], None, Code.UNKNOWN_CONNECTION),
        ([A, GONE], None, Code.DISCONNECTED),
        ([A], (3, 0), Code.INVALID_DATE),
        ([A], (1, 3), Code.INVALID_DATE),
        ([A], (36_500, 1), Code.SNAPSHOT_NOT_KEPT),
        ([A, B], (5, 3), Code.SNAPSHOT_NOT_KEPT),
        ([B], (1, 1), Code.SNAPSHOT_NOT_KEPT),
    ],
)
def test_what_can_not_be_served_is_refused_and_nothing_is_queued(
    work: Workplace, ids: list[str], days: tuple[int, int] | None, code: Code
) -> None:
    with pytest.raises(Refusal) as refused:
        request(work, Requested(ids, (past(work, days[0]), past(work, days[1])) if days else None))
    assert refused.value.code is code
    assert not bell(work).exists()
    with work.store.opened() as database:
        assert listed_requests(database, 10) == []


def test_days_before_the_first_kept_one_are_refused_with_the_first_that_can_be_asked_for(work: Workplace) -> None:
    refused = []
    for ids in ([A], [A, B], [B]):
        with pytest.raises(Refusal) as one:
            request(work, Requested(ids, (date(1926, 11, 20), past(work, 1))))
        refused.append((one.value.params["connection"], one.value.params["since"]))
    assert refused == [(A, past(work, 4)), (None, past(work, 4)), (B, None)]
    for lang, said in (("en", "the first is that of"), ("fr", "la première est celle du"), ("nl", "de eerste is die van")):
        assert f"{said} {past(work, 4)}" in text(Code.SNAPSHOT_NOT_KEPT, lang, date="1926-11-20", since=past(work, 4)).message
    (asked,) = request(work, Requested([A], (past(work, 4), past(work, 1))))  # a day in between of which nothing is kept says so itself
    assert asked["state"] == "queued"


@pytest.mark.parametrize("first", [date.min, date(1, 1, 2), date(1970, 1, 1)])
@pytest.mark.parametrize("last", [date.max, date.min])
def test_dates_at_the_end_of_the_calendar_are_refused_as_others_are(work: Workplace, first: date, last: date) -> None:
    with pytest.raises(Refusal) as refused:
        request(work, Requested([A], (first, last)))
    assert refused.value.code in (Code.INVALID_DATE, Code.SNAPSHOT_NOT_KEPT)


def test_without_any_connection_there_is_nothing_to_do(work: Workplace) -> None:
    with work.store.opened() as database:
        database.run("UPDATE connection SET active = FALSE")
    with pytest.raises(Refusal) as refused:
        request(work, Requested([]))
    assert refused.value.code is Code.NOTHING_TO_DO


def test_who_asks_is_told_whether_a_daemon_looks_for_requests(work: Workplace) -> None:
    assert not daemon_looks(work.home)
    note_look(work.home)
    assert [one["daemon_running"] for one in request(work, Requested([A, B]))] == [True, True]
    assert mode(work.home / "lookout") == 0o600
    long_ago = time.time() - 3_600
    os.utime(work.home / "lookout", (long_ago, long_ago))
    assert not daemon_looks(work.home)
    note_look(work.home)
    assert daemon_looks(work.home)


def test_a_daemon_whose_process_is_gone_looks_no_more(work: Workplace) -> None:
    script = "import sys; from pathlib import Path; from hr_pipeline.operations.requesting import note_look; note_look(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(work.home)], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (work.home / "lookout").exists()
    assert not daemon_looks(work.home)
    note_look(work.home)
    assert daemon_looks(work.home)


def test_a_lookout_that_can_not_be_written_stops_nobody(work: Workplace) -> None:
    (work.home / "lookout").mkdir()
    note_look(work.home)
    assert (work.home / "lookout").is_dir()
