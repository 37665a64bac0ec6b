import json
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import pytest
from dagster import serialize_value

from hr_pipeline.defs.events import evaluation, report
from hr_pipeline.defs.told import MOST_ROWS, left_out_told, sync_run_told, table
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection, Settings
from hr_pipeline.domain.outcomes import Counts

ROW: dict[str, Any] = {
    "sync_run_id": "r17",
    "connection_id": "securex-brasserie-du-vieux-lavoir-410017",
    "date": date(2026, 11, 22),
    "status": "partial",
    "code": None,
    "note": None,
    "detail": {},
    "trigger": "nightly",
    "counts": Counts(source=5_000, unchanged=4_000, rejected=1_000).as_dict(),
    "pay": dict.fromkeys(("source", "applied", "unchanged", "rejected"), 5_000),
    "started_at": datetime(2026, 11, 22, 2, 30, tzinfo=UTC),
    "finished_at": datetime(2026, 11, 22, 2, 30, 7, tzinfo=UTC),
    "snapshot_id": "snap-20261122-0123456789",
    "plan_id": "plan-20261122-0123456789",
    "pull_seconds": 0.4,
}


def attention(rows: int, width: int) -> list[dict[str, Any]]:
    return [{"external_id": f"{n:0{width}}", "outcome": "rejected", "code": "EMAIL_MISSING", "field": "email"} for n in range(rows)]


@pytest.mark.parametrize("width", [4, 24, 200])
def test_a_partition_with_a_thousand_people_to_look_at_stays_under_five_kilobytes_of_table_and_a_hundred_rows(width: int) -> None:
    told = sync_run_told(ROW, attention(1_000, width))
    shown = told.metadata["attention"]
    assert isinstance(shown, dg.TableMetadataValue)
    assert 0 < len(shown.records) <= MOST_ROWS
    assert len(json.dumps([record.data for record in shown.records])) < 5_000


def test_a_short_table_is_shown_whole() -> None:
    assert len(table(attention(20, 4)).records) == 20


def test_values_of_a_table_are_plain_so_that_dagster_can_store_them() -> None:
    stored = serialize_value(table([{"code": Code.TRANSFER, "on": date(2026, 11, 22), "field": None, "people": 3}]))
    assert '"TRANSFER"' in stored
    assert r'"22\u00a0Nov"' in stored


def test_a_sync_run_with_nobody_in_it_says_its_note() -> None:
    told = sync_run_told({**ROW, "status": "success", "counts": Counts().as_dict(), "note": "no employee at the provider"}, [])
    assert told.metadata["note"].value == "no employee at the provider"
    assert "attention" not in told.metadata
    assert told.description == "securex-brasserie-du-vieux-lavoir-410017 2026-11-22: success. Nobody."


def test_a_company_s_seconds_are_its_own_pull_s_and_none_where_nothing_was_asked_of_the_provider() -> None:
    told = sync_run_told(ROW, []).metadata
    assert (told["seconds"].value, told["run_seconds"].value) == (0.4, 7.0)
    assert "seconds" not in sync_run_told({**ROW, "pull_seconds": None}, []).metadata


def test_who_is_missing_is_counted_in_the_words_of_the_history() -> None:
    told = sync_run_told({**ROW, "counts": Counts(source=40, unchanged=40, missing=1).as_dict()}, [])
    assert told.metadata["employees"].value == "40: 40 unchanged, 1 missing"
    assert str(told.description).endswith("partial. 40 unchanged, 1 missing.")


def test_a_failure_that_is_tried_again_says_when_and_how_to_do_it_now() -> None:
    failed = {**ROW, "status": "error", "code": "PROVIDER_UNAVAILABLE", "detail": {"provider": "securex"}, "counts": Counts().as_dict()}
    told = sync_run_told(failed, [], "2026-11-22 03:45").metadata
    assert (told["next attempt"].value, told["try it now"].value) == ("2026-11-22 03:45", f"hr-pipeline request {ROW['connection_id']}")
    assert "try it now" not in sync_run_told(failed, []).metadata  # as of a day that was replayed: nobody tries that again


@pytest.mark.parametrize(
    ("provider", "credential", "command"),
    [
        ("securex", {"kind": "partner"}, "hr-pipeline connect securex --vat BE0417710407 --employer 410017"),
        ("payfit", {"kind": "env", "variable": "PAYFIT_KEY_A"}, "hr-pipeline connect payfit --api-key-env PAYFIT_KEY_A"),
        ("payfit", {"kind": "envelope", "token": "never-shown"}, "hr-pipeline connect payfit --oauth"),
    ],
)
def test_a_stopped_company_s_partition_names_the_command_that_connects_it_again(
    provider: str, credential: dict[str, str], command: str
) -> None:
    stopped = Connection(f"{provider}-a", provider, "Jan Jansen", "BE0417710407", "410017", Settings(), credential, active=False)
    told = left_out_told((stopped.connection_id, date(2026, 11, 22)), stopped)
    assert told.metadata["connect again"].value == f'{command} --name "…"'
    assert (told.metadata["status"].value, told.metadata["code"].value) == ("skipped", "DISCONNECTED")
    assert not {"Jansen", "never-shown"} & set(str(serialize_value(told)).replace('"', " ").split())


def test_a_connection_that_only_dagster_knows_is_said_not_to_exist() -> None:
    told = left_out_told(("securex-a", date(2026, 11, 22)), None).metadata
    assert (told["code"].value, told["what happened"].value) == ("UNKNOWN_CONNECTION", "The connection securex-a does not exist.")


def test_a_sync_run_is_summed_up_in_one_line() -> None:
    assert str(sync_run_told(ROW, []).description).endswith("partial. 4000 unchanged, 1000 rejected.")


class Plain:
    """A context that has the public interface only, as a later Dagster might."""

    def __init__(self) -> None:
        self.logged: list[dg.AssetMaterialization] = []

    def log_event(self, event: dg.AssetMaterialization) -> None:
        self.logged.append(event)


def test_where_the_private_batch_has_moved_events_go_through_the_public_interface() -> None:
    context, events = Plain(), [dg.AssetMaterialization("accounts"), dg.AssetMaterialization("pay")]
    report(context, events)  # type: ignore[arg-type]
    assert context.logged == events


@pytest.mark.parametrize("size", ["0", "2", "500"])
def test_a_batch_tells_every_event_whatever_its_size(size: str, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", size)
    names = [f"view_{n}" for n in range(5)]

    @dg.op
    def telling(context: dg.OpExecutionContext) -> None:
        report(context, [dg.AssetMaterialization(name) for name in names])

    @dg.job
    def tell() -> None:
        telling()

    assert tell.execute_in_process(instance=instance).success
    assert [key.to_user_string() for key in sorted(instance.all_asset_keys())] == names


def test_a_verdict_told_from_elsewhere_must_name_its_asset() -> None:
    with pytest.raises(ValueError, match="names its asset"):
        evaluation(dg.AssetCheckResult(passed=True))
