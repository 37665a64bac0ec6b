"""Who is found in the store by what somebody typed, and where each of them stands."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hr_pipeline.adapters.store.people import KEPT, Person, known_people, lists_of_people, meant_of, standings
from hr_pipeline.domain.connections import Limits, Review, Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.standings import Standing, standing_of
from hr_pipeline.domain.whom import whom
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A, B = "securex-a", "payfit-b"


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    made.connect(A, group="one")
    made.connect(B, group="one")
    return made


def found(platform: Platform, typed: str, connection_id: str | None = None) -> set[tuple[str | None, str | None]]:
    """(Connection, external id) of everybody whom the store knows under what is typed."""
    names: dict[int | None, str | None] = {None: None, **{r["connection_no"]: r["connection_id"] for r in platform.rows("FROM connection")}}
    with platform.store.opened() as database:
        return {(names[one.connection_no], one.external_id) for one in known_people(database, whom(typed), connection_id)}


def facts(platform: Platform, typed: str) -> dict[str, Any]:
    """What bears on where the one person stands whom the store knows under what is typed."""
    with platform.store.opened() as database:
        [one] = standings(database, known_people(database, whom(typed), None), platform.clock.date(), 5)
    return one


def stands(platform: Platform, typed: str) -> Standing:
    return standing_of(facts(platform, typed), platform.clock.date())


def test_somebody_is_found_by_id_account_address_number_and_name(platform: Platform) -> None:
    platform.night(
        {A: [person("w1", "Hélène", "D’Hondt-Maes", birth_name="Lambrecht", email="H.Dhondt@Example.com", employee_number="M7")]}
    )
    for typed in (
        *("w1", "a1", "A1", "h.dhondt@example.com", "M7", "helene", "HÉLÈNE", "dhondt", "D'Hondt Maes", "maes", "ond", "Lambrecht"),
        *("Hélène D'Hondt-Maes", "dhondtmaes helene", "maes hel", "lambrecht hélène"),
    ):
        assert found(platform, typed) == {(A, "w1")}, typed
    for typed in ("w", "W1", "a2", "dhondt@example.com", "M", "he", "on", "Hélène Peeters", "helenedhondt@example.com"):
        assert found(platform, typed) == set(), typed


def test_a_short_name_is_found_whole(platform: Platform) -> None:
    platform.night({A: [person("w1", "Li", "Ng"), person("w2", "Lia", "Nguyen")]})
    assert found(platform, "ng") == {(A, "w1")}
    assert found(platform, "li ng") == {(A, "w1")}
    assert found(platform, "ngu") == {(A, "w2")}


def test_an_id_is_found_in_every_connection_or_in_one(platform: Platform) -> None:
    platform.night({A: [person("w1", email="a@example.com")], B: [person("w1", last_name="Else", email="b@example.com")]})
    assert found(platform, "w1") == {(A, "w1"), (B, "w1")}
    assert found(platform, "w1", B) == {(B, "w1")}
    assert found(platform, "a@example.com", B) == set()


def test_a_name_that_several_bear_finds_all_of_them(platform: Platform) -> None:
    platform.night(
        {A: [person("w1", "Zoé", "Maes"), person("w2", "Zoe", "Claes")], B: [person("w3", "ZOË", "Maes", email="z@example.com")]}
    )
    assert {one for _, one in found(platform, "zoe")} >= {"w1", "w2"}
    assert found(platform, "zoé claes") == {(A, "w2")}


def test_somebody_without_an_account_is_found_by_their_id(platform: Platform) -> None:
    platform.night({A: [person("w1", reject_code="FIELD_MISSING", reject_field="last_name")]})
    assert found(platform, "w1") == {(A, "w1")}
    assert (stands(platform, "w1"), facts(platform, "w1")["code"]) == (Standing.REJECTED, "FIELD_MISSING")


def test_each_place_somebody_can_stand_in(platform: Platform) -> None:
    people = {name: person(name) for name in ("fine", "left", "later_excluded", "rejected", "gone", "dropped")}
    platform.night({A: list(people.values())})
    assert {stands(platform, name) for name in people} == {Standing.SYNCHRONISED}

    platform.typed_in(A, [{"first_name": "Ana", "last_name": "Typed", "email": "typed@example.com"}])
    platform.leave_out(A, "later_excluded")
    people["left"]["exit_date"] = FIRST_NIGHT - timedelta(days=30)
    people["rejected"] |= {"reject_code": "FIELD_INVALID", "reject_field": "phone"}
    del people["gone"]
    newcomers = [
        person("homonym", "Ana", "Typed", email="other@example.com"),
        person("administrator", in_scope=False),
        person("shy", reject_code="EMAIL_MISSING", reject_field="email"),
    ]
    platform.night({A: [*people.values(), *newcomers]})
    expected = {
        "fine": Standing.SYNCHRONISED,
        "left": Standing.LEFT,
        "later_excluded": Standing.EXCLUDED,
        "rejected": Standing.REJECTED,
        "gone": Standing.MISSING,
        "homonym": Standing.CONFLICT,
        "administrator": Standing.OUT_OF_SCOPE,
        "shy": Standing.REJECTED,
        "typed@example.com": Standing.UNLINKED,
    }
    assert {name: stands(platform, name) for name in expected} == expected
    conflict_id = platform.conflict_of(A, "homonym")["conflict_id"]
    assert facts(platform, "typed@example.com")["candidate_of"] == conflict_id == facts(platform, "homonym")["conflict"]["conflict_id"]
    assert facts(platform, "later_excluded")["excluded"]["reason"] == "a test"

    platform.take_in(A, "later_excluded")
    assert stands(platform, "later_excluded") is Standing.PENDING
    platform.resolve(A, "homonym", Choice.DEFER)
    assert stands(platform, "homonym") is Standing.DEFERRED
    platform.resolve(A, "homonym", Choice.CREATE)
    assert stands(platform, "homonym") is Standing.DECIDED

    platform.night({A: [*people.values(), newcomers[0], newcomers[1]]})
    assert (stands(platform, "homonym"), stands(platform, "shy")) == (Standing.SYNCHRONISED, Standing.NOT_LISTED)


def test_a_hold_of_the_whole_run_holds_everybody_in_it(platform: Platform) -> None:
    platform.connect("securex-c", settings=Settings(review=Review.FIRST))
    platform.night({"securex-c": [person("w1")]})
    told = facts(platform, "w1")
    assert (stands(platform, "w1"), told["code"], told["plan_id"]) == (Standing.HELD, "HELD_REVIEW", "plan-1-3")


def test_whom_a_held_list_lacks_is_told_so_until_it_is_released(platform: Platform) -> None:
    platform.connect("securex-c", settings=Settings(review=Review.NEVER, limits=Limits(missing_pct=Decimal(0), missing_floor=Decimal(0))))
    people = [person("w1"), person("w2")]
    platform.night({"securex-c": people})
    run = platform.night({"securex-c": people[1:]})["securex-c"]
    told = facts(platform, "w1")
    assert (stands(platform, "w1"), stands(platform, "w2")) == (Standing.MISSING_HELD, Standing.HELD)
    assert (told["missing_held"]["run_no"], told["missing_held"]["code"]) == (run.run_no, "HELD_MISSING")
    platform.release(run)
    platform.night({"securex-c": people[1:]})
    assert stands(platform, "w1") is Standing.MISSING


def test_an_undo_that_took_a_decision_back_names_its_conflict(platform: Platform) -> None:
    platform.typed_in(A, [{"first_name": "Ana", "last_name": "Typed", "email": "typed@example.com"}])
    people = [person("homonym", "Ana", "Typed", email="other@example.com"), person("w1")]
    platform.night({A: people})
    conflict_id = platform.conflict_of(A, "homonym")["conflict_id"]
    platform.resolve(A, "homonym", Choice.CREATE)
    platform.undo(platform.night({A: [people[0], {**people[1], "phone": "+32470000001"}]})[A])
    assert (stands(platform, "homonym"), facts(platform, "homonym")["taken_back"]) == (Standing.UNDONE, conflict_id)
    platform.night({A: people})
    assert stands(platform, "homonym") is Standing.CONFLICT, "the question is asked anew"
    platform.undo("r1")
    assert (stands(platform, "w1"), facts(platform, "w1")["taken_back"]) == (Standing.UNDONE, None)


def test_an_undo_is_told_until_somebody_is_synchronised_again(platform: Platform) -> None:
    run = platform.night({A: [person("w1")]})[A]
    undo = platform.undo(run)
    told = facts(platform, "w1")
    assert (stands(platform, "w1"), told["ended"]["run_no"]) == (Standing.UNDONE, undo.run_no)
    assert [(one["sync_run_id"], one["outcome"]) for one in told["outcomes"]] == [(f"r{undo.run_no}", "reversed"), ("r1", "created")]
    platform.night({A: [person("w1")]})
    assert stands(platform, "w1") is Standing.SYNCHRONISED


def test_whom_a_transfer_took_along_is_told_under_the_old_id_too(platform: Platform) -> None:
    platform.night({A: [person("old", "Zoé", "Maes", email="zoe@example.com")], B: []})
    platform.night({A: [], B: [person("new", "Zoé", "Maes", email="zoe@example.com")]})
    platform.resolve(B, "new", Choice.TRANSFER)
    platform.night({A: [], B: [person("new", "Zoé", "Maes", email="zoe@example.com")]})
    assert (stands(platform, "new"), stands(platform, "old")) == (Standing.SYNCHRONISED, Standing.MOVED)
    assert facts(platform, "old")["ended"]["account_no"] == 1
    assert found(platform, "maes") == {(B, "new")}


def test_outcomes_are_the_newest_first_and_no_more_than_asked_for(platform: Platform) -> None:
    for night in range(7):
        platform.night({A: [person("w1", phone=f"+3225550{night:03}"), person("w2")]})
    told = facts(platform, "w1")["outcomes"]
    assert [one["sync_run_id"] for one in told] == ["r7", "r6", "r5", "r4", "r3"]
    assert {one["outcome"] for one in told} == {"updated"}
    assert [one["outcome"] for one in facts(platform, "w2")["outcomes"]] == ["unchanged"] * 5


def test_somebody_missing_has_no_outcome_in_the_runs_that_lack_them(platform: Platform) -> None:
    platform.night({A: [person("w1"), person("w2")]})
    platform.night({A: [person("w1")]})
    told = facts(platform, "w2")
    assert [one["sync_run_id"] for one in told["outcomes"]] == ["r1"]
    assert (told["missing"]["times"], told["missing"]["since"]) == (1, date(2026, 3, 3))


def test_a_sync_that_failed_since_is_told(platform: Platform) -> None:
    platform.night({A: [person("w1")]})
    assert facts(platform, "w1")["failed_since"] is None
    platform.tamper("INSERT INTO sync_run SELECT * REPLACE (2 AS run_no, 'error' AS status, 'CREDENTIAL_REFUSED' AS code) FROM sync_run")
    assert facts(platform, "w1")["failed_since"]["code"] == "CREDENTIAL_REFUSED"


def test_of_kept_lists_those_without_an_account_are_meant(platform: Platform) -> None:
    platform.night({A: [person("w1"), person("w3"), person("w2", reject_code="FIELD_MISSING", reject_field="first_name")]})
    listed = [
        {"place": 0, "connection_no": 1, "external_id": "w1", "employee_number": "7", "email_key": "m@example.com", "names": "ana|maes|"},
        {"place": 1, "connection_no": 1, "external_id": "w2", "employee_number": "8", "email_key": "m@example.com", "names": "|maes|claes"},
        {"place": 2, "connection_no": 1, "external_id": None, "employee_number": None, "email_key": None, "names": "lea|maes|"},
    ]
    exact = {"léa maes": {2: True}, "8": {1: True}, "m@example.com": {1: True}, "w2": {1: True}}
    expected = {"maes": {1: True, 2: False}, "claes": {1: False}, "7": {}, "a1": {}, **exact}
    with platform.store.opened() as database:
        kept = pa.Table.from_pylist(listed, schema=KEPT)
        assert {typed: meant_of(database, kept, whom(typed)) for typed in expected} == expected
        nameless = Person(1, None, row=1)
        [told] = standings(database, [nameless], platform.clock.date(), 5)
    assert (told["outcome"], told["account_id"]) == (None, None), "that row of the run has an id"


def test_only_lists_that_have_somebody_without_an_account_are_to_be_read(platform: Platform) -> None:
    platform.night({A: [person("w1", reject_code="FIELD_MISSING", reject_field="first_name")], B: [person("w2")]})
    with platform.store.opened() as database:
        assert lists_of_people(database, None) == [], "neither list is kept"
        database.run(
            "INSERT INTO snapshot BY NAME SELECT snapshot_id, connection_no, date, started_at AS pulled_at, '0' AS content_hash, 1 AS pages, 1 AS employees,"
            " 0 AS pay_records, 0 AS components, 1 AS bytes FROM sync_run"
        )
        assert [one.connection_id for one in lists_of_people(database, None)] == [A]
        assert lists_of_people(database, B) == []
