from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from hr_pipeline.defs.partitions import (
    CONNECTION,
    LONGEST_VIEW,
    MOST_PARTITIONS,
    SHORTEST_VIEW,
    first_day,
    list_connections,
    pair_of,
    partition_key,
    pulled_connections,
    sync_partitions,
)
from hr_pipeline.defs.selection import Wanted, wanted_pairs
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize("connections", [0, 1, 6, 500, 1_000, 2_500, 5_000])
def test_dates_and_connections_together_stay_within_what_the_ui_shows_quickly(connections: int) -> None:
    start = first_day(SUNDAY, connections)
    days = (SUNDAY - start).days + 1
    assert days * connections <= MOST_PARTITIONS * 1.4  # the week that the start is rounded down to
    assert SHORTEST_VIEW <= days <= LONGEST_VIEW + 7


@pytest.mark.parametrize("connections", [1_000, 5_000, 50_000])
def test_the_first_date_follows_the_number_of_connections_but_two_weeks_are_always_shown(connections: int) -> None:
    assert first_day(SUNDAY, connections) >= first_day(SUNDAY, connections - 100)
    assert first_day(SUNDAY, 10) < first_day(SUNDAY, 2_500) < first_day(SUNDAY, 5_000)
    assert (SUNDAY - first_day(SUNDAY, connections)).days >= 14


def test_the_first_date_moves_once_a_week() -> None:
    monday = date(2026, 11, 16)
    assert {first_day(monday + timedelta(days=n), 500) for n in range(5)} <= {
        first_day(monday, 500),
        first_day(monday, 500) + timedelta(days=7),
    }
    assert all(first_day(monday + timedelta(days=n), 500).weekday() == 0 for n in range(30))


def test_connections_are_counted_by_their_landing_folders_without_opening_the_store(tmp_path: Path) -> None:
    assert pulled_connections(tmp_path) == 0
    for name in ("securex-a-1", "payfit-b-2"):
        (tmp_path / "landing" / name).mkdir(parents=True)
    (tmp_path / "landing" / "stray").write_text("")
    assert pulled_connections(tmp_path) == 2


@pytest.mark.parametrize("moment", ["2026-03-29T00:30", "2026-03-29T03:30", "2026-10-25T02:30", "2026-10-25T23:30", "2026-11-22T12:00"])
def test_today_in_brussels_is_a_partition_also_in_the_nights_the_clocks_change(moment: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Brussels"))
    days = sync_partitions(now.date(), 6).get_partitions_def_for_dimension("date").get_partition_keys(current_time=now)
    assert days[-1] == now.date().isoformat()
    assert len(days) == len(set(days)) == (now.date() - first_day(now.date(), 6)).days + 1


def test_moving_the_first_date_loses_nothing_older_days_show_again_when_it_moves_back(instance: dg.DagsterInstance) -> None:
    asset, old = dg.AssetKey("sync_run"), SUNDAY - timedelta(days=60)

    @dg.op
    def telling(context: dg.OpExecutionContext) -> None:
        context.log_event(dg.AssetMaterialization(asset, partition=partition_key("securex-a-1", old)))

    @dg.job
    def told() -> None:
        telling()

    list_connections(instance, ["securex-a-1"])
    assert told.execute_in_process(instance=instance).success

    def shown(connections: int) -> dict[str, object]:
        partitions = sync_partitions(SUNDAY, connections)
        keys = partitions.get_partition_keys(dynamic_partitions_store=instance)
        return {key: status for key, status in (instance.get_status_by_partition(asset, keys, partitions) or {}).items() if status}

    key = str(partition_key("securex-a-1", old))
    assert [set(shown(connections)) for connections in (1, 5_000, 1)] == [{key}, set(), {key}]


class Clicked:
    """A run on a range, whose dates may have left the list since."""

    has_partition_key, has_partition_key_range = False, True

    def __init__(self, instance: dg.DagsterInstance, start: str, end: str) -> None:
        self.instance, self.partition_key_range = instance, dg.PartitionKeyRange(start, end)

    def pairs(self, *active: str) -> list[tuple[str, date]]:
        stored = [SimpleNamespace(connection_id=one, connection=SimpleNamespace(active=True)) for one in active]
        return wanted_pairs(self, Wanted(), stored, SUNDAY)  # type: ignore[arg-type]


def test_a_range_clicked_before_its_first_date_moved_on_is_still_understood(instance: dg.DagsterInstance) -> None:
    ids = ["securex-a-1", "payfit-b-2", "payfit-c-3"]
    list_connections(instance, ids)
    days = [date(2020, 1, 1), date(2020, 1, 2)]
    clicked = Clicked(instance, f"{ids[0]}|{days[0]}", f"{ids[1]}|{days[1]}")
    assert clicked.pairs(*ids) == [(one, on) for on in days for one in ids[:2]]
    alone = Clicked(instance, f"{ids[2]}|{days[0]}", f"{ids[2]}|{days[0]}")
    assert alone.pairs(*ids) == [(ids[2], days[0])]
    with pytest.raises(Refusal) as refused:
        Clicked(instance, f"{ids[0]}|{days[1]}", f"{ids[0]}|{days[0]}").pairs(*ids)
    assert refused.value.code is Code.NOTHING_TO_DO


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("securex-a-1|0001-01-01", "securex-a-1|9999-12-31", Code.INVALID_DATE),
        ("securex-a-1|soon", "securex-a-1|2020-01-01", Code.INVALID_DATE),
        ("securex-a-1|2020-01-01", "Some/Thing|2020-01-02", Code.UNKNOWN_CONNECTION),
        ("nope|2020-01-01", "securex-a-1|2020-01-02", Code.UNKNOWN_CONNECTION),
    ],
)
def test_a_range_that_no_click_can_make_is_refused_before_its_days_are_listed(
    instance: dg.DagsterInstance, start: str, end: str, code: Code
) -> None:
    list_connections(instance, ["securex-a-1"])
    with pytest.raises(Refusal) as refused:
        Clicked(instance, start, end).pairs("securex-a-1")
    assert refused.value.code is code
    assert "Some/Thing" not in str(refused.value)


def test_in_the_window_a_range_is_what_dagster_itself_lists(instance: dg.DagsterInstance) -> None:
    ids = ["securex-a-1", "payfit-b-2", "payfit-c-3"]
    list_connections(instance, ids)
    start, end = partition_key(ids[0], SUNDAY - timedelta(days=3)), partition_key(ids[2], SUNDAY)
    now = datetime.combine(SUNDAY, time(12), ZoneInfo("Europe/Brussels"))
    with partition_loading_context(now, instance):
        listed = sync_partitions(SUNDAY, 3).get_partition_keys_in_range(dg.PartitionKeyRange(start, end))
    assert set(Clicked(instance, start, end).pairs(*ids)) == {pair_of(key) for key in listed}
    assert len(listed) == 12


def test_a_key_reads_connection_then_date_and_leads_back() -> None:
    key = partition_key("securex-brasserie-410017", SUNDAY)
    assert key == "securex-brasserie-410017|2026-11-22"
    assert pair_of(key) == ("securex-brasserie-410017", SUNDAY)


@pytest.mark.parametrize("key", ["securex-a", "securex-a|", "securex-a|22/11/2026", "securex-a|2026-02-30"])
def test_a_key_without_a_date_is_refused(key: str) -> None:
    with pytest.raises(Refusal) as refused:
        pair_of(key)
    assert refused.value.code is Code.INVALID_DATE


def test_new_connections_are_listed_and_none_is_ever_taken_away(instance: dg.DagsterInstance) -> None:
    list_connections(instance, ["securex-a-1", "payfit-b-2"])
    list_connections(instance, ["payfit-b-2", "payfit-c-3"])
    assert sorted(instance.get_dynamic_partitions(CONNECTION)) == ["payfit-b-2", "payfit-c-3", "securex-a-1"]


class Overtaken:
    """An instance to which another process adds the connections just before this one does."""

    def __init__(self, instance: dg.DagsterInstance, comes_first: Sequence[str]) -> None:
        self._instance, self._comes_first = instance, comes_first

    def get_dynamic_partitions(self, name: str) -> Sequence[str]:
        return self._instance.get_dynamic_partitions(name)

    def add_dynamic_partitions(self, name: str, keys: Sequence[str]) -> None:
        self._instance.add_dynamic_partitions(name, self._comes_first)
        raise OSError("UNIQUE constraint failed")


def test_being_overtaken_by_another_process_is_as_good_as_having_listed_them(instance: dg.DagsterInstance) -> None:
    list_connections(Overtaken(instance, ["securex-a-1"]), ["securex-a-1"])  # type: ignore[arg-type]
    with pytest.raises(OSError, match="UNIQUE"):
        list_connections(Overtaken(instance, []), ["securex-b-2"])  # type: ignore[arg-type]
