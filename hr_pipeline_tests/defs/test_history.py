from base64 import b64decode
from datetime import date, timedelta
from typing import Any

import dagster as dg

from hr_pipeline.adapters.store.reference import column_meanings
from hr_pipeline.defs.history import FEWEST_NIGHTS, NIGHT_MEANINGS, History, history_told
from hr_pipeline.defs.pictures import IN_PLACE
from hr_pipeline_tests.defs.reading_told import cells, value

TODAY = date(2026, 11, 22)


def meaning(told: dg.AssetMaterialization, name: str, column: str) -> str:
    shown = told.metadata[name]
    assert isinstance(shown, dg.TableMetadataValue)
    return next(one.description or "" for one in shown.schema.columns if one.name == column)


def night(on: date, **changed: Any) -> dict[str, Any]:
    outcomes = dict.fromkeys(
        ("created", "linked", "updated", "unchanged", "transferred", "excluded", "out_of_scope", "conflict", "rejected", "held", "failed"),
        0,
    )
    plain = {"date": on, "connections": 5, "success": 5, "partial": 0, "error": 0, "held_runs": 0, "employees": 100, "seconds": 1.5}
    return {**plain, **outcomes, **changed}


def test_history_tells_the_last_night_in_numbers_that_dagster_plots_and_every_night_in_a_table() -> None:
    nights = [night(TODAY - timedelta(days=3)), night(TODAY, success=2, partial=1, error=2, held_runs=1, created=4, conflict=3, held=2)]
    told = history_told(History(10, nights, [{"connection_id": "payfit-b", "seconds": 2.5}], TODAY))
    assert [value(told, name) for name in ("success", "partial", "held", "error")] == [2, 1, 1, 1]
    assert (value(told, "employees_created"), value(told, "employees_conflict"), value(told, "dagster/row_count")) == (4, 3, 10)
    last, first = cells(told, "nights")
    assert (last["date"], last["held"], last["error"], last["changed"], last["to look at"]) == (
        f"{TODAY:%d\N{NO-BREAK SPACE}%b}",
        1,
        1,
        4,
        5,
    )
    assert first["success"] == 5
    pictures = [name for name, shown in told.metadata.items() if isinstance(shown, dg.MarkdownMetadataValue)]
    strips = ["last nights", "last changes", "last to look at"]
    assert pictures == [*strips, "statuses per night", "employees changed", "employees to look at", "slowest connections"]
    assert all(len(value(told, name)) < IN_PLACE for name in strips)  # seen without a click
    assert value(told, "last changes") != value(told, "last to look at")
    assert value(told, "last nights").endswith("\n\ngreen: success, amber: partial, purple: held, red: error")
    assert value(told, "last to look at").endswith("\n\namber: conflict, red: rejected, purple: held, grey: failed")
    drawn = b64decode(str(value(told, "slowest connections")).partition("base64,")[2].rstrip(")")).decode()
    assert "failed ones not counted" in drawn


def test_a_hold_is_called_by_one_name_with_what_it_means_wherever_it_is_shown() -> None:
    told = history_told(History(1, [night(TODAY, success=4, error=1, held_runs=1)], [], TODAY))
    (shown,) = cells(told, "nights")
    assert (shown["held"], shown["error"]) == (1, 0)
    assert "Status `error`" in meaning(told, "nights", "held")
    assert "held" in column_meanings()["sync_runs"]["status"]
    drawn = b64decode(str(value(told, "statuses per night")).partition("base64,")[2].rstrip(")")).decode()
    assert "(held: somebody must look, nothing broke)" in drawn


def test_a_single_sync_run_is_told_in_the_singular() -> None:
    assert str(history_told(History(1, [], [], TODAY)).description).startswith("1 sync run. ")


def test_what_a_night_s_figures_count_is_said_in_the_table() -> None:
    told = history_told(History(1, [night(TODAY)], [], TODAY))
    assert "summed over all sync runs of the day" in meaning(told, "nights", "changed")
    assert "newest" in meaning(told, "nights", "to look at")
    (shown,) = cells(told, "nights")
    assert {*NIGHT_MEANINGS} == {*shown}  # none without, and none too many


def test_who_waits_for_another_attempt_is_named_with_the_reason_and_the_time() -> None:
    row = {
        "connection": "payfit-b",
        "code": "PROVIDER_UNAVAILABLE",
        "failures": "4 (3 counted)",
        "since": TODAY,
        "state": "",
        "next attempt": "x",
    }
    told = history_told(History(1, [night(TODAY)], [], TODAY, [row]))
    assert cells(told, "tried again") == [{**row, "since": f"{TODAY:%d\N{NO-BREAK SPACE}%b}"}]
    assert value(told, "failing") == 1
    assert "by hand too" in meaning(told, "tried again", "failures")
    assert "nobody typed" in meaning(told, "tried again", "failures")
    assert "1, 6, 12 and 24 hours" in meaning(told, "tried again", "state")


def test_sixty_nights_are_all_in_the_table_and_the_event_stays_under_forty_five_kilobytes() -> None:
    nights = [night(TODAY - timedelta(days=n), created=n * 7 % 31, partial=n % 9, conflict=n % 4, rejected=n % 3) for n in range(60)][::-1]
    told = history_told(History(10, nights, [{"connection_id": f"payfit-{n}", "seconds": 9.5 - n} for n in range(9)], TODAY))
    assert len(cells(told, "nights")) == 60
    assert len(dg.serialize_value(told)) < 45_000


def test_before_the_first_night_there_is_nothing_to_draw() -> None:
    told = history_told(History(0, [], [], TODAY))
    assert value(told, "success") == 0
    assert not [name for name, shown in told.metadata.items() if isinstance(shown, dg.MarkdownMetadataValue)]


def test_a_single_night_is_drawn_among_those_before_it() -> None:
    assert FEWEST_NIGHTS == 14
    told = history_told(History(1, [night(TODAY)], [], TODAY))
    assert len(cells(told, "nights")) == 1
