"""Undo as it is asked for: beside no sync, of disconnected companies too, published, and told with what the next sync would do."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hr_pipeline.adapters.store.connections import change_connection, stored_connection
from hr_pipeline.adapters.store.leases import release_leases
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Review, Settings
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.explaining import explained_undo
from hr_pipeline.operations.syncing import select, sync
from hr_pipeline.operations.undoing import undo
from hr_pipeline_tests.operations.listed_provider import Office, worker

A, B = "securex-a", "payfit-b"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "home", days_go_by=True)
    office.connect(A)
    return office


def published(office: Office, view: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"SELECT * FROM '{office.folder}/published/{view}.parquet'").fetchall()


def test_the_answer_has_three_lists_by_id_and_the_views_are_published(office: Office) -> None:
    office.night(A, [worker("w0"), worker("w1"), worker("w2")])
    run = office.night(
        A, [worker("w0", last_name="Maes"), worker("w1", last_name="Claes"), worker("w2"), worker("w3", email="new@example.com")]
    )
    later = office.night(
        A, [worker("w0", last_name="Wouters"), worker("w1", last_name="Claes"), worker("w2"), worker("w3", email="new@example.com")]
    )
    assert len(published(office, "accounts")) == 4

    told = undo(office.work, run.sync_run_id, "HR", "wrong mapping")

    assert told == {
        "sync_run_id": "r4",
        "undone": run.sync_run_id,
        "connection_id": A,
        "status": "partial",
        "people": {"reversed": 2, "kept": 1, "impossible": 0},
        "reversed": [
            {"account_id": "a2", "external_id": "w1", "fields": ["last_name"]},
            {"account_id": "a4", "external_id": "w3", "fields": ["account", "link"]},
        ],
        "kept": [
            {"account_id": "a1", "external_id": "w0", "fields": ["last_name"], "code": "UNDO_TOUCHED_BY_RUN", "by": later.sync_run_id}
        ],
        "impossible": [],
    }
    assert len(published(office, "accounts")) == 3
    assert len(published(office, "reversals")) == 3
    assert office.rows("SELECT * FROM lease") == []
    assert office.rows("SELECT owner, reason FROM reporting.reversals LIMIT 1") == [{"owner": "HR", "reason": "wrong mapping"}]


@pytest.mark.parametrize("lang", ["fr", "nl", "en"])
def test_it_says_that_the_next_sync_would_apply_the_same_again_and_how_not_to(office: Office, lang: str) -> None:
    office.night(A, [worker("w0")])
    run = office.night(A, [worker("w0", last_name="Maes")])
    later = office.night(A, [worker("w0", last_name="Maes", phone="+32470000001")])
    told = explained_undo(undo(office.work, later.sync_run_id, "HR"), lang)
    assert (told["undone"] in told["message"], told["sync_run_id"] in told["message"]) == (True, True)
    assert f"hr-pipeline disconnect {A}" in told["next"]
    assert all("{" not in text for text in (told["message"], told["next"]))
    assert undo(office.work, run.sync_run_id, "HR")["status"] == "success"
    again = office.night(A, [worker("w0", last_name="Maes", phone="+32470000001")])
    assert office.outcomes(again.sync_run_id) == {"w0": ("updated", None)}


def test_beside_a_sync_of_the_same_company_it_is_refused_and_nothing_changes(office: Office) -> None:
    run = office.night(A, [worker("w0")])
    select(office.work, [(A, office.today)], Trigger.MANUAL)
    with pytest.raises(Refusal) as refused:
        undo(office.work, run.sync_run_id, "HR")
    assert refused.value.code is Code.ALREADY_RUNNING
    assert refused.value.params["connection"] == A
    assert office.rows("SELECT count(*) AS accounts FROM account") == [{"accounts": 1}]
    assert len(office.rows("SELECT * FROM lease")) == 1


def test_a_sync_of_another_company_does_not_matter(office: Office) -> None:
    office.connect(B)
    run = office.night(A, [worker("w0")])
    select(office.work, [(B, office.today)], Trigger.MANUAL)
    assert undo(office.work, run.sync_run_id, "HR")["status"] == "success"
    assert [row["connection_no"] for row in office.rows("SELECT connection_no FROM lease")] == [2]


def test_beside_a_sync_of_the_company_that_somebody_of_the_run_works_for_by_now_it_is_refused(tmp_path: Path) -> None:
    office = Office(tmp_path / "home", days_go_by=True)
    office.connect(A, group="Holding")
    office.connect(B, group="Holding", settings=Settings(review=Review.NEVER, automatic_transfer=True))
    moves = worker("w1", email="moves@example.com")
    office.night(A, [worker("w0"), moves])
    run = office.night(A, [worker("w0", phone="+32470000001"), {**moves, "phone": "+32470000001"}])
    office.lists(A, [worker("w0", phone="+32470000001")])
    office.lists(B, [{**moves, "external_id": "b1", "start_date": "2026-03-03"}])
    _, runs = sync(office.work, [(A, office.today), (B, office.today)], Trigger.NIGHTLY)
    assert office.outcomes(runs[-1].sync_run_id) == {"b1": ("transferred", None)}
    selection = select(office.work, [(B, office.today)], Trigger.MANUAL)
    with pytest.raises(Refusal) as refused:
        undo(office.work, run.sync_run_id, "HR")
    assert (refused.value.code, refused.value.params["connection"]) == (Code.ALREADY_RUNNING, B)
    with office.work.store.opened() as database:
        release_leases(database, selection.attempt_id)
    assert undo(office.work, run.sync_run_id, "HR")["people"] == {"reversed": 1, "kept": 1, "impossible": 0}


def test_a_refused_undo_gives_the_company_back(office: Office) -> None:
    office.night(A, [worker("w0")])
    quiet = office.night(A, [worker("w0")])
    for reference, code in ((quiet.sync_run_id, Code.UNDO_NOTHING), ("r77", Code.UNKNOWN_RUN)):
        with pytest.raises(Refusal) as refused:
            undo(office.work, reference, "HR")
        assert refused.value.code is code
    assert office.rows("SELECT * FROM lease") == []


def test_a_disconnected_company_can_still_take_its_last_run_back(office: Office) -> None:
    office.night(A, [worker("w0")])
    run = office.night(A, [worker("w0", last_name="Maes")])
    with office.work.store.opened() as database:
        connection = stored_connection(database, A).connection
        change_connection(database, replace(connection, active=False))
    assert undo(office.work, run.sync_run_id, "HR")["status"] == "success"
    assert office.rows("SELECT last_name FROM reporting.accounts") == [{"last_name": "Peeters w0"}]


def test_no_value_of_a_person_is_in_the_answer(office: Office) -> None:
    office.night(A, [worker("w0"), worker("w1")])
    run = office.night(A, [worker("w0", "Zénobie", "Quatremère", email="zq@example.com", gross="3100.09"), worker("w1", gross="3100.10")])
    said = json.dumps(explained_undo(undo(office.work, run.sync_run_id, "HR"), "fr"))
    for value in ("Zénobie", "Z\\u00e9nobie", "Quatrem", "zq@example.com", "w0@example.com", "3100", "3000"):
        assert value not in said
