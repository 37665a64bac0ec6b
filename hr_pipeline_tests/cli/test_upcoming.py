"""What lies ahead and what was corrected, as it is typed and read."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from hr_pipeline.adapters.store.opening import Store
from hr_pipeline_tests.cli.commands import BRASSERIE, Commands
from hr_pipeline_tests.cli.conftest import Scene
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import paid, person
from hr_pipeline_tests.small_platform import CLEARABLE, Platform

A = "securex-a"
PAST, RISE = date(2026, 3, 2), "2099-01-01"


@pytest.fixture
def home(tmp_path: Path) -> tuple[Commands, Platform]:
    """A home with one company and two nights: a raise announced, an exit ahead, then a correction of the year before."""
    hp = Commands(tmp_path / "home")
    hp.home.mkdir()
    platform = Platform(tmp_path)
    platform.store = Store(hp.home / "hr_pipeline.duckdb", folders=(tmp_path, hp.home))
    platform.connect(A, settings=SETTINGS, mapping=CLEARABLE)

    def told(gross: str) -> list[dict[str, object]]:
        rows = [("2025-01-01", "2025-12-31", gross), ("2026-01-01", "2098-12-31", "3000.00"), (RISE, None, "3100.00")]
        return [paid("ana", PAST, rows), person("bob", exit_date=date(2099, 6, 30))]

    platform.night({A: told("2900.00")}, on=PAST)
    platform.night({A: told("2950.00")}, on=PAST + timedelta(days=1))
    return hp, platform


def test_what_lies_ahead_is_listed_with_its_keys(home: tuple[Commands, Platform]) -> None:
    hp, _ = home
    assert hp.document("upcoming") == [
        {"date": RISE, "kind": "pay", "connection_id": A, "external_id": "ana", "account_id": "a1", "takes_effect": RISE},
        {"date": "2099-06-30", "kind": "exit", "connection_id": A, "external_id": "bob", "account_id": "a2", "takes_effect": "2099-07-01"},
    ]
    assert hp.document("upcoming", A, "--until", "2099-01-31") == hp.document("upcoming", "--on", RISE)
    assert [one["external_id"] for one in hp.document("upcoming", "--on", "2099-07-01")] == ["bob"]
    assert [one["kind"] for one in hp.document("upcoming", "--on", "2026-01-01")] == ["pay"]
    assert hp.document("upcoming", "--until", "2098-12-31") == []


def test_what_lies_ahead_fits_eighty_columns(home: tuple[Commands, Platform]) -> None:
    shown = home[0].run("upcoming", COLUMNS="80").stdout
    assert ["2099-06-30", "last", "day", "bob", "a2", A] in [line.split() for line in shown.splitlines()]
    assert max(map(len, shown.splitlines())) <= 80
    assert home[0].run("upcoming", "--until", "2098-12-31").stdout == "Nothing.\n"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["--until", "soon"], 1), (["--on", "2026-02-30"], 1), (["nobody"], 1), (["--on", "2026-01-01", "--until", "2026-01-01"], 2)],
)
def test_a_question_that_cannot_be_answered_is_refused(home: tuple[Commands, Platform], arguments: list[str], status: int) -> None:
    assert home[0].run("upcoming", *arguments).exit_code == status


def test_corrected_days_are_listed_with_the_warning(home: tuple[Commands, Platform]) -> None:
    hp, _ = home
    [row] = hp.document("outcomes", "r2", "--only", "PAY_RETROACTIVE")
    assert (row["external_id"], row["outcome"], row["changed"]) == ("ana", "updated", ["pay_periods"])
    [told] = row["details"]
    assert (told["code"], told["field"], told["rule"]) == ("PAY_RETROACTIVE", "gross_amount", "from 2025-01-01 to 2025-12-31")
    shown = hp.run("outcomes", "r2", "--only", "PAY_RETROACTIVE", "--lang", "nl").stdout
    assert "ana: brutoloon van 2025-01-01 tot en met 2025-12-31" in shown
    assert "PAY_RETROACTIVE: Een gegeven (‘brutoloon’) is verbeterd" in shown
    assert hp.document("outcomes", "r2")[0]["details"] != [], "named in every listing"
    assert "2950" not in shown, "no amount is told"


@pytest.mark.parametrize(
    ("day", "gross", "status"),
    [
        ("2025-06-30", "2950.00", "active"),
        ("2026-06-30", "3000.00", "active"),
        (RISE, "3100.00", "active"),
        ("2023-12-31", None, "upcoming"),
    ],
)
def test_an_account_is_shown_on_any_day(home: tuple[Commands, Platform], day: str, gross: str | None, status: str) -> None:
    document = home[0].document("account", "a1", "--as-of", day)
    shown = {field["field"]: field["value"] for field in document["fields"]}
    assert (shown["gross_amount"], document["pay"] and document["pay"]["gross_amount"], document["status"]) == (gross, gross, status)


def test_an_account_closes_after_its_last_day_ahead(home: tuple[Commands, Platform]) -> None:
    statuses = [home[0].document("account", "a2", "--as-of", day)["status"] for day in ("2099-06-30", "2099-07-01")]
    assert statuses == ["active", "closed"]


def test_the_sandbox_has_something_ahead(first_night: Scene) -> None:
    ahead = first_night.hp.document("upcoming", first_night.ids[BRASSERIE])
    assert [(one["date"], one["kind"], one["external_id"]) for one in ahead] == [
        ("2099-01-01", "pay", "1004"),
        ("2099-06-30", "exit", "1019"),
    ]
