"""People without an account are found in the kept lists, through the real landing: by name, by address, without an id, before any sync."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.standings import Standing, standing_of
from hr_pipeline.operations.explaining_people import explained_person
from hr_pipeline.operations.finding import find_people
from hr_pipeline.operations.previewing import preview
from hr_pipeline_tests.operations.listed_provider import MAPPING, Office, worker
from hr_pipeline_tests.operations.naive_finding import naively_found, without_account

A, B = "securex-a", "payfit-b"
FINE = [worker(f"w{number}") for number in range(5)]


@pytest.fixture(params=[None, "a-key-of-at-least-thirty-two-characters"], ids=["clear", "sealed"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    made = Office(tmp_path, key=request.param)
    for connection_id in (A, B):
        made.connect(connection_id)
    return made


def found(office: Office, typed: str) -> list[tuple[str | None, Standing, str | None]]:
    """(External id, standing, last name) of everybody found."""
    told = find_people(office.work, typed, names=True).people
    return [(one["external_id"], standing_of(one, office.today), one["last_name"]) for one in told]


def test_somebody_turned_away_is_found_by_each_thing_the_list_has_of_them(office: Office) -> None:
    odd = worker("w9", "Zoé", "Vandewalle", start_date=None, email="Zoe.V@Example.com", employee_number="M-77", birth_name="Quintens")
    office.night(A, [*FINE, odd])
    for typed in ("w9", "zoe.v@EXAMPLE.com", "M-77", "vandewalle", "ZOÉ vande", "quintens"):
        assert found(office, typed) == [("w9", Standing.REJECTED, "Vandewalle")], typed


def test_somebody_whom_the_provider_gave_no_id_is_told_by_their_place_in_the_list(office: Office) -> None:
    nameless = {key: value for key, value in worker("w9", "Zoé", "Vandewalle").items() if key != "external_id"}
    office.night(A, [*FINE, nameless])
    assert found(office, "vandewalle") == [(None, Standing.REJECTED, "Vandewalle")]
    [facts] = find_people(office.work, "vandewalle").people
    told = explained_person(facts, "en", office.today, "hr-pipeline sync {}".format)
    assert (told["code"], told["field"], told["external_id"]) == ("FIELD_MISSING", "external_id", None)
    assert [one["outcome"] for one in told["outcomes"]] == ["rejected"]


def test_a_list_that_no_sync_has_decided_about_is_searched_too(office: Office) -> None:
    office.lists(A, FINE)
    preview(office.work, A)
    assert found(office, "w3") == [("w3", Standing.UNDECIDED, "Peeters w3")]
    assert len(found(office, "peeters")) == len(FINE)


def test_an_account_and_somebody_turned_away_of_one_name_are_both_found(office: Office) -> None:
    office.night(A, [*FINE, worker("w8", "Zoé", "Maes")])
    office.night(B, [*(worker(f"p{number}") for number in range(5)), worker("w9", "Zoë", "Maes", email=None)])
    assert found(office, "zoe maes") == [("w9", Standing.REJECTED, "Maes"), ("w8", Standing.SYNCHRONISED, "Maes")], "by company"
    assert [one["connection_id"] for one in find_people(office.work, "zoe maes", B).people] == [B]


def test_who_left_nothing_anywhere_is_nobody_and_their_name_is_not_repeated(office: Office) -> None:
    office.night(A, [*FINE, worker("w9", email=None)])
    with pytest.raises(Refusal) as refused:
        find_people(office.work, "Zorglub")
    told: dict[str, Any] = dict(refused.value.params)
    assert (refused.value.code, told) == (Code.NOBODY_FOUND, {"connection": None, "lists": 1, "unread": None})


def test_exact_matches_come_first_then_companies_and_names_and_all_are_counted(office: Office) -> None:
    listed = [
        worker("w1", "Anaïs", "Claessens"),
        worker("w2", "Ana", "Claes"),
        worker("w3", "Diana", "Claes"),
        worker("w4", "Ana", "Baclaes"),
    ]
    office.night(A, listed)
    office.night(
        B, [*(worker(f"p{number}") for number in range(5)), worker("w5", "ÁNA", "CLAES", email=None), worker("w6", "Ana", "D’Claes")]
    )
    exact, partial = ["w5", "w2"], ["w6", "w4", "w3", "w1"]
    for typed in ("ana claes", "CLAES Àna"):
        assert [one[0] for one in found(office, typed)] == [*exact, *partial], "Payfit-B before Securex-A, then last and first names"
    first = find_people(office.work, "ana claes", most=3)
    assert ([one["external_id"] for one in first.people], first.total) == (["w5", "w2", "w6"], 6)


def test_an_id_and_a_number_are_as_exact_as_each_other(office: Office) -> None:
    office.night(A, [*FINE, worker("x1", "Ana", "Maes", email="maes@example.com", employee_number="w3")])
    assert [one[0] for one in found(office, "w3")] == ["x1", "w3"], "by name"
    assert [one[0] for one in found(office, "MAES@example.com")] == ["x1"]


def test_the_fast_way_loses_nobody_whom_reading_everything_finds(office: Office) -> None:
    linked = {**MAPPING.rules, "external_id": MAPPING.rules["employee_number"]}
    office.connect("securex-many")
    office.connect("securex-own", mapping=replace(MAPPING, rules=linked))
    office.connect("payfit-new")
    odd = [
        worker("w9", "Zoé", "Vandewalle", start_date=None, email="Zoe.V@Example.com", employee_number="M-77", birth_name="Quintens"),
        worker("é/9", "Søren", "D’Hondt–Łukasz", start_date=None),
        worker("w8", "Noël", None, birth_date="no date", teamName="w9"),
        {key: value for key, value in worker("none", "Zoë", "Nameless").items() if key != "external_id"},
    ]
    office.night(A, [*FINE, *odd[:1], *odd[2:3]])
    office.night(B, [*(worker(f"p{number}") for number in range(9)), *odd])
    office.night("securex-many", [*FINE, *(worker(f"m{n}", "Zoé", f"Claes{chr(97 + n)}", start_date=None) for n in range(24))])
    office.night(
        "securex-own",
        [*(worker(f"o{n}", employee_number=f"7{n}") for n in range(9)), worker("o9", "Zoé", "Own", employee_number="79", start_date=None)],
    )
    office.lists("payfit-new", [worker("n1", "Zoé", "Preview"), *FINE])
    preview(office.work, "payfit-new")
    people = without_account(office.work)
    assert {one["connection_id"] for one in people} == {A, B, "securex-many", "securex-own", "payfit-new"}
    assert len({one["last_name"] for one in people if one["connection_id"] == "securex-many"}) > 20, "more than are looked for by id"
    typed = {
        text
        for one in people
        for text in (one["first_name"], one["last_name"], one["birth_name"], one["email"], one["employee_number"])
        if text
    }
    typed |= {f"{one['last_name']} {one['first_name']}".upper() for one in people} | {
        "zoé van",
        "Zoe Claes",
        "soren",
        "dhondtlukasz",
        "zo",
        "wal",
    }
    for text in sorted(typed):
        told = find_people(office.work, text, names=True).people if naively_found(people, text) else []
        fast = {(one["connection_id"], one["external_id"], one["last_name"]) for one in told if not one["is_linked"]}
        assert fast == naively_found(people, text), text
