"""Missing is never left: rungs, what each is enough for, the connection's rule, a person's word, and coming back."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from hr_pipeline.adapters.store.absences import (
    close_missing_person,
    due_for_look_up,
    listed_people,
    missing_people,
    record_sightings,
    reopen_missing_person,
)
from hr_pipeline.adapters.store.reports import outcomes
from hr_pipeline.domain.absences import Found, Rung, Sighting
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import CloseMissing, Relation, Review, Settings
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Policy
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import EVERYTHING, FIRST_NIGHT, Platform

A = "securex-a"
SETTINGS = Settings(review=Review.NEVER)
STAFF = [person(f"w{i}") for i in range(8)]
WITHOUT = STAFF[1:]  # w0 is no longer listed


def day(night: int) -> date:
    """The date of a night, from 1."""
    return FIRST_NIGHT + timedelta(days=night - 1)


def connected(platform: Platform, close_missing: CloseMissing = CloseMissing.NEVER, missing_runs: int = 3, **more: Any) -> None:
    platform.connect(A, settings=replace(SETTINGS, close_missing=close_missing, missing_runs=missing_runs), **more)


def nights(platform: Platform, *listed: list[dict[str, Any]]) -> list[Any]:
    """Nights one after the other; their runs."""
    return [platform.night({A: people})[A] for people in listed]


def told(platform: Platform, *, today: date | None = None, closed: bool = False) -> list[dict[str, Any]]:
    with platform.store.opened() as database:
        return missing_people(database, today or platform.clock.date(), A, closed=closed)


def seen(platform: Platform, found: Found, last_day: date | None = None) -> None:
    """The provider, asked for w0 alone, answers this."""
    with platform.store.opened() as database:
        record_sightings(database, 1, {"w0": Sighting(found, last_day)}, platform.clock)


def closed_by_hr(platform: Platform, on: date, external_id: str = "w0", connection_id: str = A) -> str:
    with platform.store.opened() as database:
        return close_missing_person(
            database, connection_id, external_id, on=on, owner="HR", reason="left", now=platform.clock, today=platform.clock.date()
        )


def reopened_by_hr(platform: Platform) -> str:
    with platform.store.opened() as database:
        return reopen_missing_person(database, A, "w0", owner="HR", reason="on leave", now=platform.clock, today=platform.clock.date())


def exit_date(platform: Platform) -> date | None:
    found: date | None = platform.account_of(A, "w0")["exit_date"]
    return found


def test_one_night_says_absent_once_and_enough_nights_ask_for_attention(platform: Platform) -> None:
    connected(platform)
    nights(platform, STAFF)
    said = []
    for _ in range(3):
        nights(platform, WITHOUT)
        (one,) = told(platform)
        said.append((one["times"], one["rung"], one["needs_attention"], one["since"], one["last_listed"]))
    assert said == [
        (1, Rung.ONCE, False, day(2), day(1)),
        (2, Rung.ONCE, False, day(2), day(1)),
        (3, Rung.REPEATED, True, day(2), day(1)),
    ]
    assert exit_date(platform) is None


def test_several_syncs_of_one_day_count_once_whoever_is_asked(platform: Platform) -> None:
    connected(platform)
    nights(platform, STAFF, WITHOUT)
    for times in (1, 1, 2, 3):
        run = platform.night({A: WITHOUT}, on=day(1 + times), trigger=Trigger.MANUAL)[A]
        (one,) = told(platform)
        with platform.store.opened() as database:
            (row,) = outcomes(database, run.run_no, "missing")
        assert (one["times"], row["runs"]) == (times, times)
        assert row["code"] == ("STILL_MISSING" if one["needs_attention"] else None) == ("STILL_MISSING" if times == 3 else None)


def test_who_is_looked_up_and_gone_asks_for_somebody_in_the_newest_run_too_and_not_in_those_before(platform: Platform) -> None:
    connected(platform)
    nights(platform, STAFF, WITHOUT, WITHOUT)
    seen(platform, Found.GONE)
    (one,) = told(platform)
    with platform.store.opened() as database:
        codes = [outcomes(database, run_no, "missing")[0]["code"] for run_no in (2, 3)]
    assert one["needs_attention"]
    assert codes == [None, "STILL_MISSING"]


def test_who_is_listed_again_is_no_longer_missing_and_starts_anew_the_next_time(platform: Platform) -> None:
    connected(platform)
    nights(platform, STAFF, WITHOUT, WITHOUT, STAFF)
    assert told(platform) == []
    nights(platform, WITHOUT)
    assert [(one["times"], one["since"]) for one in told(platform)] == [(1, day(5))]


def test_runs_that_prove_nothing_do_not_count(platform: Platform) -> None:
    connected(platform)
    nights(platform, STAFF, WITHOUT)
    nights(platform, [])  # empty: nothing is concluded
    nights(platform, STAFF[6:])  # six of eight gone: held
    platform.night({A: WITHOUT}, on=day(1))  # an older day
    assert [one["times"] for one in told(platform)] == [1]


@pytest.mark.parametrize("rule", CloseMissing)
def test_without_a_rule_nobody_is_closed_however_long_they_are_missing(platform: Platform, rule: CloseMissing) -> None:
    connected(platform, rule)
    nights(platform, STAFF, *[WITHOUT] * 5)
    assert (exit_date(platform) is not None) == (rule is CloseMissing.ABSENT)


def test_the_rule_absent_closes_at_the_kth_snapshot_with_the_last_day_they_were_listed(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT)
    dates = []
    for run_people in (STAFF, STAFF, WITHOUT, WITHOUT, WITHOUT):
        (run,) = nights(platform, run_people)
        dates.append(exit_date(platform))
    assert dates == [None, None, None, None, day(2)]
    (change,) = platform.rows("SELECT * FROM reporting.field_changes WHERE field = 'exit_date' AND new_value IS NOT NULL")
    assert (change["sync_run_id"], change["new_value"]) == (run.sync_run_id, day(2).isoformat())
    (one,) = told(platform, closed=True)
    assert (one["state"], one["closed_by"], one["closed_run_id"], one["closed_on"]) == (
        "closed",
        "close_missing=absent",
        run.sync_run_id,
        day(2),
    )
    assert told(platform) == []
    (row,) = listed_in(platform, run, "missing")
    assert (row["external_id"], row["code"]) == ("w0", "CLOSED_MISSING")
    assert run.counts.missing == 1
    (after,) = nights(platform, WITHOUT)
    assert after.counts.missing == 0


def listed_in(platform: Platform, run: Any, only: str) -> list[dict[str, Any]]:
    with platform.store.opened() as database:
        return outcomes(database, run.run_no, only)


def test_the_rule_closes_only_its_own_connection(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 1)
    platform.connect("securex-b", settings=SETTINGS)
    others = [person(f"b{i}") for i in range(8)]
    platform.night({A: STAFF, "securex-b": others})
    platform.night({A: WITHOUT, "securex-b": others[1:]})
    assert exit_date(platform) == day(1)
    assert platform.account_of("securex-b", "b0")["exit_date"] is None


def test_the_rule_looked_up_waits_for_the_provider_s_own_word(platform: Platform) -> None:
    connected(platform, CloseMissing.LOOKED_UP, 2)
    nights(platform, STAFF, WITHOUT, WITHOUT, WITHOUT)
    for found in (Found.UNKNOWN, Found.THERE):
        seen(platform, found)
        nights(platform, WITHOUT)
        assert exit_date(platform) is None
    seen(platform, Found.GONE)
    assert [one["rung"] for one in told(platform)] == [Rung.GONE]
    nights(platform, WITHOUT)
    assert exit_date(platform) == day(1)


def test_one_strange_night_closes_nobody_though_the_provider_knows_nobody(platform: Platform) -> None:
    connected(platform, CloseMissing.LOOKED_UP, 2)
    nights(platform, STAFF, WITHOUT)
    seen(platform, Found.GONE)
    assert exit_date(platform) is None
    nights(platform, WITHOUT)
    assert exit_date(platform) == day(1)


@pytest.mark.parametrize("rule", [CloseMissing.LOOKED_UP, CloseMissing.ABSENT])
def test_a_last_day_that_the_provider_gives_is_the_exit_date(platform: Platform, rule: CloseMissing) -> None:
    connected(platform, rule, 2)
    nights(platform, STAFF, WITHOUT)
    seen(platform, Found.ENDED, date(2026, 2, 28))
    assert [one["rung"] for one in told(platform)] == [Rung.ENDED]
    nights(platform, WITHOUT)
    assert exit_date(platform) == date(2026, 2, 28)


def test_nobody_whom_the_provider_still_knows_is_closed_by_a_rule(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 2)
    nights(platform, STAFF, WITHOUT)
    seen(platform, Found.THERE)
    nights(platform, WITHOUT, WITHOUT)
    assert exit_date(platform) is None


def test_who_would_leave_before_they_started_is_left_to_a_person(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 1)
    nights(platform, [{**STAFF[0], "start_date": date(2026, 6, 1)}, *WITHOUT], WITHOUT, WITHOUT)
    assert exit_date(platform) is None


def test_a_known_exit_date_is_the_rung_ended_and_closes_on_its_own_day(platform: Platform) -> None:
    connected(platform)
    nights(platform, [{**STAFF[0], "exit_date": day(4)}, *WITHOUT], WITHOUT)
    assert [(one["rung"], one["last_day"]) for one in told(platform)] == [(Rung.ENDED, day(4))]
    (third, fourth, fifth) = nights(platform, WITHOUT, WITHOUT, WITHOUT)
    assert (third.counts.missing, fourth.counts.missing, fifth.counts.missing) == (1, 1, 0)
    assert told(platform) == []


@pytest.mark.parametrize(
    "mapping",
    [
        EVERYTHING,
        FieldMapping({**EVERYTHING.rules, "exit_date": FieldRule(("exit_date",), may_clear=True)}),
        FieldMapping({**EVERYTHING.rules, "exit_date": FieldRule(("exit_date",), policy=Policy.FIRST_SYNC)}),
        FieldMapping({name: rule for name, rule in EVERYTHING.rules.items() if name != "exit_date"}),
    ],
    ids=["always", "may clear", "first sync", "not mapped"],
)
@pytest.mark.parametrize("by", ["rule", "person"])
def test_who_is_listed_again_is_open_again_and_that_is_told(platform: Platform, mapping: FieldMapping, by: str) -> None:
    connected(platform, CloseMissing.ABSENT if by == "rule" else CloseMissing.NEVER, 1, mapping=mapping)
    nights(platform, STAFF, WITHOUT)
    if by == "person":
        closed_by_hr(platform, day(1))
    assert exit_date(platform) == day(1)
    nights(platform, WITHOUT)
    (run,) = nights(platform, STAFF)
    assert exit_date(platform) is None
    assert platform.outcomes(run)["w0"] == ("updated", "REOPENED")
    assert told(platform, closed=True) == []
    (again,) = nights(platform, STAFF)
    assert platform.outcomes(again)["w0"] == ("unchanged", None)


def test_the_provider_s_own_exit_date_counts_when_it_lists_them_again(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 1)
    nights(platform, STAFF, WITHOUT, [{**STAFF[0], "exit_date": day(40)}, *WITHOUT])
    assert exit_date(platform) == day(40)


def test_a_person_closes_at_any_rung_and_who_and_why_are_kept(platform: Platform) -> None:
    connected(platform)
    nights(platform, STAFF, WITHOUT)
    assert closed_by_hr(platform, date(2026, 3, 1)) == platform.account_of(A, "w0")["account_id"]
    assert exit_date(platform) == date(2026, 3, 1)
    (one,) = told(platform, closed=True)
    assert {key: one[key] for key in ("rung", "closed_by", "closed_reason", "closed_run_id", "state")} == {
        "rung": Rung.SAID,
        "closed_by": "HR",
        "closed_reason": "left",
        "closed_run_id": None,
        "state": "closed",
    }
    (run,) = nights(platform, WITHOUT)
    assert run.counts.missing == 0


def test_a_last_day_still_to_come_waits_for_its_day(platform: Platform) -> None:
    connected(platform)
    nights(platform, STAFF, WITHOUT)
    closed_by_hr(platform, day(4))
    assert [one["state"] for one in told(platform)] == ["closing"]
    assert [run.counts.missing for run in nights(platform, WITHOUT, WITHOUT, WITHOUT)] == [1, 1, 0]


def test_a_closing_can_be_taken_back_and_no_rule_does_it_again(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 1)
    nights(platform, STAFF, WITHOUT)
    assert exit_date(platform) == day(1)
    reopened_by_hr(platform)
    assert exit_date(platform) is None
    nights(platform, WITHOUT, WITHOUT)
    assert exit_date(platform) is None
    (one,) = told(platform)
    assert (one["state"], one["reopened_by"], one["times"]) == ("open", "HR", 3)


@pytest.mark.parametrize(
    ("external_id", "on", "code", "reason"),
    [
        ("nobody", day(1), Code.UNKNOWN_EMPLOYEE, None),
        ("w1", day(1), Code.NOT_MISSING, "the newest list that was applied has them"),
        ("b0", day(1), Code.UNKNOWN_EMPLOYEE, None),
        ("w0", date(2023, 12, 31), Code.INVALID_DATE, None),
        ("w0", date(2031, 1, 1), Code.INVALID_DATE, None),
        ("left", day(1), Code.NOT_MISSING, "the account is closed already"),
        ("out", day(1), Code.NOT_MISSING, "they are left out and frozen"),
    ],
)
def test_who_cannot_be_closed_is_refused_with_the_reason_and_nothing_changes(
    platform: Platform, external_id: str, on: date, code: Code, reason: str | None
) -> None:
    connected(platform)
    platform.connect("securex-b", settings=SETTINGS)
    others = [person(f"b{i}") for i in range(8)]
    platform.night({A: [*STAFF, person("left", exit_date=day(1)), person("out")], "securex-b": others})
    platform.leave_out(A, "out")
    for _ in range(2):
        platform.night({A: WITHOUT, "securex-b": others[1:]})
    before = platform.data()
    with pytest.raises(Refusal) as refused:
        closed_by_hr(platform, on, external_id)
    assert (refused.value.code, refused.value.params.get("reason")) == (code, reason)
    assert platform.data() == before


def test_who_is_closed_already_is_not_closed_twice_and_who_is_open_not_re_opened(platform: Platform) -> None:
    connected(platform)
    nights(platform, STAFF, WITHOUT)
    with pytest.raises(Refusal) as open_already:
        reopened_by_hr(platform)
    closed_by_hr(platform, day(1))
    with pytest.raises(Refusal) as twice:
        closed_by_hr(platform, day(1))
    assert [open_already.value.code, twice.value.code] == [Code.NOT_MISSING] * 2
    assert twice.value.params["reason"] == "the account is closed already"


def test_an_excluded_person_is_not_missing_and_the_nights_left_out_do_not_count(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 2)
    nights(platform, STAFF)
    platform.leave_out(A, "w0")
    runs = nights(platform, *[WITHOUT] * 4)
    assert [run.counts.missing for run in runs] == [0] * 4
    assert (exit_date(platform), told(platform), listed_in(platform, runs[-1], "missing")) == (None, [], [])
    platform.take_in(A, "w0")
    (back,) = nights(platform, WITHOUT)
    assert (back.counts.missing, exit_date(platform), [one["times"] for one in told(platform)]) == (1, None, [1])
    nights(platform, WITHOUT)
    assert exit_date(platform) == day(1)


def test_excluding_somebody_missing_freezes_the_count_at_once(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 3)
    nights(platform, STAFF, WITHOUT, WITHOUT)
    platform.leave_out(A, "w0")
    assert told(platform) == []
    nights(platform, WITHOUT, WITHOUT)
    assert exit_date(platform) is None


def test_somebody_out_of_scope_who_is_no_longer_listed_is_neither_missing_nor_closed(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 1)
    director = {**STAFF[0], "relation": Relation.ADMINISTRATOR, "in_scope": False}
    runs = nights(platform, STAFF, [director, *WITHOUT], WITHOUT, WITHOUT)
    assert platform.outcomes(runs[1])["w0"] == ("out_of_scope", "OUT_OF_SCOPE")
    assert [run.counts.missing for run in runs] == [0] * 4
    assert (exit_date(platform), told(platform)) == (None, [])


def test_who_is_asked_for_alone_are_those_the_rule_could_close_and_the_rest_next_time(platform: Platform) -> None:
    connected(platform)
    many = [person(f"m{i:02}") for i in range(40)]
    nights(platform, many, many[2:], many[3:])
    with platform.store.opened() as database:
        assert listed_people(database, 1) == ("m03", "m04", "m05")
        assert due_for_look_up(database, 1, from_times=2, most=9, again=False) == ["m00", "m01"]
        assert due_for_look_up(database, 1, from_times=0, most=9, again=False) == ["m00", "m01", "m02"]
        assert due_for_look_up(database, 1, from_times=0, most=2, again=False) == ["m00", "m01"]
        record_sightings(database, 1, {"m00": Sighting(Found.GONE), "m01": Sighting(Found.UNKNOWN)}, platform.clock)
        assert due_for_look_up(database, 1, from_times=0, most=9, again=False) == ["m02", "m01"]
        assert due_for_look_up(database, 1, from_times=0, most=9, again=True) == ["m02", "m00", "m01"]


def test_a_relaunch_closes_nobody_twice_and_changes_nothing(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 1)
    nights(platform, STAFF, WITHOUT, WITHOUT)
    before = platform.data()
    nights(platform, WITHOUT)
    assert platform.data() == before


def test_the_same_name_as_somebody_closed_as_missing_is_a_rehire(platform: Platform) -> None:
    connected(platform, CloseMissing.ABSENT, 1)
    nights(platform, STAFF, WITHOUT)
    (run,) = nights(platform, [*WITHOUT, {**STAFF[0], "external_id": "new"}])
    assert platform.outcomes(run)["new"] == ("conflict", "REHIRE")


def test_what_is_foretold_of_the_next_night_is_what_happens_in_it(platform: Platform) -> None:
    answers = (None, *Found)
    cases = {f"securex-{rule}-{found}".lower(): (rule, found) for rule in CloseMissing for found in answers}
    for connection_id, (rule, _) in cases.items():
        platform.connect(connection_id.replace("_", "-"), settings=replace(SETTINGS, close_missing=rule, missing_runs=3))
    ids = [connection_id.replace("_", "-") for connection_id in cases]
    staff = {one: [{**p, "external_id": f"{p['external_id']}", "email": f"{i}-{p['email']}"} for p in STAFF] for i, one in enumerate(ids)}
    platform.night(staff)
    foretold: set[str] = set()
    for nth in range(1, 4):
        platform.night({one: people[1:] for one, people in staff.items()})
        with platform.store.opened() as database:
            if nth == 1:
                for number, (_, found) in enumerate(cases.values(), start=1):
                    if found is not None:
                        last_day = day(1) if found is Found.ENDED else None
                        record_sightings(database, number, {"w0": Sighting(found, last_day)}, platform.clock)
            people = missing_people(database, platform.clock.date(), closed=True)
        closed = {one["connection_id"] for one in people if one["state"] == "closed"}
        if nth == 3:
            assert closed == foretold
        else:
            assert closed == set()
            foretold = {one["connection_id"] for one in people if one["closes_next"]}
            assert (foretold == set()) == (nth == 1)
    assert foretold == {
        *(f"securex-looked-up-{found}" for found in ("gone", "ended")),
        *(f"securex-absent-{found}" for found in ("none", "gone", "ended", "unknown")),
    }
