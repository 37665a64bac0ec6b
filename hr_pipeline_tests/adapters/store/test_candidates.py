"""What a conflict tells about its candidates: agreement by field, the waterfall, how common the name is, proposed dates."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hr_pipeline.adapters.store.conflicts import Answer, decide
from hr_pipeline.adapters.store.prospects import Prospects, prospects
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.evidence import BASE_FIELD, BEARERS_FIELD, TABLE, Verdict, score, waterfall
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import START, person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A, B = "securex-a", "securex-b"
BIRTH = date(1990, 5, 17)
ZOE = person("zoe", "Zoé", "Peeters", birth_date=BIRTH, phone="+32470123456", employee_number="7")


def typed(first: str = "Zoé", last: str = "Peeters", **values: str) -> dict[str, str]:
    """Somebody typed in."""
    return {"first_name": first, "last_name": last, **values}


def typed_in(platform: Platform, connection_id: str, accounts: Sequence[Mapping[str, str]]) -> None:
    """HR types people in, then edits what a list of accounts has no column for."""
    columns = ("email", "first_name", "last_name", "language", "birth_date")
    platform.typed_in(connection_id, [{name: one[name] for name in columns if name in one} for one in accounts])
    for number, one in enumerate(accounts, start=1):
        if more := {name: value for name, value in one.items() if name not in columns}:
            platform.edit(f"a{number}", **more)


def asked(platform: Platform, listed: Sequence[dict[str, Any]], accounts: Sequence[dict[str, str]]) -> dict[str, list[dict[str, Any]]]:
    """Candidates of each conflict of one night, by employee. Accounts are a1, a2 … in their order."""
    platform.connect(A, settings=SETTINGS)
    typed_in(platform, A, accounts)
    platform.night({A: listed})
    return {row["external_id"]: json.loads(row["candidates"]) for row in platform.rows("SELECT external_id, candidates FROM conflict")}


def verdicts(candidate: dict[str, Any]) -> dict[str, Verdict]:
    """Verdict by field."""
    return {step["field"]: Verdict(step["verdict"]) for step in candidate["steps"] if step["field"] not in (BASE_FIELD, BEARERS_FIELD)}


def check_waterfall(candidate: dict[str, Any]) -> None:
    """The store's waterfall is the domain's, and sums to the score."""
    expected = waterfall(verdicts(candidate), candidate["name_bearers"])
    assert candidate["steps"] == [{"field": step.field, "verdict": str(step.verdict), "weight": step.weight} for step in expected]
    assert candidate["score"] == score(expected)
    assert candidate["agrees"] == [one.field for one in TABLE if verdicts(candidate)[one.field] is Verdict.AGREES]
    assert candidate["differs"] == [one.field for one in TABLE if verdicts(candidate)[one.field] in (Verdict.DIFFERS, Verdict.ALIKE)]


def test_what_agrees_what_differs_and_what_is_unknown_is_told_field_by_field(platform: Platform) -> None:
    account = typed(email="z@example.com", birth_date="1990-05-17", phone="+32470123457")
    [candidate] = asked(platform, [ZOE], [account])["zoe"]
    assert verdicts(candidate) == {
        "email": Verdict.DIFFERS,
        "last_name": Verdict.AGREES,
        "first_name": Verdict.AGREES,
        "birth_date": Verdict.AGREES,
        "employee_number": Verdict.UNKNOWN,
        "phone": Verdict.DIFFERS,
    }
    check_waterfall(candidate)


@pytest.mark.parametrize(
    ("account", "field", "verdict"),
    [
        (typed(last="Peters"), "last_name", Verdict.ALIKE),
        (typed("Bob", birth_date="1990-05-17"), "first_name", Verdict.DIFFERS),
        (typed("Zoé-Marie"), "first_name", Verdict.ALIKE),
        (typed(last="Claes", birth_date="1990-05-17"), "last_name", Verdict.DIFFERS),
        (typed(last="Claes", birth_name="Peeters"), "last_name", Verdict.AGREES),
        (typed(employee_number="7"), "employee_number", Verdict.AGREES),
        (typed(phone="+32470123456"), "phone", Verdict.AGREES),
    ],
)
def test_each_field_has_its_say(platform: Platform, account: dict[str, str], field: str, verdict: Verdict) -> None:
    [candidate] = asked(platform, [ZOE], [account])["zoe"]
    assert verdicts(candidate)[field] is verdict
    check_waterfall(candidate)


def test_candidates_come_best_first(platform: Platform) -> None:
    accounts = [typed(), typed(birth_date="1991-01-01", email="z1@example.com"), typed(birth_date="1990-05-17", email="z2@example.com")]
    candidates = asked(platform, [ZOE], accounts)["zoe"]
    assert [one["account_id"] for one in candidates] == ["a3", "a1", "a2"]
    for candidate in candidates:
        check_waterfall(candidate)


def test_a_name_is_as_common_as_the_accounts_and_the_other_employees_who_bear_it(platform: Platform) -> None:
    others = [{**ZOE, "external_id": f"zoe{n}", "email": f"zoe{n}@example.com"} for n in range(2)]
    accounts = [
        typed(),
        typed(email="works@example.com"),
        typed(last="Claes", birth_name="Peeters", email="born@example.com"),
        typed("Ana"),
    ]
    working = person("works", "Zoé", "Peeters", birth_date=BIRTH)
    candidates = asked(platform, [ZOE, *others, working], accounts)
    [best, *_] = candidates["zoe"]
    assert best["name_bearers"] == 3 + 2  # three accounts, one of them at work, and two further employees
    assert best["steps"][-1] == {"field": "name_bearers", "verdict": "agrees", "weight": -1}
    for candidate in candidates["zoe"]:
        check_waterfall(candidate)


def test_bearers_in_other_companies_do_not_count_nor_does_the_commonness_of_another_name(platform: Platform) -> None:
    platform.connect(B, settings=SETTINGS)
    platform.night({B: [{**ZOE, "email": "b@example.com"}]})
    [candidate] = asked(platform, [ZOE], [typed(last="Peters")])["zoe"]
    assert candidate["name_bearers"] == 1
    assert candidate["steps"][-1] == {"field": "name_bearers", "verdict": "unknown", "weight": 0}


def test_the_name_an_account_gets_tonight_is_the_name_compared(platform: Platform) -> None:
    gone = {**person("old", "Zoé", "Claes"), "exit_date": FIRST_NIGHT}
    platform.connect(A, settings=SETTINGS)
    platform.night({A: [gone]})
    platform.night({A: [{**gone, "last_name": "Peters"}, ZOE]})
    [candidate] = json.loads(platform.value("SELECT candidates FROM conflict"))
    assert verdicts(candidate)["last_name"] is Verdict.ALIKE


def test_an_account_of_another_company_of_the_group_comes_with_its_company_and_proposed_dates(platform: Platform) -> None:
    for connection_id in (A, B):
        platform.connect(connection_id, group="Holding", settings=SETTINGS)
    there = {**ZOE, "start_date": date(2020, 1, 1)}
    leaving = {**there, "external_id": "ana", "first_name": "Ana", "email": "ana@example.com", "exit_date": date(2026, 2, 1)}
    platform.night({A: [there, leaving]})
    platform.night({A: [there, leaving], B: [ZOE, {**leaving, "start_date": START, "exit_date": None}]})
    candidates = {
        row["external_id"]: json.loads(row["candidates"]) for row in platform.rows("SELECT external_id, candidates FROM conflict")
    }
    dates = {name: (one["company"], one["employment_ends"], one["employment_starts"]) for name, [one] in candidates.items()}
    assert dates == {"zoe": ("Securex-A", "2023-12-31", "2024-01-01"), "ana": ("Securex-A", "2026-02-01", "2024-01-01")}


def test_companies_outside_the_group_stay_unnamed(platform: Platform) -> None:
    for connection_id in (A, B):
        platform.connect(connection_id, settings=SETTINGS)
    platform.night({A: [ZOE]})
    platform.night({A: [ZOE], B: [ZOE]})
    [candidate] = json.loads(platform.value("SELECT candidates FROM conflict WHERE code = 'EMAIL_IN_OTHER_COMPANY'"))
    assert (candidate["company"], candidate["employment_ends"], candidate["employment_starts"]) == (None, None, None)


def test_no_value_of_a_person_is_told(platform: Platform) -> None:
    told = json.dumps(
        asked(platform, [ZOE], [typed(email="z@example.com", birth_date="1990-05-17", phone="+32470123456")]), ensure_ascii=False
    )
    for value in ("Zoé", "Peeters", "zoe@", "z@", "1990", "470123456", "3000"):
        assert value not in told.replace('"zoe": [', "")


@pytest.mark.parametrize(
    ("choice", "account_no", "outcome"), [(Choice.LINK, 1, "linked"), (Choice.CREATE, None, "created"), (Choice.DEFER, None, "conflict")]
)
def test_a_decision_about_a_likely_twin_is_carried_out(platform: Platform, choice: Choice, account_no: int | None, outcome: str) -> None:
    asked(platform, [ZOE], [typed(last="Peters")])
    with platform.store.opened() as database:
        offered = prospects(database, 1, FIRST_NIGHT).offered
        decide(database, 1, Answer(choice, "Ann of HR", account_no), FIRST_NIGHT, platform.clock)
    assert offered == [(Choice.LINK, "a1"), (Choice.CREATE, None), (Choice.EXCLUDE, None), (Choice.DEFER, None)]
    run = platform.night({A: [ZOE]})[A]
    assert platform.outcomes(run)["zoe"] == (outcome, "SIMILAR_NAME" if outcome == "conflict" else None)
    again = platform.night({A: [ZOE]})[A]
    assert platform.outcomes(again)["zoe"][0] == ("conflict" if outcome == "conflict" else "unchanged")


def test_nothing_is_offered_about_a_closed_conflict(platform: Platform) -> None:
    asked(platform, [ZOE], [typed(last="Peters")])
    platform.edit("a1", email="zoe@example.com")
    platform.night({A: [ZOE]})
    with platform.store.opened() as database:
        assert prospects(database, 1, FIRST_NIGHT) == Prospects()


def test_who_is_asked_about_a_namesake_is_shown_whoever_is_alike_and_born_on_the_same_day(platform: Platform) -> None:
    accounts = [
        typed(),
        typed(last="Claes", birth_date="1990-05-17"),
        typed(last="Peters", birth_date="1991-01-01"),
        typed(last="Peters"),
    ]
    candidates = asked(platform, [ZOE], accounts)["zoe"]
    assert {one["account_id"] for one in candidates} == {"a1", "a2"}
    assert platform.value("SELECT code FROM conflict") == "SAME_NAME"
    for candidate in candidates:
        check_waterfall(candidate)


SOME = {
    "first_name": st.sampled_from(["Zoé", "Zoé-Marie", "Zo", "Ana"]),
    "last_name": st.sampled_from(["Peeters", "Peters", "De Peeters", "Claes"]),
    "birth_name": st.sampled_from([None, "Claes"]),
    "birth_date": st.sampled_from([None, BIRTH, date(1991, 1, 1)]),
    "phone": st.sampled_from([None, "+32470123456", "+32470123457"]),
    "employee_number": st.sampled_from([None, "1", "2"]),
}
somebody = st.fixed_dictionaries(SOME)


@settings(deadline=None, max_examples=4)
@given(st.lists(somebody, min_size=12, max_size=16), st.lists(somebody, min_size=8, max_size=12))
def test_the_stores_waterfall_is_always_the_domains(
    tmp_path_factory: pytest.TempPathFactory, people: list[dict[str, Any]], accounts: list[dict[str, Any]]
) -> None:
    """Accounts and employees of few names: whatever is asked about, both explain it the same way."""
    listed = [{**person(str(n)), **one} for n, one in enumerate(people)]
    texts = [{name: str(value) for name, value in one.items() if value is not None} for one in accounts]
    candidates = asked(Platform(tmp_path_factory.mktemp("waterfall")), listed, texts)
    for candidate in (one for found in candidates.values() for one in found):
        check_waterfall(candidate)
