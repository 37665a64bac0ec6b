"""The guards of §6 on real plans: exactly at the limit passes, one more holds, and a held run writes nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.reports import outcomes
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits, Review, Settings
from hr_pipeline.domain.outcomes import Status, Trigger
from hr_pipeline_tests.gallery import Company, Gallery, Night, Story
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import CLEARABLE, EVERYTHING, FIRST_NIGHT, Platform

AS_USUAL = Settings(review=Review.NEVER)
ANY_PAY = replace(AS_USUAL, limits=Limits(pay_changed_pct=Decimal(100), gross_pct=Decimal(100_000)))


def staff(size: int, **values: Any) -> list[dict[str, Any]]:
    return [person(f"w{i:03d}", **values) for i in range(size)]


def without(people: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    return people[n:]


def joined_by(people: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    return people + [person(f"new{i:03d}", "Omar", f"Haddad {i}") for i in range(n)]


def with_raises(people: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    return [{**one, "gross_amount": Decimal("3100.00")} for one in people[:n]] + people[n:]


def times(factor: str) -> Callable[[list[dict[str, Any]], int], list[dict[str, Any]]]:
    return lambda people, n: [{**one, "gross_amount": Decimal(factor)} for one in people[:n]] + people[n:]


def without_phone(people: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    return [{**one, "phone": None} for one in people[:n]] + people[n:]


def without_email(people: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    return [{**one, "email": None, "reject_code": "EMAIL_MISSING", "reject_field": "email"} for one in people[:n]] + people[n:]


def invalid(people: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    return [{**one, "reject_code": "FIELD_INVALID", "reject_field": "birth_date"} for one in people[:n]] + people[n:]


@dataclass(frozen=True)
class Boundary:
    """`passes` of these pass, one more holds with `code` about `detail`."""

    people: list[dict[str, Any]]
    change: Callable[[list[dict[str, Any]], int], list[dict[str, Any]]]
    passes: int
    code: Code
    detail: str | None = None
    company: Company = Company(settings=AS_USUAL)


LOOSE_REJECTIONS = Company(settings=replace(AS_USUAL, limits=Limits(rejected_pct=Decimal(100))))

BOUNDARIES: dict[str, Boundary] = {
    "missing, on the floor": Boundary(staff(7), without, 2, Code.HELD_MISSING),
    "missing, on the share": Boundary(staff(20), without, 4, Code.HELD_MISSING),
    "missing, on a broken share": Boundary(staff(14), without, 2, Code.HELD_MISSING),
    "new, on the floor": Boundary(staff(8), joined_by, 10, Code.HELD_NEW),
    "new, on the share": Boundary(staff(30), joined_by, 15, Code.HELD_NEW),
    "pay changed, on the floor": Boundary(staff(5), with_raises, 3, Code.HELD_PAY_CHANGED),
    "pay changed, on the share": Boundary(staff(20), with_raises, 5, Code.HELD_PAY_CHANGED),
    "pay of a year as a month's": Boundary(staff(9), times("36000.00"), 4, Code.HELD_PAY_FACTOR, "times_12", Company(settings=ANY_PAY)),
    "pay in cents": Boundary(staff(9), times("300000.00"), 4, Code.HELD_PAY_FACTOR, "times_100", Company(settings=ANY_PAY)),
    "pay of a month as a year's": Boundary(staff(9), times("250.00"), 4, Code.HELD_PAY_FACTOR, "divided_by_12", Company(settings=ANY_PAY)),
    "pay in hundreds": Boundary(staff(9), times("30.00"), 4, Code.HELD_PAY_FACTOR, "divided_by_100", Company(settings=ANY_PAY)),
    "phones withdrawn": Boundary(
        staff(10, phone="+3225550100"), without_phone, 5, Code.HELD_COLUMN_EMPTIED, "phone", Company(settings=AS_USUAL, mapping=CLEARABLE)
    ),
    "phones withdrawn that nobody may clear": Boundary(
        staff(10, phone="+3225550100"), without_phone, 5, Code.HELD_COLUMN_EMPTIED, "phone", Company(settings=AS_USUAL, mapping=EVERYTHING)
    ),
    "e-mails withdrawn": Boundary(staff(10), without_email, 5, Code.HELD_COLUMN_EMPTIED, "email", LOOSE_REJECTIONS),
    "rejected": Boundary(staff(10), invalid, 4, Code.HELD_REJECTED),
}


def story(boundary: Boundary, n: int) -> Story:
    return Story([Night(boundary.people), Night(boundary.change(boundary.people, n))], {}, {"a": boundary.company})


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    passing = {f"{title}: passes": story(boundary, boundary.passes) for title, boundary in BOUNDARIES.items()}
    holding = {f"{title}: holds": story(boundary, boundary.passes + 1) for title, boundary in BOUNDARIES.items()}
    return Gallery(Platform(tmp_path_factory.mktemp("gallery")), passing | holding)


@pytest.mark.parametrize("title", BOUNDARIES)
def test_exactly_at_the_limit_a_run_passes(gallery: Gallery, title: str) -> None:
    run = gallery.told[f"{title}: passes"].runs["a"]
    assert run.applied
    assert run.verdict.code is None


@pytest.mark.parametrize("title", BOUNDARIES)
def test_one_more_holds_the_run_and_says_what_was_seen_and_where_the_limit_is(gallery: Gallery, title: str) -> None:
    boundary, told = BOUNDARIES[title], gallery.told[f"{title}: holds"]
    run = told.runs["a"]
    least = boundary.passes + (1 if boundary.code is Code.HELD_PAY_FACTOR else 0)
    about = {} if boundary.detail is None else {"factor" if boundary.code is Code.HELD_PAY_FACTOR else "field": boundary.detail}
    assert (run.verdict.status, run.verdict.code, run.applied) == (Status.ERROR, boundary.code, False)
    assert {key: value for key, value in run.detail.items() if key != "also"} == {
        "observed": str(boundary.passes + 1),
        "limit": str(least),
        **about,
    }
    assert {outcome for outcome in told.outcomes.values() if outcome.startswith("held")} == {f"held {boundary.code}"}
    assert (run.counts.ok, run.counts.conserved) == (0, True)
    assert run.counts.source == len(told.outcomes) == len(boundary.change(boundary.people, boundary.passes + 1))


def counted(platform: Platform, run: SyncRun) -> dict[str, list[str]]:
    """Whom `outcomes RUN --only counted` lists, with the guards that counted them."""
    with platform.store.opened() as database:
        return {row["external_id"]: row["guards"] for row in outcomes(database, run.run_no, "counted")}


@pytest.mark.parametrize("title", BOUNDARIES)
def test_the_very_people_whom_a_guard_counted_are_listed_before_anybody_lets_them_through(gallery: Gallery, title: str) -> None:
    boundary, run = BOUNDARIES[title], gallery.told[f"{title}: holds"].runs["a"]
    before, after = (
        {one["external_id"]: one for one in people} for people in (boundary.people, boundary.change(boundary.people, boundary.passes + 1))
    )
    concerned = {external_id for external_id in before | after if before.get(external_id) != after.get(external_id)}
    assert len(concerned) == int(str(run.detail["observed"]))
    listed = counted(gallery.platform, run)
    assert {external_id for external_id, guards in listed.items() if boundary.code in guards} == concerned == set(listed)


@pytest.mark.parametrize("title", BOUNDARIES)
def test_nobody_is_listed_as_counted_where_no_guard_holds(gallery: Gallery, title: str) -> None:
    assert counted(gallery.platform, gallery.told[f"{title}: passes"].runs["a"]) == {}


def test_each_of_several_guards_says_whom_it_counted(platform: Platform) -> None:
    platform.connect("securex-a", settings=replace(AS_USUAL, limits=Limits(new_pct=Decimal(0), new_floor=Decimal(0))))
    platform.night({"securex-a": staff(10)})
    run = platform.night({"securex-a": joined_by(with_raises(without(staff(10), 3), 4), 1)})["securex-a"]
    listed = counted(platform, run)
    assert {external_id for external_id, guards in listed.items() if guards == ["HELD_MISSING"]} == {"w000", "w001", "w002"}
    assert {external_id for external_id, guards in listed.items() if guards == ["HELD_PAY_CHANGED"]} == {"w003", "w004", "w005", "w006"}
    assert listed["new000"] == ["HELD_NEW"]
    assert len(listed) == 8


def test_whom_somebody_accepted_as_missing_is_listed_as_missing_and_not_as_counted(platform: Platform) -> None:
    platform.connect("securex-a", settings=AS_USUAL)
    platform.night({"securex-a": staff(20)})
    platform.release(platform.night({"securex-a": without(staff(20), 5)})["securex-a"])
    assert platform.night({"securex-a": without(staff(20), 5)})["securex-a"].applied
    run = platform.night({"securex-a": without(staff(20), 10)})["securex-a"]
    assert (run.verdict.code, run.detail["observed"]) == (Code.HELD_MISSING, "5")
    assert list(counted(platform, run)) == [f"w{i:03d}" for i in range(5, 10)]
    with platform.store.opened() as database:
        assert [row["external_id"] for row in outcomes(database, run.run_no, "missing")] == [f"w{i:03d}" for i in range(10)]


@pytest.mark.parametrize("title", BOUNDARIES)
def test_a_held_run_holds_again_until_somebody_acts(gallery: Gallery, title: str) -> None:
    assert gallery.told[f"{title}: holds"].runs_again["a"].verdict.code is BOUNDARIES[title].code


def test_a_held_run_writes_no_data_but_its_report(platform: Platform) -> None:
    platform.connect("securex-a", settings=AS_USUAL)
    platform.night({"securex-a": staff(10)})
    before = platform.data()
    changed = joined_by(without([{**one, "last_name": "Maes", "email": f"x{one['email']}"} for one in staff(10)], 3), 2)
    run = platform.night({"securex-a": [*changed, person("bad", reject_code="FIELD_INVALID", reject_field="phone")]})["securex-a"]
    assert platform.data() == before
    assert (run.verdict.code, run.counts.held, run.counts.rejected, run.counts.source) == (Code.HELD_MISSING, 9, 1, 10)
    assert platform.value("SELECT count(*) FROM reporting.outcomes WHERE sync_run_id = ?", [run.sync_run_id]) == 10
    assert (run.pay["source"], run.pay["applied"], run.pay["rejected"]) == (10, 0, 10)


def test_a_held_run_keeps_the_plain_unchanged_too(platform: Platform) -> None:
    platform.connect("securex-a", settings=AS_USUAL)
    platform.night({"securex-a": staff(10)})
    run = platform.night({"securex-a": without(staff(10), 3)})["securex-a"]
    assert platform.outcomes(run) == {one["external_id"]: ("held", "HELD_MISSING") for one in staff(10)[3:]}


def test_conflicts_of_a_held_run_are_kept_for_whoever_decides(platform: Platform) -> None:
    platform.connect("securex-a", settings=AS_USUAL)
    platform.night({"securex-a": staff(10)})
    twins = [person("t1", email="same@example.com"), person("t2", email="same@example.com")]
    platform.night({"securex-a": without(staff(10), 3) + twins})
    assert [row["external_id"] for row in platform.rows("SELECT external_id FROM reporting.conflicts WHERE state = 'open' ORDER BY 1")] == [
        "t1",
        "t2",
    ]


def test_limits_are_settings_of_the_connection(platform: Platform) -> None:
    platform.connect("securex-a", settings=replace(AS_USUAL, limits=Limits(missing_pct=Decimal(0), missing_floor=Decimal(0))))
    platform.connect("securex-b", settings=AS_USUAL)
    people = staff(10)
    others = [{**one, "email": f"b{one['email']}"} for one in people]
    platform.night({"securex-a": people, "securex-b": others})
    runs = platform.night({"securex-a": people[1:], "securex-b": others[1:]})
    assert (runs["securex-a"].verdict.code, runs["securex-b"].verdict.code) == (Code.HELD_MISSING, None)


def test_a_large_first_sync_is_not_a_hold(platform: Platform) -> None:
    platform.connect("securex-a", settings=AS_USUAL)
    assert platform.night({"securex-a": staff(60)})["securex-a"].counts.created == 60


def test_somebody_whose_last_day_has_passed_is_not_missing(platform: Platform) -> None:
    platform.connect("securex-a", settings=AS_USUAL)
    left = [{**one, "exit_date": FIRST_NIGHT} for one in staff(4)]
    platform.night({"securex-a": left + staff(10)[4:]})
    run = platform.night({"securex-a": staff(10)[4:]})["securex-a"]
    assert (run.applied, run.counts.missing) == (True, 0)


def test_somebody_excluded_is_not_missing_when_no_longer_listed(platform: Platform) -> None:
    platform.connect("securex-a", settings=AS_USUAL)
    platform.night({"securex-a": staff(10)})
    for one in staff(3):
        platform.leave_out("securex-a", one["external_id"])
    run = platform.night({"securex-a": staff(10)[3:]})["securex-a"]
    assert (run.applied, run.counts.missing) == (True, 0)
    assert platform.outcomes(run) == {one["external_id"]: ("unchanged", None) for one in staff(10)[3:]}


def test_two_rows_of_one_external_id_are_one_link_to_the_guards(platform: Platform) -> None:
    platform.connect("securex-a", settings=replace(AS_USUAL, limits=Limits(missing_floor=Decimal(0), missing_pct=Decimal(10))))
    platform.night({"securex-a": staff(19)})
    twice = [{**staff(1)[0], "email": f"other{i}@example.com"} for i in range(6)]  # counted one by one, 2 of 24 missing would pass
    run = platform.night({"securex-a": twice + staff(19)[3:]})["securex-a"]
    assert (run.verdict.code, run.detail) == (Code.HELD_MISSING, {"observed": "2", "limit": "1"})


@pytest.mark.parametrize(
    ("review", "first", "second"),
    [(Review.FIRST, Code.HELD_REVIEW, None), (Review.ALWAYS, Code.HELD_REVIEW, Code.HELD_REVIEW), (Review.NEVER, None, None)],
)
def test_a_review_stops_the_first_every_or_no_sync(platform: Platform, review: Review, first: Code | None, second: Code | None) -> None:
    platform.connect("securex-a", settings=Settings(review=review))
    people = {"securex-a": staff(3)}
    run = platform.night(people)["securex-a"]
    assert (run.verdict.code, run.counts.held, platform.value("SELECT count(*) FROM account")) == ((first, 3, 0) if first else (None, 0, 3))
    if first:
        approval = platform.night(people, trigger=Trigger.APPROVAL, approved={"securex-a": run.plan_id or ""})["securex-a"]
        assert (approval.verdict.status, approval.counts.created) == (Status.SUCCESS, 3)
    raised = {"securex-a": [{**one, "language": "nl"} for one in staff(3)]}
    assert platform.night(raised)["securex-a"].verdict.code == second


def test_a_review_stays_due_while_nobody_approves(platform: Platform) -> None:
    platform.connect("securex-a", settings=Settings(review=Review.FIRST))
    codes = [platform.night({"securex-a": staff(3)})["securex-a"].verdict.code for _ in range(3)]
    assert codes == [Code.HELD_REVIEW] * 3


def test_guards_are_told_before_a_review(platform: Platform) -> None:
    platform.connect("securex-a", settings=Settings(review=Review.ALWAYS))
    run = platform.night({"securex-a": invalid(staff(10), 5)})["securex-a"]
    assert run.verdict.code is Code.HELD_REJECTED


def test_an_older_snapshot_concludes_nothing_about_who_is_missing(platform: Platform) -> None:
    platform.connect("securex-a", settings=AS_USUAL)
    platform.night({"securex-a": staff(10)}, on=FIRST_NIGHT)
    run = platform.night({"securex-a": staff(2)}, on=FIRST_NIGHT - timedelta(days=1), trigger=Trigger.BACKFILL)["securex-a"]
    assert (run.applied, run.counts.missing, run.counts.unchanged) == (True, 0, 2)
