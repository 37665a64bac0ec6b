"""Waiting one's turn: what is in use is waited for, followed up, and told as in use once patience has ended."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hr_pipeline.adapters.store.applying import Attempt
from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.adapters.store.leases import release_leases, take_leases
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Status, Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.syncing import Selection, finished, pulled, select, sync
from hr_pipeline.operations.turns import Patience, Waiting, followed_up, given_up, select_in_turn
from hr_pipeline_tests.operations.listed_provider import Office, worker

A, B = "securex-a", "securex-b"
LONG, SHORT, NONE = Patience(60, 0.01), Patience(0.05, 0.01), Patience()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two connections, of which another run has the first."""
    found = Office(tmp_path)
    for one in (A, B):
        found.connect(one)
        found.lists(one, [worker(f"w-{one}")])
    take(found, A)
    return found


def take(office: Office, connection_id: str, holder: str = "the-nightly") -> None:
    with office.work.store.opened() as database:
        take_leases(database, [stored_connection(database, connection_id).number], holder, holder, datetime.now(UTC))


def given_back(office: Office, said: list[str]) -> Callable[[str], None]:
    """Notes what is told, upon which the other run lets go of everything."""

    def tell(line: str) -> None:
        said.append(line)
        with office.work.store.opened() as database:
            release_leases(database, "the-nightly")

    return tell


def partly(office: Office) -> Selection:
    """A selection of both, which got only the second; and has synchronised it."""
    selection = select(office.work, [(A, office.today), (B, office.today)], Trigger.MANUAL, "mine")
    assert (selection.wanted, selection.left) == (((B, office.today),), ((A, office.today),))
    with office.work.store.opened() as database:
        release_leases(database, selection.attempt_id)
    return selection


def test_whoever_meets_a_connection_in_use_waits_says_for_whom_and_then_has_it(office: Office) -> None:
    said: list[str] = []
    taken = select_in_turn(office.work, [(A, office.today)], Trigger.MANUAL, "mine", Waiting(LONG, given_back(office, said)))
    assert taken.wanted == ((A, office.today),)
    assert said == [f"{A} is being synchronised by run the-nightly: this run waits its turn."]


def test_a_sync_that_waits_over_midnight_still_asks_the_provider_and_belongs_to_the_day_it_was_asked_for(office: Office) -> None:
    office.now = datetime(2026, 3, 2, 22, 59, 58, tzinfo=UTC)  # in Brussels an hour later
    monday, said = office.today, list[str]()
    let_go = given_back(office, said)

    def tell(line: str) -> None:
        office.now += timedelta(seconds=5)
        let_go(line)

    selection = select_in_turn(office.work, [(A, monday)], Trigger.MANUAL, "mine", Waiting(LONG, tell))
    assert (office.today, office.securex.pulls, len(said)) == (monday + timedelta(days=1), [], 1)
    (run,) = finished(office.work, selection, pulled(office.work, selection))
    assert (len(office.securex.pulls), run.verdict.status, run.date) == (1, Status.SUCCESS, monday)


def test_without_patience_it_is_told_at_once_which_run_is_going(office: Office) -> None:
    with pytest.raises(Refusal) as refused:
        select_in_turn(office.work, [(A, office.today)], Trigger.MANUAL, None, Waiting(NONE, pytest.fail))
    assert (refused.value.code, refused.value.params["run"]) == (Code.ALREADY_RUNNING, "the-nightly")


def test_patience_ends_and_the_waiting_run_is_said_only_once(office: Office) -> None:
    said: list[str] = []
    with pytest.raises(Refusal) as refused:
        select_in_turn(office.work, [(A, office.today)], Trigger.MANUAL, None, Waiting(SHORT, said.append))
    assert (refused.value.code, len(said)) == (Code.ALREADY_RUNNING, 1)


def test_what_is_free_is_not_kept_waiting(office: Office) -> None:
    taken = select_in_turn(office.work, [(A, office.today), (B, office.today)], Trigger.NIGHTLY, "mine", Waiting(LONG, pytest.fail))
    assert (taken.wanted, taken.left) == (((B, office.today),), ((A, office.today),))


def test_what_was_in_use_is_synchronised_as_soon_as_the_other_run_has_let_go(office: Office) -> None:
    said: list[str] = []
    (run,) = followed_up(office.work, partly(office), Waiting(LONG, given_back(office, said)))
    assert (run.verdict.status, run.counts.created, run.dagster_run_id, len(said)) == (Status.SUCCESS, 1, "mine", 1)
    assert office.rows("SELECT * FROM lease") == []


def test_what_is_still_in_use_when_patience_ends_is_an_error_of_that_connection_alone_that_names_the_run(office: Office) -> None:
    (run,) = followed_up(office.work, partly(office), Waiting(SHORT, lambda _: None))
    assert (run.verdict.status, run.verdict.code, run.detail["run"]) == (Status.ERROR, Code.ALREADY_RUNNING, "the-nightly")
    assert [row["holder"] for row in office.rows("SELECT holder FROM lease")] == ["the-nightly"]
    with office.work.store.opened() as database:
        release_leases(database, "the-nightly")
    assert [one.verdict.status for one in sync(office.work, [(A, office.today)], Trigger.MANUAL)[1]] == [Status.SUCCESS]


def test_who_waits_is_told_once_when_the_turn_has_come_and_who_never_waited_is_not(office: Office) -> None:
    said: list[str] = []
    tell = given_back(office, said)
    waiting = Waiting(LONG, tell, lambda: said.append("go on"))
    select_in_turn(office.work, [(B, office.today)], Trigger.MANUAL, "other", waiting)
    assert said == []
    taken = select_in_turn(office.work, [(A, office.today)], Trigger.MANUAL, "mine", waiting)
    assert (taken.wanted, said[1:]) == (((A, office.today),), ["go on"])
    with pytest.raises(Refusal):
        select_in_turn(
            office.work, [(A, office.today)], Trigger.MANUAL, "late", Waiting(SHORT, lambda _: None, lambda: said.append("give up"))
        )
    assert said[2:] == ["give up"]


def test_what_was_waited_for_in_vain_is_recorded_of_each_connection(office: Office) -> None:
    attempt = Attempt(Trigger.NIGHTLY, datetime.now(UTC), "mine")
    runs = given_up(office.work, [(A, office.today), (B, office.today)], attempt, "the-nightly")
    assert [(run.verdict.code, run.detail["run"], run.dagster_run_id) for run in runs] == [
        (Code.ALREADY_RUNNING, "the-nightly", "mine")
    ] * 2


def test_a_company_disconnected_in_the_meantime_is_not_waited_for(office: Office) -> None:
    selection = partly(office)
    with office.work.store.opened() as database:
        database.run("UPDATE connection SET active = FALSE WHERE connection_id = ?", [A])
    assert followed_up(office.work, selection, Waiting(LONG, pytest.fail)) == []


def test_a_command_follows_nothing_up(office: Office) -> None:
    assert followed_up(office.work, partly(office), Waiting(NONE, pytest.fail)) == []
