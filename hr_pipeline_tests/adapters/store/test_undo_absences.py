"""Undo where somebody was missing, or closed as missing: they are it again, and come back when they are listed; and who closes them when."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hr_pipeline.adapters.store.absences import missing_people
from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.health import miscounted_runs
from hr_pipeline.domain.connections import CloseMissing, Limits
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.outcomes import Status
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A, B = "securex-a", "payfit-b"
CLOSING = replace(SETTINGS, close_missing=CloseMissing.ABSENT, missing_runs=2, limits=Limits(missing_floor=Decimal(50)))
ANA = person("ana", "Ana")
OLD = person("old", "Elke", "Janssens", email="elke@example.com", birth_date=date(1989, 9, 9))


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """Two companies of one group; at the first one Elke was closed as missing, by rule, with the day of the first night."""
    platform.connect(A, settings=CLOSING, group="Holding")
    platform.connect(B, settings=CLOSING, group="Holding")
    platform.night({A: [ANA, OLD], B: []})
    for _ in range(2):
        platform.night({A: [ANA], B: []})
    assert platform.account_of(A, "old")["exit_date"] == FIRST_NIGHT
    return platform


def hired_again(platform: Platform, connection_id: str) -> SyncRun:
    """Elke gets a new id (by a rehire at A, by a transfer at B), as a person decides; the run that ties her to it."""
    new = {**OLD, "external_id": "new", "start_date": FIRST_NIGHT + timedelta(days=2), "employee_number": "77"}
    listed = {A: [ANA, new]} if connection_id == A else {A: [ANA], B: [new]}
    platform.night(listed)
    platform.resolve(connection_id, "new", Choice.LINK if connection_id == A else Choice.TRANSFER, "elke@example.com")
    run = platform.night(listed)[connection_id]
    assert platform.outcomes(run)["new"][0] == ("linked" if connection_id == A else "transferred")
    assert platform.account_of(connection_id, "new")["exit_date"] is None
    return run


def conserved(platform: Platform) -> bool:
    with platform.store.opened() as database:
        return not miscounted_runs(database, [row["run_no"] for row in database.rows("SELECT run_no FROM sync_run")])


def told(platform: Platform) -> list[dict[str, Any]]:
    with platform.store.opened() as database:
        return missing_people(database, platform.clock.date(), A, closed=True)


@pytest.mark.parametrize("connection_id", [A, B])
@pytest.mark.parametrize("nights_between", [0, 2])
def test_who_was_closed_as_missing_before_a_rehire_or_a_transfer_is_so_again_and_opens_once_listed(
    platform: Platform, connection_id: str, nights_between: int
) -> None:
    run = hired_again(platform, connection_id)
    new = {**OLD, "external_id": "new", "start_date": FIRST_NIGHT + timedelta(days=2), "employee_number": "77"}
    for _ in range(nights_between):
        platform.night({A: [ANA, new]} if connection_id == A else {A: [ANA], B: [new]})

    assert platform.undo(run).status is Status.SUCCESS

    assert platform.account_of(A, "old")["exit_date"] == FIRST_NIGHT
    [one] = told(platform)
    assert (one["external_id"], one["state"], one["closed_on"]) == ("old", "closed", FIRST_NIGHT)
    assert one["last_listed"] == FIRST_NIGHT
    assert conserved(platform)
    back = platform.night({A: [ANA, OLD]})[A]
    assert platform.outcomes(back)["old"] == ("updated", "REOPENED")
    assert platform.account_of(A, "old")["exit_date"] is None
    assert told(platform) == []
    assert conserved(platform)


@pytest.mark.parametrize("connection_id", [A, B])
def test_an_undo_of_a_rehire_or_a_transfer_leads_back_to_where_one_started_absences_included(
    platform: Platform, connection_id: str
) -> None:
    new = {**OLD, "external_id": "new", "start_date": FIRST_NIGHT + timedelta(days=2)}
    listed = {A: [ANA, new]} if connection_id == A else {A: [ANA], B: [new]}
    platform.night(listed)
    platform.resolve(connection_id, "new", Choice.LINK if connection_id == A else Choice.TRANSFER, "elke@example.com")
    before = platform.standing()
    run = platform.night(listed)[connection_id]
    assert platform.standing() != before
    platform.undo(run)
    assert platform.standing() == before
    assert conserved(platform)


def test_the_closing_date_is_the_last_day_they_were_listed_whatever_was_undone_since(platform: Platform) -> None:
    bob = person("bob", "Bob")
    platform.night({A: [ANA, bob]})
    listed_on = FIRST_NIGHT + timedelta(days=3)
    platform.night({A: [ANA]})
    back = platform.night({A: [ANA, bob]})[A]  # a wrong file
    platform.undo(back)
    for _ in range(2):
        platform.night({A: [ANA]})
    assert platform.account_of(A, "bob")["exit_date"] == listed_on
    assert {one["external_id"]: one["last_listed"] for one in told(platform)} == {"old": FIRST_NIGHT, "bob": listed_on}
    assert conserved(platform)


def test_an_absence_that_an_undo_brought_back_goes_with_the_run_that_opened_it(platform: Platform) -> None:
    bob, elke = person("bob", "Bob"), {**OLD, "external_id": "new", "start_date": FIRST_NIGHT + timedelta(days=2)}
    platform.night({A: [ANA, bob], B: [elke]})
    platform.resolve(B, "new", Choice.TRANSFER, "elke@example.com")
    before = platform.standing()
    runs = [platform.night({A: [ANA], B: [elke]})[A]]  # Bob is missing for the first time
    between = platform.standing()
    runs.append(platform.night({A: [ANA, bob], B: [elke]})[A])
    platform.undo(runs[1])
    assert platform.standing() == between
    platform.undo("r" + str(runs[0].run_no + 1))  # the transfer of the same night, whose own absence is older
    platform.undo(runs[0])
    assert platform.standing() == before
    assert conserved(platform)


def test_who_was_missing_when_a_transfer_came_is_so_again_from_the_next_run_since_an_undo_concludes_nothing(platform: Platform) -> None:
    bob = person("bob", "Bob", "Maes", email="bob@example.com", birth_date=date(1990, 1, 1))
    new = {**bob, "external_id": "new", "start_date": FIRST_NIGHT + timedelta(days=4), "employee_number": "78"}
    platform.night({A: [ANA, bob], B: []})
    assert platform.night({A: [ANA], B: [new]})[A].counts.missing == 1
    platform.resolve(B, "new", Choice.TRANSFER, "bob@example.com")
    night = platform.night({A: [ANA], B: [new]})
    assert night[A].counts.missing == 0  # the same night took him for somebody of B's
    platform.undo(night[B])
    assert [one["external_id"] for one in told(platform)] == ["old"]
    run = platform.night({A: [ANA], B: []})[A]
    (one,) = [one for one in told(platform) if one["external_id"] == "bob"]
    assert (run.counts.missing, one["state"], one["times"], one["since_run_id"]) == (1, "open", 1, f"r{run.run_no}")
    assert conserved(platform)
