"""Pay that disappears whole: an empty list of pay is held as an emptied column, a list that is closed to us says nothing."""

from datetime import date
from pathlib import Path
from typing import Any

from hr_pipeline.adapters.store.reports import outcomes
from hr_pipeline.domain.codes import Code
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import paid, person
from hr_pipeline_tests.small_platform import Platform

NO_PAY: dict[str, Any] = {
    "gross_amount": None,
    "currency": None,
    "pay_type": None,
    "effective_from": None,
    "has_pay": False,
    "pay_rows": 0,
}


def two_nights(folder: Path, **second: Any) -> tuple[Platform, Any]:
    platform = Platform(folder)
    platform.connect("securex-a")
    platform.night({"securex-a": [person(f"w{i}") for i in range(10)]})
    return platform, platform.night({"securex-a": [person(f"w{i}", **second) for i in range(10)]})["securex-a"]


def test_pay_that_vanishes_for_everybody_holds_the_run_and_each_outcome_names_the_field(tmp_path: Path) -> None:
    platform, run = two_nights(tmp_path, **NO_PAY)
    assert (run.verdict.code, run.counts.held) == (Code.HELD_COLUMN_EMPTIED, 10)
    with platform.store.opened() as database:
        assert {(row["code"], row["field"]) for row in outcomes(database, run.run_no)} == {("HELD_COLUMN_EMPTIED", "gross_amount")}


def test_a_list_of_pay_that_is_closed_to_us_changes_nothing_and_holds_nothing(tmp_path: Path) -> None:
    closed = ["gross_amount", "weekly_hours", "reference_hours", "work_regime_pct", "employer_contribution_pct"]
    platform, run = two_nights(tmp_path, **NO_PAY, absent=closed)
    assert (run.verdict.code, run.counts.unchanged) == (None, 10)
    assert platform.rows("SELECT count(*) AS paid FROM account WHERE pay_no IS NOT NULL") == [{"paid": 10}]


def test_pay_that_begins_in_some_days_only_empties_no_field(tmp_path: Path) -> None:
    """One row that was open begins later now: there is no pay today (`PAY_MISSING`), and no null that anybody could let through."""
    platform = Platform(tmp_path)
    platform.connect("securex-a", settings=SETTINGS)
    before, after = [("2024-01-01", None, "3000.00")], [("2026-03-20", None, "3100.00")]
    others = [person(f"w{i}") for i in range(4)]
    for day, rows in ((2, before), (3, after)):
        on = date(2026, 3, day)
        run = platform.night({"securex-a": [paid("ana", on, rows), *others]}, on=on)["securex-a"]
    assert run.verdict.code is None
    assert platform.rows("SELECT * FROM problem WHERE code = 'CLEAR_BLOCKED'") == []


def test_who_is_without_the_pay_they_had_is_counted_as_long_as_it_lasts(tmp_path: Path) -> None:
    """Four of ten on one night hold nothing; three more on the next are seven."""
    platform = Platform(tmp_path)
    platform.connect("securex-a")
    platform.night({"securex-a": [person(f"w{i}") for i in range(10)]})
    codes = []
    for gone in (4, 7):
        listed = [person(f"w{i}", **(NO_PAY if i < gone else {})) for i in range(10)]
        codes.append(platform.night({"securex-a": listed})["securex-a"].verdict.code)
    assert codes == [None, Code.HELD_COLUMN_EMPTIED]
    assert platform.rows("SELECT * FROM problem WHERE code = 'CLEAR_BLOCKED'") == []


def test_pay_that_ends_with_the_employment_holds_nothing(tmp_path: Path) -> None:
    _, run = two_nights(tmp_path, **NO_PAY, exit_date=date(2026, 3, 1))
    assert (run.verdict.code, run.counts.updated) == (None, 10)


def test_the_missing_are_listed_when_asked_for(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect("securex-a")
    everybody = [person(f"w{i}") for i in range(10)]
    platform.night({"securex-a": everybody})
    for expected_runs in (1, 2):
        run = platform.night({"securex-a": everybody[1:]})["securex-a"]
        with platform.store.opened() as database:
            assert [(row["external_id"], row["runs"]) for row in outcomes(database, run.run_no, "missing")] == [("w0", expected_runs)]
            assert len(outcomes(database, run.run_no)) == 9


def test_an_empty_list_concludes_nobody_missing(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect("securex-a")
    platform.night({"securex-a": [person("w0")]})
    run = platform.night({"securex-a": []})["securex-a"]
    assert (run.verdict.code, run.counts.missing) == (Code.SNAPSHOT_EMPTY, 0)
