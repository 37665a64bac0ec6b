from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

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
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize("connections", [0, 1, 6, 500, 1_000, 2_500])
def test_dates_and_connections_together_stay_within_what_the_ui_shows_quickly(connections: int) -> None:
    start = first_day(SUNDAY, connections)
    days = (SUNDAY - start).days + 1
    assert days * connections <= MOST_PARTITIONS * 1.2
    assert SHORTEST_VIEW <= days <= LONGEST_VIEW + 7


def test_with_five_thousand_connections_every_kept_snapshot_can_still_be_clicked() -> None:
    assert (SUNDAY - first_day(SUNDAY, 5_000)).days >= 30


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
