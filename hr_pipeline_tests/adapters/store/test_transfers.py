"""A person moves between companies of a group: one account, one employment after the other, never an error and never a second account."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.health import miscounted_runs
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits, Review, Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import Platform

PLAIN = Settings(review=Review.NEVER, limits=Limits(missing_floor=Decimal(50)))
AUTOMATIC = replace(PLAIN, automatic_transfer=True)
BORN = date(1989, 9, 9)
MOVES = date(2026, 3, 3)


def elke(external_id: str, **values: Any) -> dict[str, Any]:
    """The person who moves."""
    return person(external_id, "Elke", "Janssens", **{"email": "elke@example.com", "birth_date": BORN, **values})


def at_beta(**values: Any) -> dict[str, Any]:
    """Elke as the second company lists her."""
    return elke("b1", **{"start_date": MOVES, "gross_amount": Decimal("3500.00"), "effective_from": MOVES, **values})


@pytest.fixture
def group(tmp_path: Path) -> Platform:
    """Two companies of one group that ask before a transfer, and Elke employed by the first."""
    return platform(tmp_path, PLAIN)


def platform(folder: Path, receiving: Settings) -> Platform:
    here = Platform(folder)
    here.connect("securex-alpha", group="Holding", settings=PLAIN)
    here.connect("payfit-beta", group="Holding", settings=receiving)
    here.night({"securex-alpha": [elke("a1", phone="+32470000001"), person("a2")], "payfit-beta": [person("b9")]})
    return here


def accounts_of(here: Platform) -> list[dict[str, Any]]:
    return here.rows("SELECT * FROM reporting.accounts WHERE first_name = 'Elke'")


def employments(here: Platform) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values())
        for row in here.rows(
            "SELECT l.connection_id, l.external_id, l.current, l.started_on, l.ended_on, l.ended_why FROM reporting.links AS l"
            " JOIN reporting.accounts AS a USING (account_id) WHERE a.first_name = 'Elke' ORDER BY l.started_on, l.current"
        )
    ]


def conserved(here: Platform) -> bool:
    with here.store.opened() as database:
        return not miscounted_runs(database, [row["run_no"] for row in database.rows("SELECT run_no FROM sync_run")])


def test_a_transfer_is_proposed_and_once_approved_moves_the_one_account(group: Platform) -> None:
    listed = {"securex-alpha": [person("a2")], "payfit-beta": [person("b9"), at_beta()]}
    asked = group.night(listed)
    assert group.outcomes(asked["payfit-beta"])["b1"] == ("conflict", "TRANSFER")

    group.resolve("payfit-beta", "b1", Choice.TRANSFER)
    moved = group.night(listed)

    assert group.outcomes(moved["payfit-beta"])["b1"] == ("transferred", None)
    assert moved["payfit-beta"].counts.transferred == 1
    assert moved["securex-alpha"].counts.missing == 0
    [account] = accounts_of(group)
    assert account["connection_id"] == "payfit-beta"
    assert account["company"] == "Payfit-Beta"
    assert (account["start_date"], account["exit_date"], account["phone"]) == (MOVES, None, "+32470000001")
    assert employments(group) == [
        ("securex-alpha", "a1", False, date(2024, 1, 1), date(2026, 3, 2), "transfer"),
        ("payfit-beta", "b1", True, MOVES, None, None),
    ]
    paid = group.rows(
        "SELECT connection_id, gross_amount, current FROM reporting.pay WHERE account_id = ? ORDER BY pay_no", [account["account_id"]]
    )
    assert [tuple(row.values()) for row in paid] == [
        ("securex-alpha", Decimal("3000.00"), False),
        ("payfit-beta", Decimal("3500.00"), True),
    ]
    assert conserved(group)


def test_a_transfer_happens_by_itself_where_the_connection_allows_it(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    runs = here.night({"securex-alpha": [elke("a1", exit_date=date(2026, 3, 2)), person("a2")], "payfit-beta": [person("b9"), at_beta()]})
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("transferred", None)
    assert here.outcomes(runs["securex-alpha"])["a1"] == ("unchanged", None)
    assert len(accounts_of(here)) == 1
    assert conserved(here)


def test_the_old_company_may_still_list_the_person_for_months_without_taking_them_back(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    for night in range(3):
        runs = here.night(
            {"securex-alpha": [elke("a1", phone=f"+3247000000{night}"), person("a2")], "payfit-beta": [person("b9"), at_beta()]}
        )
        assert here.outcomes(runs["securex-alpha"])["a1"] == ("unchanged", None)
        assert here.outcomes(runs["payfit-beta"])["b1"][0] == ("transferred" if night == 0 else "unchanged")
        assert conserved(here)
    [account] = accounts_of(here)
    assert account["connection_id"] == "payfit-beta"
    assert here.value("SELECT count(*) FROM conflict WHERE state <> 'closed'") == 0


def test_overlapping_employments_keep_their_own_last_day(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    here.night({"securex-alpha": [elke("a1", exit_date=date(2026, 3, 31)), person("a2")]})
    here.night({"payfit-beta": [person("b9"), at_beta()]})
    assert employments(here)[0] == ("securex-alpha", "a1", False, date(2024, 1, 1), date(2026, 3, 31), "transfer")
    [account] = accounts_of(here)
    assert (account["start_date"], account["exit_date"]) == (MOVES, None)


def test_with_a_new_address_the_same_name_and_birth_date_make_a_proposal(group: Platform) -> None:
    listed = {"payfit-beta": [person("b9"), at_beta(email="elke.janssens@beta.example")]}
    asked = group.night(listed)
    assert group.outcomes(asked["payfit-beta"])["b1"] == ("conflict", "TRANSFER")
    group.resolve("payfit-beta", "b1", Choice.TRANSFER)
    moved = group.night(listed)
    assert group.outcomes(moved["payfit-beta"])["b1"] == ("transferred", None)
    [account] = accounts_of(group)
    assert account["email"] == "elke.janssens@beta.example"


def test_a_proposal_on_name_and_birth_date_is_never_carried_out_by_itself(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    runs = here.night({"payfit-beta": [person("b9"), at_beta(email="elke.janssens@beta.example")]})
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("conflict", "TRANSFER")


@pytest.mark.parametrize("born", [None, date(1970, 1, 1)])
def test_a_namesake_in_another_company_is_somebody_new_without_the_same_birth_date(group: Platform, born: date | None) -> None:
    runs = group.night({"payfit-beta": [person("b9"), at_beta(email="other@beta.example", birth_date=born)]})
    assert group.outcomes(runs["payfit-beta"])["b1"] == ("created", None)


def test_a_recycled_address_of_somebody_else_is_no_transfer(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    runs = here.night({"payfit-beta": [person("b9"), person("b1", "Omar", "Haddad", email="elke@example.com")]})
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("conflict", "EMAIL_SHARED")
    runs = here.night({"payfit-beta": [person("b9"), at_beta(birth_date=date(1970, 1, 1))]})
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("conflict", "EMAIL_IN_OTHER_COMPANY")
    assert here.account_of("securex-alpha", "a1")["email"] == "elke@example.com"


def test_back_to_the_first_company_is_a_transfer_again(tmp_path: Path) -> None:
    here = Platform(tmp_path)
    here.connect("securex-alpha", group="Holding", settings=AUTOMATIC)
    here.connect("payfit-beta", group="Holding", settings=AUTOMATIC)
    here.night({"securex-alpha": [elke("a1"), person("a2")], "payfit-beta": [person("b9")]})
    here.night({"securex-alpha": [person("a2")], "payfit-beta": [person("b9"), at_beta()]})
    back = date(2026, 3, 5)
    listed = {
        "securex-alpha": [elke("a1", start_date=back), person("a2")],
        "payfit-beta": [person("b9"), at_beta(exit_date=date(2026, 3, 4))],
    }
    runs = here.night(listed)
    assert here.outcomes(runs["securex-alpha"])["a1"] == ("unchanged", "TRANSFER_UPCOMING")
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("updated", None)
    runs = here.night(listed)
    assert here.outcomes(runs["securex-alpha"])["a1"] == ("transferred", None)
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("unchanged", None)
    [account] = accounts_of(here)
    assert (account["connection_id"], account["start_date"], account["exit_date"]) == ("securex-alpha", back, None)
    assert [(row[0], row[2]) for row in employments(here)] == [("securex-alpha", False), ("payfit-beta", False), ("securex-alpha", True)]
    again = here.night(listed)
    assert {run.counts.transferred for run in again.values()} == {0}
    assert conserved(here)


def test_back_under_the_old_contract_after_the_new_one_ended_is_asked(group: Platform) -> None:
    listed = {"payfit-beta": [person("b9"), at_beta()]}
    group.night(listed)
    group.resolve("payfit-beta", "b1", Choice.TRANSFER)
    group.night(listed)
    runs = group.night(
        {"securex-alpha": [elke("a1"), person("a2")], "payfit-beta": [person("b9"), at_beta(exit_date=MOVES)]}, on=date(2026, 3, 9)
    )
    assert group.outcomes(runs["securex-alpha"])["a1"] == ("unchanged", None)
    runs = group.night({"securex-alpha": [elke("a1"), person("a2")]}, on=date(2026, 3, 10))
    assert group.outcomes(runs["securex-alpha"])["a1"] == ("conflict", "TRANSFER")


def test_seen_at_the_second_company_before_the_first_one_knows(group: Platform) -> None:
    """The proposal waits for a person, whatever the first company changes meanwhile, and takes what it knew last."""
    group.night({"payfit-beta": [person("b9"), at_beta(start_date=date(2026, 6, 1))]})
    number = group.conflict_of("payfit-beta", "b1")["conflict_id"]
    group.night({"securex-alpha": [elke("a1", exit_date=date(2026, 5, 31)), person("a2")]})
    group.night({"payfit-beta": [person("b9"), at_beta(start_date=date(2026, 6, 1))]})
    assert group.conflict_of("payfit-beta", "b1")["conflict_id"] == number
    group.resolve("payfit-beta", "b1", Choice.TRANSFER)
    group.night({"payfit-beta": [person("b9"), at_beta(start_date=date(2026, 6, 1))]}, on=date(2026, 6, 1))
    assert employments(group)[0][3:] == (date(2024, 1, 1), date(2026, 5, 31), "transfer")
    assert accounts_of(group)[0]["exit_date"] is None


def test_a_held_receiver_takes_nobody_and_the_first_company_goes_on(tmp_path: Path) -> None:
    """The receiving run waits for a guard; until then the person is the first company's, changes included."""
    here = platform(tmp_path, replace(AUTOMATIC, limits=Limits(new_floor=Decimal(1))))
    newcomers = [person(f"n{i}") for i in range(5)]
    runs = here.night(
        {"securex-alpha": [elke("a1", phone="+32470999999"), person("a2")], "payfit-beta": [person("b9"), at_beta(), *newcomers]}
    )
    assert runs["payfit-beta"].verdict.code is Code.HELD_NEW
    assert here.outcomes(runs["securex-alpha"])["a1"] == ("updated", None)
    assert here.account_of("securex-alpha", "a1")["phone"] == "+32470999999"
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("held", "HELD_NEW")
    here.release(runs["payfit-beta"])
    again = {"payfit-beta": [person("b9"), at_beta(), *newcomers]}
    runs = here.night(again)
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("held", "HELD_NEW"), "Elke's account has changed since what was released"
    here.release(runs["payfit-beta"])
    runs = here.night(again)
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("transferred", None)


def test_companies_without_a_common_group_hand_nobody_over(tmp_path: Path) -> None:
    here = Platform(tmp_path)
    here.connect("securex-alpha", settings=AUTOMATIC)
    here.connect("payfit-beta", settings=AUTOMATIC)
    here.night({"securex-alpha": [elke("a1")], "payfit-beta": [person("b9")]})
    runs = here.night({"payfit-beta": [person("b9"), at_beta()]})
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("conflict", "EMAIL_IN_OTHER_COMPANY")
    with pytest.raises(Refusal) as refused:
        here.resolve("payfit-beta", "b1", Choice.TRANSFER)
    assert refused.value.code is Code.ACCOUNT_REFUSED


def test_two_companies_that_both_list_the_person_the_same_night_get_one_transfer(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    here.connect("payfit-gamma", group="Holding", settings=AUTOMATIC)
    runs = here.night({"payfit-beta": [person("b9"), at_beta()], "payfit-gamma": [elke("c1", start_date=MOVES)]})
    told = {here.outcomes(runs["payfit-beta"])["b1"], here.outcomes(runs["payfit-gamma"])["c1"]}
    assert told == {("transferred", None), ("conflict", "TRANSFER")}
    assert len(accounts_of(here)) == 1
    assert conserved(here)


def test_who_is_left_out_by_the_first_company_is_moved_by_nobody_but_a_person(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    here.leave_out("securex-alpha", "a1")
    runs = here.night({"securex-alpha": [elke("a1"), person("a2")], "payfit-beta": [person("b9"), at_beta()]})
    assert here.outcomes(runs["securex-alpha"])["a1"] == ("excluded", "EXCLUDED")
    assert here.outcomes(runs["payfit-beta"])["b1"] == ("conflict", "TRANSFER")
