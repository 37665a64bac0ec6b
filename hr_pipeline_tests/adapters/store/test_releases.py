"""Releases: a held plan goes through once somebody said why, that very plan and no other, for a day."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from hr_pipeline.adapters.store.releases import held_plan
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits, Review, Settings
from hr_pipeline.domain.outcomes import Status
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import Platform

HERE = "securex-alpha"
NAMES = ("Ana", "Bob", "Cil", "Dirk", "Eva", "Fons", "Gust", "Hilde", "Ivo", "Jef")
EVERYBODY = [person(name, name, f"Peeters-{name}") for name in NAMES]


@pytest.fixture
def ten(platform: Platform) -> Platform:
    """A company of ten people, without a review."""
    platform.connect(HERE)
    platform.night({HERE: EVERYBODY})
    return platform


def refusal_of(platform: Platform, run_no: int) -> Refusal:
    with pytest.raises(Refusal) as refused, platform.store.opened() as database:
        held_plan(database, run_no)
    return refused.value


def test_a_released_plan_is_applied_by_the_next_sync_of_the_same_plan(ten: Platform) -> None:
    held = ten.night({HERE: EVERYBODY[:7]})[HERE]
    assert held.verdict.code is Code.HELD_MISSING
    assert ten.night({HERE: EVERYBODY[:7]})[HERE].verdict.code is Code.HELD_MISSING, "nobody has said anything yet"
    again = ten.night({HERE: EVERYBODY[:7]})[HERE]
    ten.release(again)
    assert ten.night({HERE: EVERYBODY[:7]})[HERE].verdict.status is Status.SUCCESS
    assert ten.value("SELECT used_run_no FROM release") is not None


def test_people_accepted_as_missing_hold_no_run_again_but_others_do(ten: Platform) -> None:
    ten.release(ten.night({HERE: EVERYBODY[:7]})[HERE])
    for _ in range(3):
        run = ten.night({HERE: EVERYBODY[:7]})[HERE]
        assert (run.verdict.status, run.counts.missing) == (Status.SUCCESS, 3)
    assert ten.night({HERE: EVERYBODY[:4]})[HERE].verdict.code is Code.HELD_MISSING


def test_a_release_is_for_one_plan(ten: Platform) -> None:
    ten.release(ten.night({HERE: EVERYBODY[:7]})[HERE])
    other = [*EVERYBODY[:6], EVERYBODY[7]]
    assert ten.night({HERE: other})[HERE].verdict.code is Code.HELD_MISSING


def test_a_release_ends_after_a_day(ten: Platform) -> None:
    ten.release(ten.night({HERE: EVERYBODY[:7]})[HERE])
    until = ten.clock + timedelta(hours=24)
    ten.clock = until
    held = ten.night({HERE: EVERYBODY[:7]})[HERE]
    assert held.verdict.code is Code.HELD_MISSING
    assert held.detail["expired"]


def test_a_release_is_used_once(ten: Platform) -> None:
    ten.release(ten.night({HERE: EVERYBODY[:7]})[HERE])
    run = ten.night({HERE: EVERYBODY[:7]})[HERE]
    assert run.verdict.status is Status.SUCCESS
    assert refusal_of(ten, run.run_no).params["reason"] == "nothing holds it"


def test_held_rows_are_released_each_as_it_was_seen(ten: Platform) -> None:
    raised = [{**EVERYBODY[0], "gross_amount": Decimal("9000.00")}, {**EVERYBODY[1], "gross_amount": Decimal("9000.00")}, *EVERYBODY[2:]]
    run = ten.night({HERE: raised})[HERE]
    assert (run.verdict.status, run.counts.held) == (Status.PARTIAL, 2)
    ten.release(run)
    other = [raised[0], {**raised[1], "gross_amount": Decimal("9500.00")}, *raised[2:]]
    run = ten.night({HERE: other})[HERE]
    assert ten.outcomes(run)["Ana"] == ("updated", None)
    assert ten.outcomes(run)["Bob"] == ("held", "HELD_GROSS")
    assert ten.pay_of(HERE, "Ana")["gross_amount"] == Decimal("9000.00")


def test_what_is_not_held_or_not_the_newest_can_not_be_released(ten: Platform) -> None:
    fine = ten.night({HERE: EVERYBODY})[HERE]
    assert refusal_of(ten, fine.run_no).params["reason"] == "nothing holds it"
    held = ten.night({HERE: EVERYBODY[:7]})[HERE]
    ten.night({HERE: EVERYBODY})
    assert refusal_of(ten, held.run_no).params["reason"] == "a newer sync run took its place"
    assert refusal_of(ten, fine.run_no).params["reason"] == "nothing holds it"  # nothing ever did, whatever ran since
    empty = ten.night({HERE: []})[HERE]
    assert refusal_of(ten, empty.run_no).params["reason"] == "an empty snapshot can't be released"


def test_a_review_is_approved_and_not_released(platform: Platform) -> None:
    platform.connect(HERE, settings=Settings(review=Review.FIRST))
    waiting = platform.night({HERE: EVERYBODY})[HERE]
    assert refusal_of(platform, waiting.run_no).params["reason"] == "it waits for a review: approve its plan"


def test_other_settings_make_another_plan(platform: Platform) -> None:
    platform.connect(HERE)
    platform.night({HERE: EVERYBODY})
    platform.release(platform.night({HERE: EVERYBODY[:7]})[HERE])
    settings = replace(Settings(review=Review.NEVER), limits=Limits(new_floor=Decimal(5)))
    platform.change_settings(HERE, settings)
    assert platform.night({HERE: EVERYBODY[:7]})[HERE].verdict.code is Code.HELD_MISSING


def test_a_release_lets_through_what_was_told_and_no_row_that_was_not(ten: Platform) -> None:
    """Three are missing and the others' pay is twelve times as much: both are told, and each gross still waits for a word of its own."""
    twelvefold = [{**one, "gross_amount": Decimal("36000.00")} for one in EVERYBODY[:7]]
    held = ten.night({HERE: twelvefold})[HERE]
    assert held.verdict.code is Code.HELD_MISSING
    assert str(held.detail["also"]).split(", ") == ["HELD_PAY_FACTOR", "HELD_PAY_CHANGED"]
    ten.release(held)
    run = ten.night({HERE: twelvefold})[HERE]
    assert set(ten.outcomes(run).values()) == {("held", "HELD_GROSS")}
    assert ten.pay_of(HERE, "Ana")["gross_amount"] == Decimal("3000.00")


def test_a_release_that_let_nothing_through_is_not_used_up(ten: Platform) -> None:
    raised = [{**EVERYBODY[0], "gross_amount": Decimal("9000.00")}, *EVERYBODY[1:]]
    ten.release(ten.night({HERE: raised})[HERE])
    ten.clock -= timedelta(hours=23)
    other = ten.night({HERE: [{**EVERYBODY[0], "gross_amount": Decimal("9100.00")}, *EVERYBODY[1:]]})[HERE]
    assert ten.outcomes(other)["Ana"] == ("held", "HELD_GROSS")
    ten.clock -= timedelta(hours=23)
    assert ten.outcomes(ten.night({HERE: raised})[HERE])["Ana"] == ("updated", None)
