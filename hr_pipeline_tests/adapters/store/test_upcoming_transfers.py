"""A transfer to an employment that begins later waits for its day: until then the person works at the first company, and its list counts."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.health import miscounted_runs
from hr_pipeline.adapters.store.upcoming import took_effect, upcoming
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits, Review, Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.outcomes import Status
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A, B, C = "securex-alpha", "payfit-beta", "payfit-gamma"
PLAIN = Settings(review=Review.NEVER, limits=Limits(missing_floor=Decimal(50)))
AUTOMATIC = replace(PLAIN, automatic_transfer=True)
STARTS = FIRST_NIGHT + timedelta(days=20)
LAST_DAY = STARTS - timedelta(days=1)
WAITS = ("unchanged", "TRANSFER_UPCOMING")
FIELDS = {"birth_date": date(1989, 9, 9), "email": "elke@example.com"}


def at_alpha(**values: Any) -> list[dict[str, Any]]:
    """The list of the first company: Elke, who leaves, and somebody else."""
    return [person("a1", "Elke", "Janssens", **{**FIELDS, "exit_date": LAST_DAY, **values}), person("a2")]


def at_beta(**values: Any) -> list[dict[str, Any]]:
    """The list of the second company, with Elke to come."""
    pay = {"gross_amount": Decimal("3500.00"), "effective_from": STARTS}
    return [person("b9"), person("b1", "Elke", "Janssens", **{**FIELDS, **pay, "start_date": STARTS, **values})]


def platform(folder: Path, receiving: Settings) -> Platform:
    here = Platform(folder)
    here.connect(A, group="Holding", settings=PLAIN)
    here.connect(B, group="Holding", settings=receiving)
    here.night({A: at_alpha(), B: [person("b9")]})
    return here


@pytest.fixture
def decided(tmp_path: Path) -> Platform:
    """Elke's transfer was asked about, and decided by a person."""
    here = platform(tmp_path, PLAIN)
    here.night({B: at_beta()})
    here.resolve(B, "b1", Choice.TRANSFER)
    return here


def elkes(here: Platform) -> dict[str, Any]:
    [account] = here.rows("SELECT * FROM reporting.accounts WHERE first_name = 'Elke'")
    return account


def ahead(here: Platform, on: date) -> list[tuple[Any, ...]]:
    with here.store.opened() as database:
        facts = upcoming(database, on)
    return [(one["date"], one["kind"], one["connection_id"], one["external_id"]) for one in facts if one["account_id"] == "a1"]


def conserved(here: Platform) -> bool:
    with here.store.opened() as database:
        return not miscounted_runs(database, [row["run_no"] for row in database.rows("SELECT run_no FROM sync_run")])


def state_of_question(here: Platform) -> tuple[str, int]:
    [row] = here.rows("SELECT state, runs FROM conflict WHERE code = 'TRANSFER'")
    return row["state"], row["runs"]


def test_day_by_day_she_stays_until_the_start_and_the_first_list_counts(decided: Platform) -> None:
    raised = {"gross_amount": Decimal("3200.00"), "effective_from": FIRST_NIGHT}
    last_day, told = LAST_DAY, set()
    for number in range(1, 20):
        on = FIRST_NIGHT + timedelta(days=number)
        if number == 9:
            last_day = STARTS + timedelta(days=9)
        runs = decided.night({A: at_alpha(exit_date=last_day, **(raised if number >= 5 else {})), B: at_beta()}, on=on)
        told.add(decided.outcomes(runs[B])["b1"])
        assert runs[B].verdict.status is Status.SUCCESS
        assert decided.outcomes(runs[A])["a1"][0] == ("updated" if number in (5, 9) else "unchanged")
        assert [elkes(decided)[name] for name in ("connection_id", "start_date", "exit_date")] == [A, date(2024, 1, 1), last_day]
        assert decided.pay_of(A, "a1")["gross_amount"] == (Decimal("3200.00") if number >= 5 else Decimal("3000.00"))
        assert (STARTS, "transfer", B, "b1") in ahead(decided, on)
    assert told == {WAITS}
    [waits] = decided.rows(
        "SELECT runs, takes_effect, account_no, field FROM outcome WHERE takes_effect IS NOT NULL ORDER BY run_no DESC LIMIT 1"
    )
    assert waits == {"runs": 19, "takes_effect": STARTS, "account_no": 1, "field": "start_date"}
    assert state_of_question(decided) == ("decided", 1)

    moved = decided.night({A: at_alpha(exit_date=last_day, **raised), B: at_beta()}, on=STARTS)

    assert decided.outcomes(moved[B])["b1"] == ("transferred", None)
    assert decided.outcomes(moved[A])["a1"] == ("unchanged", None)
    assert (elkes(decided)["connection_id"], elkes(decided)["start_date"], elkes(decided)["exit_date"]) == (B, STARTS, None)
    [former] = decided.rows("SELECT started_on, ended_on, ended_why FROM reporting.links WHERE external_id = 'a1'")
    assert tuple(former.values()) == (date(2024, 1, 1), last_day, "transfer")
    paid = decided.rows("SELECT connection_id, gross_amount, current FROM reporting.pay WHERE account_id = 'a1' ORDER BY pay_no")
    assert [tuple(row.values()) for row in paid] == [
        (A, Decimal("3000.00"), False),
        (A, Decimal("3200.00"), False),
        (B, Decimal("3500.00"), True),
    ]
    assert state_of_question(decided) == ("closed", 1)
    assert [fact[1] for fact in ahead(decided, STARTS)] == []
    again = decided.night({A: at_alpha(exit_date=last_day, **raised), B: at_beta()}, on=STARTS)
    assert {run.counts.unchanged for run in again.values()} == {2}
    assert conserved(decided)


def test_it_happens_by_itself_where_the_connection_lets_it_and_asks_nobody(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    for on in (FIRST_NIGHT, LAST_DAY):
        assert here.outcomes(here.night({B: at_beta()}, on=on)[B])["b1"] == WAITS
        assert elkes(here)["connection_id"] == A
    assert here.outcomes(here.night({B: at_beta()}, on=STARTS + timedelta(days=3))[B])["b1"] == ("transferred", None)
    assert here.value("SELECT count(*) FROM conflict") == 0


def test_the_same_list_once_more_changes_nothing(decided: Platform) -> None:
    decided.night({B: at_beta()})
    before = decided.data()
    again = decided.night({B: at_beta()})
    assert decided.outcomes(again[B])["b1"] == WAITS
    assert decided.data() == before


def test_a_start_that_moved_is_asked_anew_where_a_person_decided(decided: Platform) -> None:
    decided.night({B: at_beta()})
    later = STARTS + timedelta(days=10)
    runs = decided.night({B: at_beta(start_date=later)})
    assert decided.outcomes(runs[B])["b1"] == ("conflict", "TRANSFER")
    assert decided.conflict_of(B, "b1")["changed"] == ["employee.start_date"]
    assert [fact for fact in ahead(decided, FIRST_NIGHT) if fact[1] == "transfer"] == []
    decided.resolve(B, "b1", Choice.TRANSFER)
    assert decided.outcomes(decided.night({B: at_beta(start_date=later)}, on=STARTS)[B])["b1"] == WAITS
    assert decided.outcomes(decided.night({B: at_beta(start_date=later)}, on=later)[B])["b1"] == ("transferred", None)


def test_a_start_that_moved_is_followed_where_it_happens_by_itself(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    here.night({B: at_beta()})
    later = STARTS + timedelta(days=10)
    assert here.outcomes(here.night({B: at_beta(start_date=later)}, on=STARTS)[B])["b1"] == WAITS
    assert (later, "transfer", B, "b1") in ahead(here, STARTS)
    sooner = STARTS + timedelta(days=2)
    assert here.outcomes(here.night({B: at_beta(start_date=sooner)}, on=sooner)[B])["b1"] == ("transferred", None)


def test_who_is_not_listed_any_more_before_the_day_stays_where_they_are(decided: Platform) -> None:
    decided.night({B: at_beta()})
    runs = decided.night({A: at_alpha(exit_date=None), B: [person("b9")]})
    assert (runs[B].verdict.status, runs[B].counts.missing) == (Status.SUCCESS, 0)
    assert (state_of_question(decided)[0], elkes(decided)["connection_id"]) == ("closed", A)
    assert [fact for fact in ahead(decided, FIRST_NIGHT) if fact[1] == "transfer"] == []


def test_who_is_listed_again_waits_by_the_same_decision_and_a_person_can_still_say_otherwise(decided: Platform) -> None:
    decided.night({B: at_beta()})
    decided.night({B: [person("b9")]})
    assert decided.outcomes(decided.night({B: at_beta()})[B])["b1"] == WAITS
    assert state_of_question(decided)[0] == "decided"
    decided.resolve(B, "b1", Choice.DEFER)
    assert decided.outcomes(decided.night({B: at_beta()}, on=STARTS)[B])["b1"] == ("conflict", "TRANSFER")
    assert (state_of_question(decided)[0], elkes(decided)["connection_id"]) == ("deferred", A)


def test_an_account_that_waits_for_its_transfer_is_chosen_for_nobody_else(decided: Platform) -> None:
    decided.connect(C, group="Holding", settings=PLAIN)
    decided.night({B: at_beta()})
    decided.night({C: [{**at_beta()[1], "external_id": "c1", "start_date": date(2026, 1, 1)}]})
    with pytest.raises(Refusal) as refused:
        decided.resolve(C, "c1", Choice.TRANSFER)
    assert refused.value.code is Code.ACCOUNT_REFUSED


def test_who_begins_tonight_elsewhere_goes_there_first(tmp_path: Path) -> None:
    here = platform(tmp_path, AUTOMATIC)
    here.connect(C, group="Holding", settings=AUTOMATIC)
    listed = {B: at_beta(), C: [{**at_beta()[1], "external_id": "c1", "start_date": date(2026, 3, 1)}]}
    runs = here.night(listed)
    assert here.outcomes(runs[C])["c1"] == ("transferred", None)
    runs = here.night(listed)
    assert here.outcomes(runs[B])["b1"] == WAITS
    assert elkes(here)["connection_id"] == C


def test_a_held_run_leaves_the_decision_to_wait_on(decided: Platform) -> None:
    decided.change_settings(B, replace(PLAIN, limits=Limits(new_floor=Decimal(1))))
    newcomers = [person(f"n{number}") for number in range(5)]
    held = decided.night({B: [*at_beta(), *newcomers]})
    assert (held[B].verdict.code, decided.outcomes(held[B])["b1"]) == (Code.HELD_NEW, ("held", "HELD_NEW"))
    assert state_of_question(decided)[0] == "decided"
    assert (STARTS, "transfer", B, "b1") in ahead(decided, FIRST_NIGHT)
    assert decided.outcomes(decided.night({B: at_beta()}, on=STARTS)[B])["b1"] == ("transferred", None)


def test_who_vanishes_at_the_first_company_before_the_last_day_is_missing_there(decided: Platform) -> None:
    runs = decided.night({A: at_alpha()[1:], B: at_beta()})
    assert (runs[A].counts.missing, decided.outcomes(runs[B])["b1"]) == (1, WAITS)
    runs = decided.night({A: at_alpha()[1:], B: at_beta()}, on=STARTS)
    assert (runs[A].counts.missing, decided.outcomes(runs[B])["b1"]) == (0, ("transferred", None))


def test_of_a_run_in_which_somebody_waits_there_is_nothing_to_undo_and_the_transfer_can_be(decided: Platform) -> None:
    waits = decided.night({A: at_alpha(), B: at_beta()})
    with pytest.raises(Refusal) as refused:
        decided.undo(waits[B])
    assert refused.value.code is Code.UNDO_NOTHING
    before = decided.standing()
    moved = decided.night({A: at_alpha(), B: at_beta()}, on=STARTS)
    decided.undo(moved[B])
    assert decided.standing() == before
    assert decided.outcomes(decided.night({B: at_beta()}, on=STARTS)[B])["b1"] == ("conflict", "TRANSFER")


def test_the_day_itself_tells_a_first_day_once_it_came(decided: Platform) -> None:
    def turned(on: date) -> list[str]:
        with decided.store.opened() as database:
            return [one["kind"] for one in took_effect(database, on) if one["account_id"] == "a1"]

    decided.night({B: at_beta()})
    assert turned(STARTS) == ["transfer", "exit"]
    decided.night({B: at_beta()}, on=STARTS)
    assert turned(STARTS) == ["hire", "pay"]
