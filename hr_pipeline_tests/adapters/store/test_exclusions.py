"""Leaving people out: owner, reason and expiry; a linked person freezes and resumes; a narrower scope freezes too, and closes nobody."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hr_pipeline.adapters.store.connections import change_connection, stored_connection
from hr_pipeline.adapters.store.exclusions import Known, exclude, exclusions
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import CloseMissing, Relation, Review, Settings
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A = "securex-a"
ANA, BOB = person("ana", "Ana", "Peeters"), person("bob", "Bob", "Maes")
STAFF = [person(f"w{i}") for i in range(6)]
STRICT = Settings(review=Review.NEVER, missing_runs=1, close_missing=CloseMissing.ABSENT)


def left_out(platform: Platform, external_id: str, **more: Any) -> Known:
    given: dict[str, Any] = {"owner": "HR", "reason": "paid elsewhere", "until": None, **more}
    with platform.store.opened() as database:
        return exclude(database, A, external_id, now=platform.clock, **given)


def night(platform: Platform, *people: dict[str, Any]) -> Any:
    return platform.night({A: people})[A]


def test_a_linked_person_who_is_left_out_freezes_and_resumes_with_what_is_newest(platform: Platform) -> None:
    platform.connect(A, settings=STRICT)
    night(platform, ANA, *STAFF)
    known = left_out(platform, "ana")
    before = platform.account_of(A, "ana")
    assert known == Known(True, before["account_id"], None)
    for listed in ([{**ANA, "last_name": "Maes"}, *STAFF], STAFF, [{**ANA, "last_name": "Janssens"}, *STAFF]):
        run = night(platform, *listed)
        assert (run.counts.missing, platform.account_of(A, "ana")) == (0, before)
    platform.take_in(A, "ana")
    run = night(platform, {**ANA, "last_name": "Janssens"}, *STAFF)
    assert platform.outcomes(run)["ana"] == ("updated", None)
    assert platform.account_of(A, "ana")["last_name"] == "Janssens"


def test_an_exclusion_ends_after_its_last_day_by_itself(platform: Platform) -> None:
    platform.connect(A, settings=STRICT)
    night(platform, ANA)
    left_out(platform, "ana", until=FIRST_NIGHT + timedelta(days=1))
    changed = {**ANA, "last_name": "Maes"}
    assert platform.outcomes(night(platform, changed))["ana"] == ("excluded", "EXCLUDED")
    assert platform.outcomes(night(platform, changed))["ana"] == ("updated", None)


def test_excluding_somebody_whom_a_person_must_decide_about_closes_the_question(platform: Platform) -> None:
    platform.connect(A)
    platform.typed_in(A, [{"email": "other@example.com", "first_name": "Ana", "last_name": "Peeters"}])
    assert platform.outcomes(night(platform, ANA))["ana"] == ("conflict", "SAME_NAME")
    assert left_out(platform, "ana") == Known(True, None, 1)
    assert platform.outcomes(night(platform, ANA))["ana"] == ("excluded", "EXCLUDED")
    assert platform.rows("SELECT state FROM conflict") == [{"state": "closed"}]


def test_an_id_that_no_sync_has_seen_is_noted_and_said(platform: Platform) -> None:
    platform.connect(A)
    night(platform, ANA, {**BOB, "in_scope": False})
    assert left_out(platform, "nobody") == Known(False)
    assert [left_out(platform, one).is_known for one in ("ana", "bob")] == [True, True]
    assert platform.outcomes(night(platform, ANA, {**BOB, "external_id": "nobody"}))["nobody"] == ("excluded", "EXCLUDED")


def test_another_connection_s_employee_is_not_known(platform: Platform) -> None:
    platform.connect(A)
    platform.connect("securex-b")
    platform.night({A: [ANA], "securex-b": [BOB]})
    assert left_out(platform, "bob") == Known(False)


def test_an_address_is_no_id_and_nothing_of_a_person_is_kept(platform: Platform) -> None:
    platform.connect(A)
    with pytest.raises(Refusal) as refused:
        left_out(platform, "ana@example.com")
    assert (refused.value.code, "ana" in str(refused.value)) == (Code.INVALID_SETTING, False)
    night(platform, ANA)
    left_out(platform, "ana")
    columns = {row["column_name"] for row in platform.rows("DESCRIBE exclusion")}
    assert columns == {"exclusion_no", "connection_no", "external_id", "owner", "reason", "created_at", "until", "ended_at"}


def test_an_id_that_is_an_address_can_be_left_out_once_it_is_known(platform: Platform) -> None:
    platform.connect(A)
    night(platform, {**ANA, "external_id": "ana@example.com"})
    assert left_out(platform, "ana@example.com").is_known


def test_exclusions_in_force_say_who_why_until_when_and_whose_account_stands_still(platform: Platform) -> None:
    platform.connect(A)
    night(platform, ANA)
    left_out(platform, "ana")
    left_out(platform, "later", owner="Desk", reason="board", until=FIRST_NIGHT + timedelta(days=5000))
    left_out(platform, "ended")
    platform.take_in(A, "ended")
    with platform.store.opened() as database:
        listed = exclusions(database, None)
    keys = ("external_id", "owner", "reason", "until", "frozen", "account_id")
    assert [tuple(one[key] for key in keys) for one in listed] == [
        ("ana", "HR", "paid elsewhere", None, True, "a1"),
        ("later", "Desk", "board", FIRST_NIGHT + timedelta(days=5000), False, None),
    ]


def test_a_narrower_scope_deletes_and_closes_nobody(platform: Platform) -> None:
    both = (Relation.EMPLOYEE, Relation.ADMINISTRATOR)
    platform.connect(A, settings=replace(STRICT, relations=both))
    directors = [person(f"d{i}", relation=Relation.ADMINISTRATOR) for i in range(4)]
    night(platform, *STAFF, *directors)
    before = platform.rows("SELECT * FROM reporting.accounts ORDER BY ALL")
    with platform.store.opened() as database:
        stored = stored_connection(database, A).connection
        change_connection(database, replace(stored, settings=replace(stored.settings, relations=(Relation.EMPLOYEE,))))
    moved = [{**one, "last_name": "Changed", "in_scope": False} for one in directors]
    for listed in ([*STAFF, *moved], STAFF, STAFF):
        run = night(platform, *listed)
        assert (run.applied, run.counts.missing) == (True, 0)
    assert platform.rows("SELECT * FROM reporting.accounts ORDER BY ALL") == before
    assert len(platform.rows("SELECT * FROM link")) == 10
    back = night(platform, *STAFF, *({**one, "in_scope": True} for one in moved))
    assert back.counts.updated == 4
