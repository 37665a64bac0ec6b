"""Deciding in Dagster's UI: what waits is found, read and released, a run is undone, and the nights are seen at a glance."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hr_pipeline.adapters.store.requests import listed_requests
from hr_pipeline.domain.connections import Limits, Review
from hr_pipeline.operations.requesting import Requested, request
from hr_pipeline_tests.browser.ui import ENDED, Ui, metadata_row, open_partition, running_ui
from hr_pipeline_tests.defs.scene import BRASSERIE, KERMADEC, LIBRAIRIE, LOGISTIEK, Scene, scene
from hr_pipeline_tests.defs.test_privacy import canaries
from hr_pipeline_tests.eventually import eventually


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Three weeks with gaps, then a night that is held at two companies, by a review and by a guard."""
    with scene(tmp_path_factory.mktemp("decisions")) as connected:
        connected.earlier_night(1, days_ago=20)
        for days_ago in (19, 18, 16, 13, 9, 3):
            connected.earlier_night(2, days_ago)
        connected.set_settings(KERMADEC, review=Review.ALWAYS)
        connected.set_settings(BRASSERIE, limits=Limits(rejected_pct=Decimal(5)))
        connected.night(2)
        yield connected


@pytest.fixture(scope="module")
def ui(demo: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with running_ui(demo, tmp_path_factory.mktemp("log") / "dagster.log") as running:
        yield running


def launched(ui: Ui, page: Page) -> dict[str, Any]:
    """The run that a click on Launch starts, once it has ended."""
    before = {run["runId"] for run in ui.runs()}
    page.get_by_role("button", name="Launch Run").click()
    return eventually(lambda: next((r for r in ui.runs() if r["runId"] not in before and r["status"] in ENDED), None), "the run's end", 120)


def typed(page: Page, text: str) -> None:
    """Replace what stands in the launchpad's editor."""
    editor = page.locator(".CodeMirror").first
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def newest(demo: Scene, company: str) -> dict[str, Any]:
    return demo.rows(
        "SELECT * FROM reporting.sync_runs WHERE connection_id = ? ORDER BY started_at DESC, sync_run_id DESC", demo.id_of(company)
    )[0]


def no_value_of_anybody(demo: Scene, page: Page) -> None:
    shown = page.inner_text("body")
    assert [text for text in canaries(demo) if text in shown] == []


def test_what_is_held_can_be_read_on_the_plan_with_the_way_on(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/assets/sync_plan?view=events")
    expect(metadata_row(page, f"HELD_REVIEW {demo.id_of(KERMADEC)}")).to_contain_text("apply_plan in the launchpad")
    guard = metadata_row(page, f"HELD_REJECTED {demo.id_of(BRASSERIE)}")
    expect(guard).to_contain_text(f"hr-pipeline release {newest(demo, BRASSERIE)['sync_run_id']}")
    shot("plan_held")
    no_value_of_anybody(demo, page)


def test_conflicts_are_seen_by_age_and_as_a_queue(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/assets/conflicts?view=events")
    queue = metadata_row(page, "queue")
    expect(queue).to_contain_text("SAME_NAME")
    expect(metadata_row(page, "decide")).to_contain_text("hr-pipeline conflict ")
    shot("conflicts")
    metadata_row(page, "by age and code").get_by_text("[Show Markdown]").click()
    picture = page.get_by_role("dialog").get_by_alt_text("Open conflicts by code and age")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 640
    shot("conflicts-by-age")
    no_value_of_anybody(demo, page)


def test_the_nights_are_seen_in_pictures(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/assets/sync_history?view=events")
    strip = metadata_row(page, "last nights").get_by_alt_text("Connections by status")
    expect(strip).to_be_visible()
    assert strip.evaluate("image => image.naturalHeight") == 48
    expect(metadata_row(page, "last changes").get_by_alt_text("Employees changed")).to_be_visible()  # as well, without a click
    expect(metadata_row(page, "last to look at").get_by_alt_text("Employees who need somebody")).to_be_visible()
    shot("history")
    for key in ("statuses per night", "employees changed", "employees to look at", "slowest connections"):
        metadata_row(page, key).get_by_text("[Show Markdown]").click()
        picture = page.get_by_role("dialog").locator("img")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") == 640
        shot(f"history-{key.replace(' ', '-')}")
        page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    no_value_of_anybody(demo, page)


def test_a_reviewed_plan_is_applied_by_following_its_link(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/assets/sync_plan?view=events")
    metadata_row(page, f"HELD_REVIEW {demo.id_of(KERMADEC)}").get_by_role("link", name="apply_plan").click()
    expect(page.locator(".CodeMirror").first).to_contain_text(newest(demo, KERMADEC)["plan_id"])
    shot("apply-plan")
    typed(page, f"plan_id: {newest(demo, KERMADEC)['plan_id']}\nowner: Ann")  # the link leaves open who says so
    run = launched(ui, page)
    assert (run["status"], run["jobName"], run["tags"]["hr/trigger"]) == ("SUCCESS", "apply_plan", "approval")
    assert run["tags"]["hr/connection"] == demo.id_of(KERMADEC)
    open_partition(page, ui, demo.id_of(KERMADEC), demo.today.isoformat())
    expect(metadata_row(page, "trigger")).to_have_text("approval")
    expect(metadata_row(page, "status")).to_have_text("success")
    shot("partition-approved")


def test_a_held_run_is_released_with_a_reason_typed_in_the_launchpad(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    held = newest(demo, BRASSERIE)["sync_run_id"]
    page.goto(f"{ui.address}/locations/hr_pipeline/jobs/release_hold/playground")
    typed(page, f"sync_run_id: {held}\nowner: Ann\nreason: the provider confirmed it, ticket 4711")
    expect(page.get_by_text("No errors")).to_be_visible()
    shot("release-hold")
    run = launched(ui, page)
    assert (run["status"], run["tags"]["hr/status"], run["tags"]["hr/trigger"]) == ("SUCCESS", "partial", "approval")
    page.goto(f"{ui.address}/assets/sync_plan?view=checks&checkDetail=no_hold_waits")
    expect(page.get_by_text("Nothing is held.").first).to_be_visible()
    shot("no-hold-waits")


def test_a_sync_run_is_undone_from_the_launchpad(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    changed = "SELECT * FROM reporting.sync_runs WHERE connection_id = ? AND updated > 0"
    (applied,) = [row["sync_run_id"] for row in demo.rows(changed, demo.id_of(KERMADEC))]
    page.goto(f"{ui.address}/locations/hr_pipeline/jobs/undo_sync_run/playground")
    typed(page, f"sync_run_id: {applied}\nowner: Ann\nreason: wrong month")
    expect(page.get_by_text("No errors")).to_be_visible()
    shot("undo-sync-run")
    run = launched(ui, page)
    assert (run["status"], run["tags"]["hr/trigger"]) == ("SUCCESS", "undo")
    open_partition(page, ui, demo.id_of(KERMADEC), demo.today.isoformat())
    expect(metadata_row(page, "undoes")).to_have_text(applied)
    expect(metadata_row(page, "reversed")).not_to_have_text("0")
    shot("partition-undone")


def test_a_refusal_is_read_on_the_runs_page(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/locations/hr_pipeline/jobs/undo_sync_run/playground")
    typed(page, "sync_run_id: r999\nowner: Ann\nreason: again")
    run = launched(ui, page)
    assert run["status"] == "FAILURE"
    page.goto(f"{ui.address}/runs/{run['runId']}")
    expect(page.get_by_text(re.compile("The sync run r999 does not exist")).first).to_be_visible()
    shot("refused")


def test_a_request_is_served_within_seconds(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    (asked,) = request(demo.work(), Requested([demo.id_of(LOGISTIEK)], None, "Ann"))

    def served() -> dict[str, Any] | None:
        with demo.database() as database:
            (row,) = listed_requests(database, 1)
        return row if row["state"] == "ended" else None

    row = eventually(served, "the requested sync's end", 120)
    print(f"from request to run start: {row['waited_seconds']} s")
    assert (row["request_id"], row["connection_id"]) == (asked["request_id"], demo.id_of(LOGISTIEK))
    told = demo.partition(demo.id_of(LOGISTIEK), demo.today, row["dagster_run_id"])
    assert (told["status"], told["trigger"]) == ("partial", "manual")
    page.goto(f"{ui.address}/runs/{row['dagster_run_id']}")
    expect(page.get_by_text("sync_requests").first).to_be_visible()
    shot("requested")


def test_a_request_of_past_days_shows_them_in_the_grid(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    days = (demo.today - timedelta(days=19), demo.today - timedelta(days=18))
    pulled = demo.sandbox.requests["securex workers"]
    (asked,) = request(demo.work(), Requested([demo.id_of(LOGISTIEK)], days, "Ann"))

    def served() -> dict[str, Any] | None:
        with demo.database() as database:
            (row,) = listed_requests(database, 1)
        return row if row["state"] == "ended" else None

    row = eventually(served, "the requested replay's end", 120)
    assert row["request_id"] == asked["request_id"]
    for day in days:
        told = demo.partition(demo.id_of(LOGISTIEK), day, row["dagster_run_id"])
        assert (told["trigger"], told["source"]) == ("backfill", 15)
        open_partition(page, ui, demo.id_of(LOGISTIEK), day.isoformat())
        expect(metadata_row(page, "trigger")).to_have_text("backfill")
    assert demo.sandbox.requests["securex workers"] == pulled
    shot("requested-days")


def test_a_connection_that_is_behind_is_seen_on_the_history_and_in_its_check(
    demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]
) -> None:
    page.goto(f"{ui.address}/assets/sync_history?view=events")
    behind = metadata_row(page, "stale connections")
    expect(behind).to_contain_text(demo.id_of(LIBRAIRIE))
    expect(behind).to_contain_text("PROVIDER_UNAVAILABLE")
    last_column = metadata_row(page, "tried again").get_by_role("columnheader", name="next attempt")
    last_column.scroll_into_view_if_needed()
    shot("tried-again")
    place = last_column.bounding_box()
    assert place is not None
    assert place["x"] + place["width"] <= 1440  # whole, on a usual screen
    page.goto(f"{ui.address}/assets/sync_history?view=checks&checkDetail=no_connection_is_stale")
    expect(page.get_by_text(re.compile("of 7 connections not brought up to date")).first).to_be_visible()
    shot("stale")
