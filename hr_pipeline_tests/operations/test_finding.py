"""People without an account are found in the kept lists, through the real landing: by name, by address, without an id, before any sync."""

from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.standings import Standing, standing_of
from hr_pipeline.operations.explaining_people import explained_person
from hr_pipeline.operations.finding import find_people
from hr_pipeline.operations.previewing import preview
from hr_pipeline_tests.operations.listed_provider import Office, worker

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
    told = find_people(office.work, typed, names=True)
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
    [facts] = find_people(office.work, "vandewalle")
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
    assert found(office, "zoe maes") == [("w8", Standing.SYNCHRONISED, "Maes"), ("w9", Standing.REJECTED, "Maes")]
    assert [one["connection_id"] for one in find_people(office.work, "zoe maes", B)] == [B]


def test_who_left_nothing_anywhere_is_nobody_and_their_name_is_not_repeated(office: Office) -> None:
    office.night(A, [*FINE, worker("w9", email=None)])
    with pytest.raises(Refusal) as refused:
        find_people(office.work, "Zorglub")
    told: dict[str, Any] = dict(refused.value.params)
    assert (refused.value.code, told) == (Code.NOBODY_FOUND, {"connection": None, "lists": 1, "unread": None})
