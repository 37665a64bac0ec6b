"""What a person sees and does in Dagster's UI, in a real browser on a real deployment: web server, daemon, code server, run workers."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from playwright.sync_api import Page, expect

from hr_pipeline_tests.browser.ui import ENDED, Ui, metadata_row, open_partition, running_ui
from hr_pipeline_tests.defs.scene import BRASSERIE, KERMADEC, LIBRAIRIE, LOGISTIEK, Scene, scene
from hr_pipeline_tests.defs.test_privacy import canaries
from hr_pipeline_tests.eventually import eventually


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two nights of the past days that Dagster knows nothing of, and the second night again today, through Dagster."""
    with scene(tmp_path_factory.mktemp("ui")) as connected:
        connected.earlier_night(1, days_ago=2)
        connected.earlier_night(2, days_ago=1)
        connected.night(2)
        yield connected


@pytest.fixture(scope="module")
def ui(demo: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with running_ui(demo, tmp_path_factory.mktemp("log") / "dagster.log") as running:
        yield running


def test_a_person_finds_a_sync_run_partition_and_reads_its_status(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    open_partition(page, ui, demo.id_of(BRASSERIE), demo.today.isoformat())
    expect(metadata_row(page, "status")).to_have_text("partial")
    attention = metadata_row(page, "attention")
    expect(attention).to_contain_text("1009")
    expect(attention).to_contain_text("EMAIL_MISSING")
    expect(metadata_row(page, "names")).to_contain_text("hr-pipeline outcomes r")
    shot("sync_run")
    shown = page.inner_text("body")
    assert [text for text in canaries(demo) if text in shown] == []


def test_a_connection_that_failed_shows_its_code_and_what_to_do(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    open_partition(page, ui, demo.id_of(LIBRAIRIE), demo.today.isoformat())
    expect(metadata_row(page, "status")).to_have_text("error")
    expect(metadata_row(page, "code")).to_have_text("PROVIDER_UNAVAILABLE")
    expect(metadata_row(page, "next step")).to_contain_text("tried again")
    shot("partition-error")


def test_the_grid_counts_partitions_by_status_and_shows_each(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/assets/sync_run?view=partitions")
    expect(page.get_by_text(f"Materialized ({len(demo.ids)})")).to_be_visible()
    expect(page.get_by_text("Failed (0)")).to_be_visible()
    shot("grid")


def test_who_failed_is_one_look_at_the_check_with_what_to_do(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/assets/sync_run?view=checks&checkDetail=no_failed_connections")
    expect(page.get_by_text("1 of 7 connections ended in error.")).to_be_visible()
    named = metadata_row(page, "connections")
    expect(named).to_contain_text(demo.id_of(LIBRAIRIE))
    expect(named).to_contain_text("PROVIDER_UNAVAILABLE")
    expect(metadata_row(page, "next steps")).to_contain_text("tried again")
    shot("failed_connections")
    expect(named).to_contain_text("hr-pipeline outcomes r")
    link = metadata_row(page, f"page of {demo.id_of(LIBRAIRIE)}").get_by_role("link").first
    page.goto(f"{ui.address}{link.get_attribute('href')}")
    expect(metadata_row(page, "code")).to_have_text("PROVIDER_UNAVAILABLE")
    expect(metadata_row(page, "run_seconds")).to_be_visible()


def test_runs_carry_their_status_and_can_be_filtered_by_it(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/runs")
    page.get_by_text("hr/status: partial").first.hover()
    page.get_by_text("Add tag to filter").click()
    expect(page).to_have_url(re.compile("hr%2Fstatus|hr/status"))
    expect(page.get_by_text("hr/failed: 1").first).to_be_visible()
    expect(page.get_by_text("hr/trigger: nightly").first).to_be_visible()
    assert "hr_process" not in page.inner_text("body")  # of use to us alone
    page.mouse.move(0, 0)
    shot("runs")


@pytest.mark.parametrize(
    ("asset", "numbers"), [("sync_history", ["error", "employees_conflict", "stale"]), ("sync_run", ["conflict", "seconds"])]
)
def test_numbers_are_plotted_over_time(
    demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None], asset: str, numbers: list[str]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 1500})
    page.goto(f"{ui.address}/assets/{asset}")
    page.get_by_text("Plots", exact=True).click()
    for number in numbers:
        plot = page.get_by_text(number, exact=True).last
        plot.scroll_into_view_if_needed()
        expect(plot).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_text("Plots", exact=True).scroll_into_view_if_needed()
    shot(f"plots-{asset}")


def test_an_asset_says_what_it_is_whose_and_how_fresh(ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/assets/sync_run")
    for said in ("hr-data", "Freshness policy", "Deadline: At 06:00", "layer: sync"):
        expect(page.get_by_text(said).first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Open reconcile"))).to_be_visible()
    shot("asset")
    page.goto(f"{ui.address}/assets/accounts")
    expect(page.get_by_text("Address as the provider writes it, domain in lower case.")).to_be_visible()
    shot("columns")


def test_the_lineage_shows_every_asset_with_its_checks(ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.set_viewport_size({"width": 1920, "height": 900})  # wide enough for assets to be drawn with their particulars
    page.goto(f"{ui.address}/locations/hr_pipeline/asset-groups/synchronisation")
    for asset in (
        "securex_snapshot",
        "payfit_snapshot",
        "employees",
        "sync_plan",
        "sync_run",
        "accounts",
        "pay",
        "conflicts",
        "sync_history",
    ):
        expect(page.get_by_text(asset, exact=True).first).to_be_visible()
    shot("lineage")
    expect(page.get_by_text(re.compile(r"\d / 4 Passed"))).to_be_visible()  # the schema checks of `employees`


def test_checks_say_how_many_people_broke_which_rule(ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    page.goto(f"{ui.address}/assets/employees?view=checks&checkDetail=schema_people")
    page.get_by_text("schema_people").first.click()
    expect(page.get_by_text("EMAIL_MISSING").first).to_be_visible()
    shot("checks")


def test_a_click_on_one_partition_synchronises_that_company(demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]) -> None:
    before = {run["runId"] for run in ui.runs()}
    open_partition(page, ui, demo.id_of(KERMADEC), demo.today.isoformat())
    expect(metadata_row(page, "trigger")).to_have_text("nightly")
    page.get_by_role("button", name="Materialize…").click()
    page.get_by_role("button", name="Launch 1 run").click()
    run = eventually(lambda: next((r for r in ui.runs() if r["runId"] not in before and r["status"] in ENDED), None), what="the run's end")
    assert (run["status"], run["tags"]["hr/status"], run["tags"]["hr/trigger"]) == ("SUCCESS", "success", "manual")
    assert run["tags"]["hr/connection"] == demo.id_of(KERMADEC)
    page.reload()
    expect(metadata_row(page, "trigger")).to_have_text("manual")
    expect(metadata_row(page, "unchanged")).to_have_text("12")
    page.goto(f"{ui.address}/runs/{run['runId']}")
    expect(page.get_by_text("Finished execution of run").first).to_be_visible()
    shot("run")


def test_a_backfill_over_two_nights_is_one_run_that_replays_the_kept_snapshots(
    demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]
) -> None:
    pulled = demo.sandbox.requests["securex workers"]
    before = {run["runId"] for run in ui.runs()}
    nights = [(demo.today - timedelta(days=days)).isoformat() for days in (2, 1)]
    page.goto(f"{ui.address}/assets/sync_run?view=partitions")
    page.get_by_role("button", name="Materialize…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Select a partition or create one").locator("visible=true").first.click()
    page.locator("span", has_text=demo.id_of(LOGISTIEK)).locator("visible=true").first.click()
    page.keyboard.press("Escape")
    dates = dialog.get_by_placeholder(re.compile("^ex: "))
    dates.fill(f"[{nights[0]}...{nights[1]}]")
    dates.press("Enter")
    expect(dialog.get_by_text("2 partitions")).to_be_visible()
    shot("backfill")
    dialog.get_by_role("button", name=re.compile("^Launch")).click()
    run = eventually(
        lambda: next((r for r in ui.runs() if r["runId"] not in before and r["status"] in ENDED), None), "the backfill's end", 120
    )
    assert (run["status"], run["tags"]["hr/trigger"]) == ("SUCCESS", "backfill")
    told = [demo.partition(demo.id_of(LOGISTIEK), demo.today - timedelta(days=days), run["runId"]) for days in (2, 1)]
    assert [one["source"] for one in told] == [14, 15]
    assert demo.sandbox.requests["securex workers"] == pulled
    assert len({r["runId"] for r in ui.runs()} - before) == 1


def test_the_nightly_schedule_is_on_and_due_at_half_past_three_in_brussels(ui: Ui) -> None:
    found = ui.ask(
        '{schedulesOrError(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "hr_pipeline"})'
        " {... on Schedules {results {name cronSchedule executionTimezone scheduleState {status}}}}}"
    )["schedulesOrError"]["results"]
    nightly = next(one for one in found if one["name"] == "nightly")
    assert (nightly["cronSchedule"], nightly["executionTimezone"], nightly["scheduleState"]["status"]) == (
        "30 3 * * *",
        "Europe/Brussels",
        "RUNNING",
    )


def test_a_run_whose_process_is_killed_while_pulling_starts_again_by_itself_and_goes_through(demo: Scene, ui: Ui, page: Page) -> None:
    before = {run["runId"] for run in ui.runs()}
    demo.sandbox.faults = ("silent",)
    page.goto(f"{ui.address}/assets/sync_run?view=partitions&partition={demo.id_of(KERMADEC)}%7C{demo.today}")
    page.get_by_role("button", name="Materialize…").click()
    page.get_by_role("button", name="Launch 1 run").click()
    eventually(lambda: demo.sandbox.faults_hit["silent"], what="a question that the provider leaves unanswered")
    (killed,) = [run["runId"] for run in ui.runs() if run["runId"] not in before]
    os.kill(process_of(demo, killed), signal.SIGKILL)
    demo.sandbox.faults = ()

    def again() -> dict[str, Any] | None:
        return next((run for run in ui.runs() if run["tags"].get("dagster/parent_run_id") == killed and run["status"] in ENDED), None)

    retry = eventually(again, "the second attempt's end", 180)
    assert (retry["status"], retry["tags"]["hr/status"], retry["tags"]["hr/trigger"]) == ("SUCCESS", "success", "retry")
    assert {run["runId"]: run["status"] for run in ui.runs()}[killed] == "FAILURE"
    assert demo.partition(demo.id_of(KERMADEC), demo.today, retry["runId"])["unchanged"] == 12


def process_of(demo: Scene, run_id: str) -> int:
    """Process id of a run worker, as it told when it began."""
    with demo.dagster() as instance:
        told = [str(entry.user_message) for entry in instance.all_logs(run_id, dg.DagsterEventType.ENGINE_EVENT)]
    return int(next(found[1] for text in told if (found := re.search(r"Executing steps in process \(pid: (\d+)\)", text))))


def test_a_backfill_over_all_with_a_stopped_company_among_them_ends_well_and_says_why_it_was_left_out(
    demo: Scene, ui: Ui, page: Page, shot: Callable[[str], None]
) -> None:
    gone, days = demo.id_of(KERMADEC), [(demo.today - timedelta(days=ago)).isoformat() for ago in (2, 1)]
    demo.disconnect(gone)
    asked = ui.ask(
        "mutation($of: LaunchBackfillParams!) {launchPartitionBackfill(backfillParams: $of) {... on LaunchBackfillSuccess {backfillId}}}",
        of={"assetSelection": [{"path": ["sync_run"]}], "partitionNames": [f"{one}|{day}" for day in days for one in demo.ids]},
    )
    of = asked["launchPartitionBackfill"]["backfillId"]
    status = "query($of: String!) {partitionBackfillOrError(backfillId: $of) {... on PartitionBackfill {status}}}"

    def ended() -> Any:
        found = ui.ask(status, of=of)["partitionBackfillOrError"]["status"]
        return None if found in ("REQUESTED", "CANCELING") else found

    assert eventually(ended, "the backfill's end", 180) == "COMPLETED_SUCCESS"
    open_partition(page, ui, gone, days[0])
    expect(metadata_row(page, "status")).to_have_text("skipped")
    expect(metadata_row(page, "code")).to_have_text("DISCONNECTED")
    expect(metadata_row(page, "connect again")).to_contain_text("hr-pipeline connect payfit")
    shot("partition-skipped")
