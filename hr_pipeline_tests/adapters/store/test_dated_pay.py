"""Pay with its days: past and coming periods are kept, the page turns on its night, and a correction of days gone by is told."""

import itertools
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.accounts import accounts, fields_of, pay_on
from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import paid, person
from hr_pipeline_tests.small_platform import CLEARABLE, FIRST_NIGHT, Platform

A = "securex-a"
ANNOUNCED = [("2024-01-01", "2026-03-03", "3000.00"), ("2026-03-04", None, "3100.00")]
Rows = list[tuple[str, str | None, str]]


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """One company, whose guards on the whole run are open."""
    found = Platform(tmp_path)
    found.connect(A, settings=SETTINGS, mapping=CLEARABLE)
    return found


def night(platform: Platform, day: int, rows: Rows, **values: Any) -> SyncRun:
    """The snapshot of a day in March, with one person paid so."""
    on = date(2026, 3, day)
    return platform.night({A: [paid("ana", on, rows, **values)]}, on=on)[A]


def changed(platform: Platform, run: SyncRun) -> list[str] | None:
    """What changed of the person; None when nothing of theirs did."""
    [row] = platform.rows("SELECT outcome, changed FROM reporting.outcomes WHERE sync_run_id = ?", [run.sync_run_id])
    return row["changed"] if row["outcome"] != "unchanged" else None


def periods(platform: Platform) -> Rows:
    """What is known of the person's pay: first day, last day, gross."""
    rows = platform.rows("SELECT effective_from, effective_to, gross_amount FROM reporting.pay_periods ORDER BY effective_from")
    return [(str(r["effective_from"]), str(r["effective_to"]) if r["effective_to"] else None, str(r["gross_amount"])) for r in rows]


def gross_on(platform: Platform, *days: str) -> list[str | None]:
    """The gross on some days, by all that is known."""
    with platform.store.opened() as database:
        return [
            next(row["value"] for row in fields_of(database, 1, date.fromisoformat(day)) if row["field"] == "gross_amount") for day in days
        ]


def corrected(platform: Platform, run: SyncRun) -> list[tuple[str, str]]:
    """Fields and days that a run told to be corrected."""
    found = platform.rows("SELECT field, rule FROM problem WHERE run_no = ? AND code = 'PAY_RETROACTIVE' ORDER BY ALL", [run.run_no])
    return [(row["field"], row["rule"]) for row in found]


def test_all_periods_are_kept_with_the_pay_they_came_with(platform: Platform) -> None:
    rows: Rows = [("2022-01-01", "2023-12-31", "2800.00"), *ANNOUNCED]
    night(platform, 2, rows)
    assert periods(platform) == rows
    assert [r["in_force"] for r in platform.rows("SELECT in_force FROM reporting.pay_periods ORDER BY effective_from")] == [
        False,
        False,
        True,
    ]
    assert platform.pay_of(A, "ana")["gross_amount"] == Decimal("3000.00")
    assert gross_on(platform, "2021-12-31", "2022-01-01", "2024-01-01", "2026-03-03", "2026-03-04", "2030-01-01") == [
        *(None, "2800.00", "3000.00", "3000.00", "3100.00", "3100.00")
    ]


def test_who_has_one_pay_has_it_as_the_only_period(platform: Platform) -> None:
    night(platform, 2, [("2024-01-01", None, "3000.00")])
    assert periods(platform) == [("2024-01-01", None, "3000.00")]
    assert platform.value("SELECT count(*) FROM period_version") == 0
    assert changed(platform, night(platform, 3, [("2024-01-01", None, "3000.00")])) is None


def test_announced_pay_is_a_change_at_once_and_turns_the_page_on_its_night(platform: Platform) -> None:
    night(platform, 1, [("2024-01-01", None, "3000.00")])
    announced = night(platform, 2, ANNOUNCED)
    assert changed(platform, announced) == ["effective_to", "pay_periods"]
    assert changed(platform, night(platform, 3, ANNOUNCED)) is None
    assert platform.pay_of(A, "ana")["gross_amount"] == Decimal("3000.00")
    turned = night(platform, 4, ANNOUNCED)
    assert changed(platform, turned) == ["gross_amount", "effective_from", "effective_to"]
    assert platform.pay_of(A, "ana")["gross_amount"] == Decimal("3100.00")
    assert changed(platform, night(platform, 5, ANNOUNCED)) is None
    assert [corrected(platform, run) for run in (announced, turned)] == [[], []]


def test_a_night_that_failed_hides_no_pay_that_was_announced(platform: Platform) -> None:
    night(platform, 2, ANNOUNCED)
    assert gross_on(platform, "2026-03-03", "2026-03-04", "2026-05-01") == ["3000.00", "3100.00", "3100.00"]
    [account] = platform.accounts()
    assert account["pay"] | {"gross_amount": "3100.00", "effective_from": "2026-03-04"} == account["pay"], "in force by now"


def test_a_raise_closes_the_pay_before_it_and_nothing_else_changes(platform: Platform) -> None:
    night(platform, 3, [("2024-01-01", None, "3000.00")])
    run = night(platform, 4, ANNOUNCED)
    assert changed(platform, run) == ["gross_amount", "effective_from"]
    assert (corrected(platform, run), periods(platform)) == ([], ANNOUNCED)


def test_pay_of_somebody_who_has_not_begun_waits(platform: Platform) -> None:
    rows: Rows = [("2026-03-04", None, "3000.00")]
    first = night(platform, 2, rows, start_date=date(2026, 3, 4))
    assert (first.counts.created, first.pay) == (1, {"source": 1, "applied": 1, "unchanged": 0, "rejected": 0})
    assert platform.rows("SELECT * FROM reporting.pay") == []
    assert platform.rows("SELECT field FROM reporting.field_changes WHERE field = 'gross_amount'") == []
    assert (periods(platform), gross_on(platform, "2026-03-03", "2026-03-04")) == (rows, [None, "3000.00"])
    assert changed(platform, night(platform, 3, rows, start_date=date(2026, 3, 4))) is None
    begun = night(platform, 4, rows, start_date=date(2026, 3, 4))
    assert changed(platform, begun) == ["gross_amount", "currency", "pay_type", "effective_from"]
    assert (platform.pay_of(A, "ana")["gross_amount"], periods(platform)) == (Decimal("3000.00"), rows)
    assert corrected(platform, begun) == []


def test_coming_pay_of_somebody_known_without_any_waits_too(platform: Platform) -> None:
    night(platform, 1, [])
    run = night(platform, 2, [("2026-03-04", None, "3000.00")])
    assert changed(platform, run) == ["pay_periods"]
    assert (platform.rows("SELECT * FROM reporting.pay"), gross_on(platform, "2026-03-04")) == ([], ["3000.00"])
    assert platform.accounts()[0]["pay"]["gross_amount"] == "3000.00", "in force by now"


def test_announced_pay_that_is_moved_or_cancelled_is_forgotten(platform: Platform) -> None:
    night(platform, 1, ANNOUNCED)
    moved: Rows = [("2024-01-01", "2026-03-09", "3000.00"), ("2026-03-10", None, "3100.00")]
    assert changed(platform, night(platform, 2, moved)) == ["effective_to", "pay_periods"]
    assert periods(platform) == moved
    assert changed(platform, night(platform, 3, [("2024-01-01", None, "3000.00")])) == ["effective_to", "pay_periods"]
    assert periods(platform) == [("2024-01-01", None, "3000.00")]


def test_a_correction_of_past_pay_is_an_update_that_names_the_days(platform: Platform) -> None:
    def history(gross: str) -> Rows:
        return [("2024-01-01", "2025-12-31", gross), ("2026-01-01", None, "3000.00")]

    night(platform, 2, history("2800.00"))
    run = night(platform, 3, history("2850.00"))
    assert changed(platform, run) == ["pay_periods"]
    assert corrected(platform, run) == [("gross_amount", "from 2024-01-01 to 2025-12-31")]
    assert gross_on(platform, "2025-06-01", "2026-03-03") == ["2850.00", "3000.00"]
    assert platform.pay_of(A, "ana")["gross_amount"] == Decimal("3000.00")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        # The snapshot of the 5th was the last one applied; the correction comes on the 6th.
        ([("2024-01-01", None, "3000.00")], [("2024-01-01", "2026-03-03", "3000.00"), ("2026-03-04", None, "3100.00")], "2026-03-04 to 2026-03-05"),
        ([("2024-01-01", None, "3000.00")], [("2024-01-01", "2026-03-04", "3000.00"), ("2026-03-05", None, "3100.00")], None),
        ([("2024-01-01", None, "3000.00")], [("2024-01-01", None, "3100.00")], "2024-01-01 to 2026-03-05"),
        ([("2024-01-01", None, "3000.00")], [("2024-01-01", "2026-02-28", "3000.00")], "2026-03-01 to 2026-03-05"),
        ([("2025-01-01", None, "3000.00")], [("2024-12-01", "2024-12-31", "2900.00"), ("2025-01-01", None, "3000.00")], "2024-12-01 to 2024-12-31"),
        ([("2024-01-01", "2024-12-31", "2900.00"), ("2025-01-01", None, "3000.00")], [("2025-01-01", None, "3000.00")], None),
        ([("2024-01-01", "2024-12-31", "3000.00"), ("2025-01-01", None, "3000.00")], [("2024-01-01", None, "3000.00")], None),
        ([("2024-01-01", "2026-03-31", "3000.00"), ("2026-04-01", None, "3100.00")], [("2024-01-01", None, "3000.00")], None),
    ],
)  # fmt: skip
def test_only_days_that_a_snapshot_had_told_of_are_corrected(platform: Platform, before: Rows, after: Rows, told: str | None) -> None:
    night(platform, 5, before)
    run = night(platform, 6, after)
    assert corrected(platform, run) == ([("gross_amount", f"from {told}")] if told else [])
    assert gross_on(platform, "2026-03-06") == [
        next((gross for first, last, gross in after if first <= "2026-03-06" <= (last or "9")), None)
    ]


def test_pay_dated_by_the_start_of_the_contract_alone_corrects_nothing(tmp_path: Path) -> None:
    """PayFit tells no day on which hours changed: that the contract began years ago does not date them."""
    here = Platform(tmp_path)
    undated = FieldMapping({**CLEARABLE.rules, "effective_from": CLEARABLE.rules["start_date"]})
    here.connect(A, settings=SETTINGS, mapping=undated)
    night(here, 2, [("2024-01-01", None, "3000.00")], weekly_hours=Decimal("38.00"))
    run = night(here, 3, [("2024-01-01", None, "3000.00")], weekly_hours=Decimal("30.40"))
    assert changed(here, run) == ["weekly_hours"]
    assert corrected(here, run) == []


def test_neighbouring_days_are_told_as_one_and_each_field_apart(platform: Platform) -> None:
    night(platform, 5, [("2025-01-01", "2025-06-30", "2800.00"), ("2025-07-01", "2025-12-31", "2900.00"), ("2026-01-01", None, "3000.00")])
    after: Rows = [("2025-01-01", "2025-06-30", "2801.00"), ("2025-07-01", "2025-12-31", "2901.00"), ("2026-01-01", None, "3000.00")]
    changes = paid("ana", date(2026, 3, 6), after)
    changes["periods"][1]["weekly_hours"] = Decimal("30.40")
    run = platform.night({A: [changes]}, on=date(2026, 3, 6))[A]
    assert corrected(platform, run) == [
        ("gross_amount", "from 2025-01-01 to 2025-12-31"),
        ("weekly_hours", "from 2025-07-01 to 2025-12-31"),
    ]


def test_pay_of_somebody_who_left_ends_without_a_change_and_can_still_be_corrected(platform: Platform) -> None:
    rows: Rows = [("2024-01-01", "2026-03-02", "3000.00")]
    left = {"exit_date": date(2026, 3, 2)}
    night(platform, 2, rows, **left)
    assert changed(platform, night(platform, 3, rows, **left)) is None
    run = night(platform, 4, [("2024-01-01", "2026-03-02", "3100.00")], **left)
    assert changed(platform, run) == ["gross_amount", "pay_periods"]
    assert corrected(platform, run) == [("gross_amount", "from 2024-01-01 to 2026-03-02")]
    assert (gross_on(platform, "2026-03-02", "2026-03-03"), platform.pay_of(A, "ana")["gross_amount"]) == (
        ["3100.00", None],
        Decimal("3100.00"),
    )


def test_pay_that_ends_leaves_the_last_one_and_empties_nothing(platform: Platform) -> None:
    rows: Rows = [("2024-01-01", "2026-03-02", "3000.00")]
    night(platform, 2, rows)
    run = night(platform, 3, rows)
    assert (run.counts.unchanged, platform.value("SELECT count(*) FROM problem WHERE code = 'CLEAR_BLOCKED'")) == (1, 0)


def today() -> date:
    """The civil day that views go by."""
    return datetime.now(BRUSSELS).date()


@pytest.mark.parametrize("days_ago", [0, 1], ids=["ended before the sync", "ended since the sync"])
def test_pay_that_has_ended_is_history_and_nobody_s_current_pay(platform: Platform, days_ago: int) -> None:
    """Whether a sync has seen it in force or not; and whatever says what somebody is paid says the same."""
    last, synced_on = today() - timedelta(days=1), today() - timedelta(days=days_ago)
    ended: Rows = [("2024-01-01", last.isoformat(), "3000.00")]
    platform.night({A: [paid("ana", synced_on, ended)]}, on=synced_on)
    with platform.store.opened() as database:
        [account] = accounts(database)
        now, on_the_day, before = (
            {row["field"]: row["value"] for row in fields_of(database, 1, day)}["gross_amount"] for day in (None, today(), last)
        )
        answers = [pay and pay["gross_amount"] for pay in (pay_on(database, 1, today()), pay_on(database, 1, last))]
    assert account["pay"] is None
    assert (now, on_the_day, before, answers) == (None, None, "3000.00", [None, "3000.00"])
    assert platform.rows("SELECT effective_to, current FROM reporting.pay") == [{"effective_to": last, "current": False}]
    assert [row["in_force"] for row in platform.rows("SELECT in_force FROM reporting.pay_periods")] == [False]


def test_pay_is_current_on_its_last_day(platform: Platform) -> None:
    platform.night({A: [paid("ana", today(), [("2024-01-01", today().isoformat(), "3000.00")])]}, on=today())
    assert platform.rows("SELECT current FROM reporting.pay") == [{"current": True}]
    assert platform.accounts()[0]["pay"]["gross_amount"] == "3000.00"


def test_pay_that_is_given_again_after_it_ended_is_current_again(platform: Platform) -> None:
    last = today() - timedelta(days=1)
    ended: Rows = [("2024-01-01", (last - timedelta(days=1)).isoformat(), "3000.00")]
    platform.night({A: [paid("ana", last, ended)]}, on=last)
    platform.night({A: [paid("ana", today(), [*ended, (today().isoformat(), None, "3100.00")])]}, on=today())
    assert platform.rows("SELECT gross_amount, current FROM reporting.pay ORDER BY pay_no") == [
        {"gross_amount": Decimal("3000.00"), "current": False},
        {"gross_amount": Decimal("3100.00"), "current": True},
    ]
    assert platform.accounts()[0]["pay"]["gross_amount"] == "3100.00"


def test_history_that_the_provider_no_longer_sends_is_not_forgotten(platform: Platform) -> None:
    night(platform, 2, [("2022-01-01", "2023-12-31", "2800.00"), ("2024-01-01", None, "3000.00")])
    night(platform, 3, [("2024-01-01", None, "3000.00")])
    assert gross_on(platform, "2023-01-01", "2024-01-01") == ["2800.00", "3000.00"]
    assert periods(platform) == [("2022-01-01", "2023-12-31", "2800.00"), ("2024-01-01", None, "3000.00")]


def test_a_first_pay_that_came_late_is_no_correction(platform: Platform) -> None:
    night(platform, 2, [])
    run = night(platform, 3, [("2024-01-01", None, "3000.00")])
    assert (corrected(platform, run), run.counts.updated) == ([], 1)


def test_a_held_row_keeps_the_pay_known_before(platform: Platform) -> None:
    night(platform, 2, ANNOUNCED)
    run = night(platform, 3, [("2024-01-01", "2026-03-03", "9000.00"), ("2026-03-04", None, "9100.00")])
    assert (run.counts.held, periods(platform), corrected(platform, run)) == (1, ANNOUNCED, [])


def test_pay_recorded_before_periods_were_kept_is_completed_and_not_called_corrected(platform: Platform) -> None:
    night(platform, 2, [("2024-01-01", None, "3000.00")])
    with platform.store.opened() as database:
        database.run("UPDATE pay_version SET ahead = NULL")
        database.run("UPDATE link SET row_hash = 1")
    run = night(platform, 3, [("2022-01-01", "2023-12-31", "2800.00"), ("2024-01-01", None, "3000.00")])
    assert (corrected(platform, run), len(periods(platform))) == ([], 2)


def test_a_snapshot_older_than_the_newest_changes_no_period(platform: Platform) -> None:
    night(platform, 5, ANNOUNCED)
    before = platform.data()
    night(platform, 2, [("2024-01-01", "2026-03-09", "2500.00"), ("2026-03-10", None, "3100.00")])
    assert platform.data() == before


def test_an_undone_run_takes_its_periods_with_it(platform: Platform) -> None:
    before: Rows = [("2024-01-01", "2025-12-31", "2900.00"), ("2026-01-01", None, "3000.00")]
    night(platform, 2, before)
    after: Rows = [("2023-01-01", "2023-12-31", "2700.00"), ("2024-01-01", "2025-12-31", "2950.00"), ("2026-01-01", None, "3000.00")]
    run = night(platform, 3, after)
    assert platform.undo(run).reversed == 1
    assert (periods(platform), gross_on(platform, "2023-06-01", "2025-01-01", "2026-03-03")) == (before, [None, "2900.00", "3000.00"])
    run = night(platform, 4, after)
    assert (changed(platform, run), periods(platform)) == (["pay_periods"], after)


def test_a_first_pay_that_was_announced_and_undone_never_was(platform: Platform) -> None:
    night(platform, 2, [])
    run = night(platform, 3, [("2026-03-04", None, "3000.00")])
    platform.undo(run)
    assert (periods(platform), gross_on(platform, "2026-03-04")) == ([], [None])


def test_a_relaunch_changes_nothing(platform: Platform) -> None:
    night(platform, 2, ANNOUNCED)
    before = platform.data()
    assert changed(platform, night(platform, 2, ANNOUNCED)) is None
    assert platform.data() == before


def test_two_hundred_nights_of_random_pay_end_with_what_the_last_one_told(platform: Platform) -> None:
    """Whatever came before, days from the first one told of are as the newest snapshot has them."""

    drawn = random.Random(3)
    for nth in range(40):
        on = FIRST_NIGHT + timedelta(days=nth)
        edges = sorted(drawn.sample(range(-400, 400), drawn.randrange(2, 7)))
        told = [
            (
                (FIRST_NIGHT + timedelta(days=a)).isoformat(),
                (FIRST_NIGHT + timedelta(days=b - 1)).isoformat(),
                f"{3000 + drawn.randrange(9)}.00",
            )
            for a, b in itertools.pairwise(edges)
            if drawn.random() < 0.8
        ]
        if not told:
            continue
        platform.night({A: [paid("ana", on, told)]}, on=on)
        days = [(FIRST_NIGHT + timedelta(days=d)).isoformat() for d in range(edges[0], edges[-1] + 3, 37)]
        days = [day for day in days if day >= told[0][0]]
        assert gross_on(platform, *days) == [next((g for a, b, g in told if a <= day <= b), None) for day in days]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"exit_date": None}, {"exit_date": date(2026, 2, 10)}, [("exit_date", "from 2026-02-11 to 2026-03-05")]),
        ({"exit_date": None}, {"exit_date": date(2026, 3, 4)}, []),
        ({"exit_date": None}, {"exit_date": date(2026, 12, 31)}, []),
        ({"exit_date": date(2026, 12, 31)}, {"exit_date": date(2027, 3, 31)}, []),
        ({"exit_date": date(2026, 2, 10)}, {"exit_date": date(2026, 2, 20)}, [("exit_date", "from 2026-02-11 to 2026-02-20")]),
        ({"exit_date": date(2026, 2, 20)}, {"exit_date": None}, [("exit_date", "from 2026-02-21 to 2026-03-05")]),
        ({"start_date": date(2026, 1, 1)}, {"start_date": date(2025, 12, 1)}, [("start_date", "from 2025-12-01 to 2025-12-31")]),
        ({"start_date": date(2026, 3, 9)}, {"start_date": date(2026, 3, 16)}, []),
        ({"exit_date": date(2026, 2, 1)}, {"exit_date": None, "start_date": date(2026, 6, 1)}, []),
        ({"exit_date": date(2026, 2, 1)}, {"exit_date": None, "start_date": date(2026, 3, 2)}, [("start_date", "from 2026-03-02 to 2026-03-05")]),
    ],
)  # fmt: skip
def test_employment_corrected_for_days_gone_by_is_told(
    platform: Platform, before: dict[str, Any], after: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    platform.night({A: [person("ana", **before)]}, on=date(2026, 3, 5))
    run = platform.night({A: [person("ana", **after)]}, on=date(2026, 3, 6))[A]
    assert (run.counts.updated, corrected(platform, run)) == (1, told)
