from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.adapters.store.leases import take_leases
from hr_pipeline.defs.launching import QUIET, SYNC
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.defs.sync_run import sync_config
from hr_pipeline.domain.outcomes import Counts, Trigger
from hr_pipeline.operations.retrying import failing
from hr_pipeline.operations.turns import Patience
from hr_pipeline.sandbox import expected
from hr_pipeline_tests.defs.conftest import TwoNights
from hr_pipeline_tests.defs.scene import BRASSERIE, KERMADEC, LIBRAIRIE, LOGISTIEK, Scene, connection_of

COUNTERS = list(Counts().as_dict())


def counters(told: dict[str, Any]) -> dict[str, int]:
    return {name: told[name] for name in COUNTERS}


def rows(table: Any) -> list[dict[str, Any]]:
    return [record.data for record in table.records]


@pytest.mark.parametrize("night", [1, 2])
def test_every_partition_of_a_night_tells_the_status_and_the_counts_that_the_script_promises(two_nights: TwoNights, night: int) -> None:
    demo, run_id = two_nights.scene, (two_nights.first, two_nights.second)[night - 1]
    for company in expected(demo.sandbox.options):
        promised = company.nights[night - 1]
        told = demo.partition(connection_of(company.company), demo.today, run_id)
        assert (told["status"], told.get("code")) == (promised.status, promised.code), company.company.name
        counted = {"source": promised.source, "missing": promised.missing, **promised.counts}
        assert {name: n for name, n in counters(told).items() if n} == {name: n for name, n in counted.items() if n}


def test_a_night_is_one_run_that_tells_every_connection_once(two_nights: TwoNights) -> None:
    demo = two_nights.scene
    told = demo.told("sync_run", two_nights.second)
    assert sorted(one.partition for one in told) == sorted(f"{one}|{demo.today}" for one in demo.ids)
    assert demo.run(two_nights.second).status is dg.DagsterRunStatus.SUCCESS
    assert demo.run(two_nights.second).job_name == "sync"


def test_run_tags_say_status_failed_connections_and_trigger(two_nights: TwoNights) -> None:
    tags = two_nights.scene.run(two_nights.second).tags
    assert {name: text for name, text in tags.items() if name in ("hr/status", "hr/failed", "hr/trigger", "hr/connection")} == {
        "hr/status": "partial",
        "hr/failed": "1",
        "hr/trigger": "nightly",
    }


def test_a_partition_names_who_needs_attention_by_id_and_code_and_how_to_learn_their_names(two_nights: TwoNights) -> None:
    demo = two_nights.scene
    told = demo.partition(demo.id_of(BRASSERIE), demo.today, two_nights.second)
    stored = demo.rows(
        "SELECT external_id, outcome, code, coalesce(field, '') AS field FROM reporting.outcomes"
        " WHERE sync_run_id = ? AND outcome IN ('conflict', 'rejected', 'held')",
        told["sync_run_id"],
    )
    shown = rows(told["attention"])
    assert sorted(shown, key=lambda row: row["external_id"]) == sorted(stored, key=lambda row: row["external_id"])
    assert {"external_id": "1009", "outcome": "rejected", "code": "EMAIL_MISSING", "field": "email"} in shown
    assert told["names"] == f"hr-pipeline outcomes {told['sync_run_id']} --names"


def test_a_partition_carries_the_ids_that_lead_further(two_nights: TwoNights) -> None:
    demo = two_nights.scene
    told = demo.partition(demo.id_of(KERMADEC), demo.today, two_nights.second)
    (row,) = demo.rows("SELECT * FROM reporting.sync_runs WHERE sync_run_id = ?", told["sync_run_id"])
    assert (told["snapshot_id"], told["plan_id"], told["trigger"]) == (row["snapshot_id"], row["plan_id"], "nightly")
    assert row["dagster_run_id"] == two_nights.second
    assert told["run_seconds"] == pytest.approx((row["finished_at"] - row["started_at"]).total_seconds(), abs=0.001)


def test_each_company_of_a_night_has_its_own_seconds_also_one_that_failed_and_a_replay_asked_nobody(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=1)
    fresh.sandbox.night = 2
    night = fresh.night(2)
    told = {one: fresh.partition(one, fresh.today, night) for one in fresh.ids}
    pulled = {
        row["connection_id"]: row["pull_seconds"]
        for row in fresh.rows(
            "SELECT connection_id, pull_seconds FROM snapshot JOIN connection USING (connection_no) WHERE date = ?", fresh.today
        )
    }
    assert {one: told[one]["seconds"] for one in pulled} == pulled
    assert len(set(pulled.values())) > 1
    failed = told[fresh.id_of(LIBRAIRIE)]
    assert failed["code"] == "PROVIDER_UNAVAILABLE"
    assert 0 < failed["seconds"] <= failed["run_seconds"]
    replay = fresh.clicked((fresh.id_of(KERMADEC), fresh.today - timedelta(days=1)))
    again = fresh.partition(fresh.id_of(KERMADEC), fresh.today - timedelta(days=1), replay)
    assert "seconds" not in again
    assert again["run_seconds"] > 0


def test_counters_are_numbers_so_that_dagster_plots_them(two_nights: TwoNights) -> None:
    (one, *_) = two_nights.scene.told("sync_run", two_nights.second)
    numbers = {name for name, value in one.metadata.items() if isinstance(value, dg.IntMetadataValue | dg.FloatMetadataValue)}
    assert numbers >= {*COUNTERS, "pay_source", "pay_applied", "pay_unchanged", "pay_rejected", "seconds", "run_seconds"}


def test_a_connection_that_failed_is_told_with_its_code_what_happened_and_the_next_step(two_nights: TwoNights) -> None:
    demo = two_nights.scene
    told = demo.partition(demo.id_of(LIBRAIRIE), demo.today, two_nights.second)
    assert (told["status"], told["code"]) == ("error", "PROVIDER_UNAVAILABLE")
    assert told["what happened"].startswith("PayFit does not answer")
    assert told["next step"]
    (history,) = demo.told("sync_history", two_nights.second)
    (waiting,) = [row for row in rows(history.metadata["tried again"]) if row["connection"] == demo.id_of(LIBRAIRIE)]
    assert told["next attempt"] == waiting["next attempt"]
    assert told["try it now"] == f"hr-pipeline request {demo.id_of(LIBRAIRIE)}"
    assert demo.sandbox.faults_hit["server_errors"] > 0
    assert not any(counters(told).values())


def test_metadata_of_a_partition_begins_with_what_a_person_asks_first(two_nights: TwoNights) -> None:
    demo = two_nights.scene
    assert list(demo.partition(demo.id_of(BRASSERIE), demo.today, two_nights.second))[:4] == [
        "status",
        "employees",
        "attention",
        "names",
    ]
    assert list(demo.partition(demo.id_of(LIBRAIRIE), demo.today, two_nights.second))[:4] == [
        "status",
        "code",
        "what happened",
        "next step",
    ]


def test_a_run_tells_the_assets_around_it(two_nights: TwoNights) -> None:
    demo = two_nights.scene

    def of(asset: str) -> dict[str, Any]:
        (one,) = demo.told(asset, two_nights.second)
        return {name: value.value for name, value in one.metadata.items()}

    securex, payfit = of("securex_snapshot"), of("payfit_snapshot")
    assert (payfit["companies"], payfit["pulled"], payfit["failed"]) == (3, 2, 1)
    assert rows(payfit["failed_by_code"]) == [{"code": "PROVIDER_UNAVAILABLE", "companies": 1}]
    (kept,) = demo.rows(
        "SELECT sum(employees)::INT AS employees, sum(pages)::INT AS pages FROM snapshot WHERE snapshot_id IN"
        " (SELECT snapshot_id FROM sync_run WHERE dagster_run_id = ?)",
        two_nights.second,
    )
    assert (securex["employees"] + payfit["employees"], securex["pages"] + payfit["pages"]) == (kept["employees"], kept["pages"])
    employees = of("employees")
    assert employees["dagster/row_count"] == kept["employees"]
    assert {"field": "email", "rule": "missing", "code": "EMAIL_MISSING", "weight": "error", "people": 1} in rows(employees["findings"])
    (planned,) = demo.rows(
        "SELECT sum(created)::INT AS new, sum(updated)::INT AS updated FROM sync_run WHERE dagster_run_id = ?", two_nights.second
    )
    plan = of("sync_plan")
    assert (plan["plans"], plan["new"], plan["updated"], plan["plans_held"]) == (6, planned["new"], planned["updated"], 0)
    counted = {
        "accounts": "SELECT count(*) AS n FROM reporting.accounts",
        "pay": "SELECT count(*) AS n FROM reporting.pay WHERE current",
        "conflicts": "SELECT count(*) AS n FROM reporting.conflicts WHERE state = 'open'",
        "sync_history": "SELECT count(*) AS n FROM reporting.sync_runs",
    }
    for view, sql in counted.items():
        assert of(view)["dagster/row_count"] == demo.rows(sql)[0]["n"], view


def test_a_click_on_today_pulls_that_company_afresh(fresh: Scene) -> None:
    fresh.night(1)
    fresh.sandbox.night = 2
    before = fresh.sandbox.requests["payfit collaborators"]
    run_id = fresh.clicked((fresh.id_of(KERMADEC), fresh.today))
    told = fresh.partition(fresh.id_of(KERMADEC), fresh.today, run_id)
    assert (told["status"], told["trigger"], told["created"], told["updated"]) == ("success", "manual", 1, 3)
    assert fresh.sandbox.requests["payfit collaborators"] > before
    assert fresh.run(run_id).status is dg.DagsterRunStatus.SUCCESS
    assert fresh.run(run_id).tags["hr/connection"] == fresh.id_of(KERMADEC)
    assert fresh.told("securex_snapshot", run_id) == []  # nobody of that provider was asked for


def test_a_backfill_over_two_past_nights_replays_the_kept_snapshots_in_one_run(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=2)
    fresh.earlier_night(2, days_ago=1)
    requests = fresh.sandbox.requests
    days = [fresh.today - timedelta(days=2), fresh.today - timedelta(days=1)]
    run_id = fresh.clicked(*((fresh.id_of(LOGISTIEK), day) for day in days))
    told = [fresh.partition(fresh.id_of(LOGISTIEK), day, run_id) for day in days]
    assert [(one["trigger"], one["source"], one["created"] + one["updated"]) for one in told] == [("backfill", 14, 0), ("backfill", 15, 0)]
    assert fresh.sandbox.requests == requests  # nothing was pulled
    assert len(fresh.told("sync_run", run_id)) == 2


def test_a_past_day_of_which_nothing_is_kept_is_an_error_that_says_so(fresh: Scene) -> None:
    day = fresh.today - timedelta(days=3)
    run_id = fresh.clicked((fresh.id_of(KERMADEC), day))
    told = fresh.partition(fresh.id_of(KERMADEC), day, run_id)
    assert told["code"] == "SNAPSHOT_NOT_KEPT"
    assert told["kept lists"] == f"hr-pipeline snapshots {fresh.id_of(KERMADEC)}"


def test_a_past_day_of_which_nothing_is_kept_names_the_first_kept_day_of_that_very_company(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=2)
    day, first = fresh.today - timedelta(days=3), fresh.today - timedelta(days=2)
    run_id = fresh.clicked((fresh.id_of(KERMADEC), day))
    assert f"; the first is that of {first}." in fresh.partition(fresh.id_of(KERMADEC), day, run_id)["what happened"]


def test_a_run_fails_only_when_every_connection_ended_in_error(fresh: Scene) -> None:
    fresh.sandbox.faults = ("server_errors",)
    run_id = fresh.night(1)
    assert fresh.sandbox.faults_hit["server_errors"] > 0
    run = fresh.run(run_id)
    assert (run.status, run.tags["hr/status"], run.tags["hr/failed"]) == (dg.DagsterRunStatus.FAILURE, "error", str(len(fresh.ids)))
    assert len(fresh.told("sync_run", run_id)) == len(fresh.ids)  # all the same, each partition says why
    assert fresh.checks(run_id)["sync_run", "no_failed_connections"].severity is dg.AssetCheckSeverity.ERROR


def test_a_held_run_shows_its_plan_and_who_must_look_at_it(tmp_path: Any) -> None:
    from hr_pipeline.domain.connections import Review
    from hr_pipeline.sandbox import Sandbox, SandboxOptions

    with Sandbox(SandboxOptions(size=150)) as sandbox:
        demo = Scene(sandbox, tmp_path)
        company = next(one for one in sandbox.companies if one.name == KERMADEC)
        demo.connect([company], review=Review.FIRST)
        run_id = demo.clicked((connection_of(company), demo.today))
        told = demo.partition(connection_of(company), demo.today, run_id)
        assert (told["status"], told["code"], told["held"]) == ("error", "HELD_REVIEW", 11)
        (plan,) = demo.told("sync_plan", run_id)
        assert [row["next step"] for row in rows(plan.metadata["held_by"])] == [f"hr-pipeline approve {told['plan_id']}"]
        hold = demo.checks(run_id)["sync_plan", "no_hold_waits"]
        assert (hold.passed, hold.severity, hold.metadata["waiting"].value) == (False, dg.AssetCheckSeverity.WARN, 1)


def test_a_disconnected_company_leaves_a_selection_of_several_and_is_refused_alone(fresh: Scene) -> None:
    gone, stays = fresh.id_of(LOGISTIEK), fresh.id_of(KERMADEC)
    fresh.disconnect(gone)
    with fresh.dagster() as instance:
        instance.add_dynamic_partitions("connection", [gone, stays])
    run_id = fresh.clicked((gone, fresh.today), (stays, fresh.today))
    assert fresh.run(run_id).status is dg.DagsterRunStatus.SUCCESS
    assert fresh.partition(stays, fresh.today, run_id)["status"] == "success"
    alone = fresh.clicked((gone, fresh.today))
    assert fresh.run(alone).status is dg.DagsterRunStatus.FAILURE
    assert fresh.failure(alone).startswith(f"The connection {gone} has been stopped. Connect the company again")
    for run in (run_id, alone):
        told = fresh.partition(gone, fresh.today, run)  # told all the same: a partition that isn't ends red, and its backfill with it
        assert (told["status"], told["code"]) == ("skipped", "DISCONNECTED")
        assert told["connect again"].startswith("hr-pipeline connect securex --vat")
    assert fresh.rows("SELECT * FROM reporting.sync_runs WHERE connection_id = ?", gone) == []
    failed = fresh.checks(run_id)["sync_run", "no_failed_connections"]
    assert (failed.metadata["failed"].value, failed.metadata["total"].value) == (0, 1)


def test_a_backfill_over_all_tells_every_partition_also_where_each_other_company_fails_and_what_was_there_stays(fresh: Scene) -> None:
    fresh.earlier_night(1, days_ago=2)
    days = [fresh.today - timedelta(days=ago) for ago in (3, 2, 1)]
    stays, unknown, gone = fresh.id_of(BRASSERIE), "securex-in-another-store-1", fresh.id_of(LOGISTIEK)
    fresh.disconnect(gone)
    before = fresh.rows("SELECT * FROM reporting.sync_runs WHERE connection_id = ?", gone)
    with fresh.dagster() as instance:
        instance.add_dynamic_partitions("connection", [stays, unknown, gone])
    run_id = fresh.clicked((stays, days[0]), (gone, days[-1]))
    told = {one: [fresh.partition(one, day, run_id) for day in days] for one in (stays, unknown, gone)}
    assert [one["code"] for one in told[gone]] == ["DISCONNECTED"] * 3
    assert [one["code"] for one in told[unknown]] == ["UNKNOWN_CONNECTION"] * 3
    assert [one.get("code") for one in told[stays]] == ["SNAPSHOT_NOT_KEPT", None, "SNAPSHOT_NOT_KEPT"]
    assert fresh.rows("SELECT * FROM reporting.sync_runs WHERE connection_id = ?", gone) == before


def test_a_second_run_of_the_same_night_changes_nothing(fresh: Scene) -> None:
    fresh.night(1)
    told = fresh.partition(fresh.id_of(KERMADEC), fresh.today, fresh.night(1, Trigger.MANUAL))
    assert (told["created"], told["updated"], told["unchanged"], told["trigger"]) == (0, 0, 11, "manual")


def test_a_connection_in_use_until_patience_ends_is_told_as_an_error_that_names_the_run_so_that_it_is_tried_again(fresh: Scene) -> None:
    busy = fresh.id_of(KERMADEC)
    with fresh.database() as database:
        take_leases(database, [stored_connection(database, busy).number], "sync-1", "another-run", datetime.now(UTC))
    with fresh.dagster() as instance:
        list_connections(instance, fresh.ids)
        run = SYNC.execute_in_process(
            run_config=sync_config(connections=[busy]) | QUIET,
            instance=instance,
            resources={"surroundings": Surroundings(fresh.work, patience=Patience(0.1, 0.01))},
            raise_on_error=False,
        )
    assert not run.success
    told = fresh.partition(busy, fresh.today, run.run_id)
    assert (told["status"], told["code"]) == ("error", "ALREADY_RUNNING")
    assert "another-run" in fresh.failure(run.run_id)
    assert fresh.checks(run.run_id)["sync_run", "no_failed_connections"].passed is False
    with fresh.database() as database:
        assert [(one.connection_id, one.in_use, one.in_quarantine) for one in failing(database)] == [(busy, 1, False)]
