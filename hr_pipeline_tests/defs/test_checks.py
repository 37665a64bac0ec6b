"""Each check passes on what is right and fails on what is wrong; wrong is made by hand, in a copy of the store."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.definitions import defs
from hr_pipeline.defs.checks import ELSEWHERE, ON_SYNC_RUN, schema_of
from hr_pipeline.defs.connection_checks import MOST_LINKED, no_failed_connections
from hr_pipeline.defs.evidence import Evidence, evidence_of
from hr_pipeline.defs.launching import QUIET
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline.domain.schemas import judges
from hr_pipeline_tests.defs.conftest import TwoNights
from hr_pipeline_tests.defs.scene import KERMADEC, LIBRAIRIE, Scene

TODAY = datetime.now(BRUSSELS).date()
WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


@pytest.fixture
def copy(two_nights: TwoNights, tmp_path: Path) -> Scene:
    """The home after two nights, for a test to spoil."""
    home = tmp_path / "home"
    shutil.copytree(two_nights.scene.home, home, ignore=shutil.ignore_patterns("dagster"))
    return Scene(two_nights.scene.sandbox, home)


@pytest.fixture
def store(copy: Scene) -> Iterator[Database]:
    with copy.database() as database:
        yield database


def judged(database: Database, run_nos: list[int], on: date = TODAY) -> dict[tuple[str, str], dg.AssetCheckResult]:
    evidence = evidence_of(database, run_nos, on)
    return {(check.spec.asset_key.to_user_string(), check.spec.name): check.judged(evidence) for check in (*ON_SYNC_RUN, *ELSEWHERE)}


def runs_of_second_night(database: Database) -> list[int]:
    return [row["run_no"] for row in database.rows("SELECT max(run_no) AS run_no FROM sync_run GROUP BY connection_no")]


def cells(result: dg.AssetCheckResult, table: str, column: str) -> list[object]:
    return [record.data[column] for record in result.metadata[table].value.records]


def test_a_run_evaluates_every_check_once(two_nights: TwoNights) -> None:
    found = two_nights.scene.checks(two_nights.second)
    assert set(found) == {(check.spec.asset_key.to_user_string(), check.spec.name) for check in (*ON_SYNC_RUN, *ELSEWHERE)}


def test_a_failed_connection_is_named_an_error_when_it_is_more_than_a_tenth(two_nights: TwoNights) -> None:
    demo = two_nights.scene
    failed = demo.checks(two_nights.second)["sync_run", "no_failed_connections"]
    assert (failed.passed, failed.severity) == (False, ERROR)
    assert (failed.metadata["failed"].value, failed.metadata["total"].value) == (1, 7)
    (row,) = [record.data for record in failed.metadata["connections"].value.records]
    assert (row["connection"], row["code"]) == (demo.id_of(LIBRAIRIE), "PROVIDER_UNAVAILABLE")


def test_a_failed_connection_is_named_with_what_to_do_next(two_nights: TwoNights) -> None:
    failed = two_nights.scene.checks(two_nights.second)["sync_run", "no_failed_connections"]
    (row,) = [record.data for record in failed.metadata["next steps"].value.records]
    assert (row["code"], row["connections"]) == ("PROVIDER_UNAVAILABLE", 1)
    assert "tried again" in row["next step"]


def test_a_failed_connection_is_named_with_the_command_that_says_why_and_a_link_to_its_partition(two_nights: TwoNights) -> None:
    demo = two_nights.scene
    failed = demo.checks(two_nights.second)["sync_run", "no_failed_connections"]
    (row,) = [record.data for record in failed.metadata["connections"].value.records]
    assert row["look"] == f"hr-pipeline outcomes {row['sync_run']}"
    link = f"/assets/sync_run?view=partitions&partition={demo.id_of(LIBRAIRIE)}%7C{demo.today}"
    assert failed.metadata[f"page of {demo.id_of(LIBRAIRIE)}"] == dg.MetadataValue.url(link)


def test_a_later_sync_of_one_company_or_of_an_earlier_day_does_not_hide_who_failed_at_night(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=2)
    fresh.sandbox.night = 2
    fresh.night(2)
    failing = fresh.id_of(LIBRAIRIE)
    for pair in ((fresh.id_of(KERMADEC), fresh.today), (failing, fresh.today - timedelta(days=2))):
        check = fresh.checks(fresh.clicked(pair))["sync_run", "no_failed_connections"]
        named = [record.data["connection"] for record in check.metadata["connections"].value.records]
        assert (check.passed, check.metadata["total"].value, named) == (False, 7, [failing])


def test_a_run_that_is_refused_says_what_every_check_says_all_the_same(fresh: Scene) -> None:
    fresh.night(2)
    run_id = fresh.clicked(("securex-nobody", fresh.today))
    assert fresh.run(run_id).status is dg.DagsterRunStatus.FAILURE
    assert "securex-nobody" in fresh.failure(run_id)  # in a sentence, with the next step
    found = fresh.checks(run_id)
    assert set(found) == {(check.spec.asset_key.to_user_string(), check.spec.name) for check in (*ON_SYNC_RUN, *ELSEWHERE)}
    assert found["sync_run", "no_failed_connections"].metadata["total"].value == 7


def test_a_connection_without_a_snapshot_for_three_days_is_stale_though_others_go_on(store: Database) -> None:
    assert judged(store, [])["sync_history", "no_connection_is_stale"].passed
    behind, never = store.rows("SELECT connection_no, connection_id FROM connection ORDER BY connection_no LIMIT 2")
    store.run("UPDATE sync_run SET date = date - 3 WHERE connection_no = ? AND applied", [behind["connection_no"]])
    store.run("DELETE FROM sync_run WHERE connection_no = ?", [never["connection_no"]])
    store.run("UPDATE connection SET created_at = created_at - INTERVAL 4 DAY WHERE connection_no = ?", [never["connection_no"]])
    result = judged(store, [])["sync_history", "no_connection_is_stale"]
    assert (result.passed, result.severity, result.metadata["total"].value) == (False, ERROR, 7)
    assert cells(result, "connections", "connection") == [never["connection_id"], behind["connection_id"]]
    assert (cells(result, "connections", "last day")[0], cells(result, "connections", "code")[0]) == ("never", "never tried")
    store.run("UPDATE connection SET active = FALSE WHERE connection_no IN (?, ?)", [behind["connection_no"], never["connection_no"]])
    assert judged(store, [])["sync_history", "no_connection_is_stale"].passed


def test_a_replay_of_an_old_day_does_not_make_a_stale_connection_fresh(store: Database) -> None:
    first = store.rows("SELECT connection_no, connection_id FROM connection ORDER BY connection_no LIMIT 1")[0]
    store.run("UPDATE sync_run SET date = date - 5 WHERE connection_no = ?", [first["connection_no"]])
    store.run("UPDATE sync_run SET run_no = run_no + 1000, trigger = 'backfill' WHERE connection_no = ?", [first["connection_no"]])
    assert cells(judged(store, [])["sync_history", "no_connection_is_stale"], "connections", "days") == [5]


def test_a_great_failure_names_as_many_connections_as_an_event_carries_and_counts_the_rest() -> None:
    run = {"provider": "securex", "status": "error", "code": "PROVIDER_UNAVAILABLE", "date": TODAY, "sync_run_id": "r1", "detail": {}}
    runs = [{**run, "connection_id": f"securex-{n}"} for n in range(5_000)]
    result = no_failed_connections(Evidence(runs, {}, [], [], [], [], [], [], 5_000))
    listed = len(result.metadata["connections"].value.records)
    assert 20 < listed <= 100
    assert (result.metadata["failed"].value, result.metadata["not listed"].value) == (5_000, 5_000 - listed)
    assert len(str(result.metadata["connections"])) < 40_000
    assert sum(isinstance(shown, dg.UrlMetadataValue) for shown in result.metadata.values()) == MOST_LINKED


def test_one_failed_connection_in_ten_is_a_warning_two_are_an_error(store: Database) -> None:
    runs = [number for number in range(1, 15) if store.value("SELECT status FROM sync_run WHERE run_no = ?", [number]) != "error"]
    store.run("UPDATE sync_run SET status = 'error' WHERE run_no = ?", [runs[0]])
    ten = judged(store, runs[:10])["sync_run", "no_failed_connections"]
    assert (ten.passed, ten.severity, ten.description) == (False, WARN, "1 of 10 connections ended in error.")
    nine = judged(store, runs[:9])["sync_run", "no_failed_connections"]
    assert (nine.passed, nine.severity) == (False, ERROR)
    assert judged(store, runs[1:10])["sync_run", "no_failed_connections"].passed


def test_an_employee_without_an_outcome_is_noticed(store: Database) -> None:
    runs = runs_of_second_night(store)
    assert judged(store, runs)["sync_run", "every_employee_has_one_outcome"].passed
    spoilt = store.value("SELECT min(run_no) FROM outcome WHERE run_no IN (SELECT unnest(?))", [runs])
    store.run("DELETE FROM outcome WHERE run_no = ? AND row = (SELECT min(row) FROM outcome WHERE run_no = ?)", [spoilt, spoilt])
    result = judged(store, runs)["sync_run", "every_employee_has_one_outcome"]
    assert (result.passed, result.severity, cells(result, "runs", "sync_run")) == (False, ERROR, [f"r{spoilt}"])


def test_counters_that_do_not_add_up_are_noticed(store: Database) -> None:
    runs = runs_of_second_night(store)
    store.run("UPDATE sync_run SET unchanged = unchanged + 1 WHERE run_no = ?", [runs[0]])
    assert cells(judged(store, runs)["sync_run", "every_employee_has_one_outcome"], "runs", "sync_run") == [f"r{runs[0]}"]


def test_a_question_that_waits_for_more_than_a_fortnight_is_a_warning_that_names_company_and_code(store: Database) -> None:
    fortnight = judged(store, [], TODAY + timedelta(days=14))["conflicts", "no_conflict_waits_long"]
    assert (fortnight.passed, fortnight.metadata["oldest_days"].value) == (True, 14)
    longer = judged(store, [], TODAY + timedelta(days=15))["conflicts", "no_conflict_waits_long"]
    assert (longer.passed, longer.severity) == (False, WARN)
    open_now = store.rows("SELECT DISTINCT connection_id, code FROM reporting.conflicts WHERE state = 'open'")
    assert {(row["connection_id"], row["code"]) for row in open_now} == set(
        zip(cells(longer, "waiting", "connection"), cells(longer, "waiting", "code"), strict=True)
    )


def test_two_accounts_with_one_email_are_named_by_id(store: Database) -> None:
    assert judged(store, [])["accounts", "emails_are_unique"].passed
    store.run("UPDATE account SET email_hash = (SELECT email_hash FROM account WHERE account_no = 20) WHERE account_no = 30")
    result = judged(store, [])["accounts", "emails_are_unique"]
    assert (result.passed, result.severity, cells(result, "accounts", "accounts")) == (False, ERROR, ["a20, a30"])


def test_a_provider_whose_company_gave_no_snapshot_is_named_and_the_other_is_not(two_nights: TwoNights) -> None:
    found = two_nights.scene.checks(two_nights.second)
    assert found["securex_snapshot", "snapshots_are_complete"].passed
    assert not found["payfit_snapshot", "snapshots_are_complete"].passed
    first = two_nights.scene.checks(two_nights.first)["securex_snapshot", "snapshots_are_complete"]
    assert [record.data["code"] for record in first.metadata["connections"].value.records] == ["SNAPSHOT_INCOMPLETE"]


def test_a_hold_that_waits_is_named_until_a_later_run_goes_through(store: Database) -> None:
    assert judged(store, [])["sync_plan", "no_hold_waits"].passed
    newest, before = max(runs_of_second_night(store)), 1
    for number in (before, newest):
        store.run("UPDATE sync_run SET code = 'HELD_MISSING', status = 'error' WHERE run_no = ?", [number])
    result = judged(store, [])["sync_plan", "no_hold_waits"]
    assert (result.passed, result.severity, cells(result, "holds", "sync_run")) == (False, WARN, [f"r{newest}"])


def test_rejected_people_are_counted_by_schema_field_and_rule(two_nights: TwoNights) -> None:
    found = two_nights.scene.checks(two_nights.second)
    people, pay_rows = found["employees", "schema_people"], found["employees", "schema_pay_rows"]
    said = {(r.data["field"], r.data["rule"]): r.data["people"] for c in (people, pay_rows) for r in c.metadata["findings"].value.records}
    assert said.items() >= {("email", "missing"): 1, ("start_date", "missing"): 1, ("gross_amount", "not above zero"): 1}.items()
    assert (people.passed, people.severity) == (False, WARN)
    assert found["employees", "schema_salary_components"].passed


@pytest.mark.parametrize(
    ("field", "rule", "schema"),
    [
        ("email", "not an e-mail address", "people"),  # could not be read: told by parsing
        ("email", "not the form of an address", "people"),
        ("gross_amount", "not above zero", "pay_rows"),
        ("gross_amount", "not a plain decimal amount", "pay_rows"),
        ("work_regime_pct", "under 33.33 %", "pay"),
        ("component_amount", "not a plain decimal amount", "salary_components"),
        ("", "pay without a person", "pay_rows"),
    ],
)
def test_every_finding_belongs_to_one_schema(field: str, rule: str, schema: str) -> None:
    assert schema_of(("FIELD_INVALID", field, rule, True), judges()).schema.name == schema


def test_checks_can_be_executed_at_any_time_on_the_newest_run_of_each_connection(copy: Scene) -> None:
    chosen = dg.AssetSelection.checks(
        dg.AssetCheckKey(dg.AssetKey("accounts"), "emails_are_unique"), dg.AssetCheckKey(dg.AssetKey("sync_plan"), "no_hold_waits")
    )
    with copy.dagster() as instance:
        with_job = dg.Definitions.merge(defs, dg.Definitions(jobs=[dg.define_asset_job("chosen_checks", selection=chosen)]))
        job = with_job.resolve_job_def("chosen_checks")
        result = job.execute_in_process(run_config=QUIET, instance=instance, resources={"surroundings": Surroundings(copy.work)})
    assert {(one.asset_key.to_user_string(), one.check_name): one.passed for one in result.get_asset_check_evaluations()} == {
        ("accounts", "emails_are_unique"): True,
        ("sync_plan", "no_hold_waits"): True,
    }
