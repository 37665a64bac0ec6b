"""Past days by the thousand: the store is asked once, however many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.syncing import Selection, pull
from hr_pipeline_tests.operations.listed_provider import Office, worker

A, B = "securex-a", "securex-b"


class Counting(Store):
    """A store that tells how often it was opened."""

    openings: list[Path] = []  # noqa: RUF012 - the class is used once

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """As any store."""
        self.openings.append(self.path)
        with super().opened() as database:
            yield database


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two connections, with lists kept of three days."""
    office = Office(tmp_path / "home", days_go_by=True)
    for one in (A, B):
        office.connect(one)
    for n in range(3):
        office.night(A, [worker(f"w{n}")])
        office.night(B, [worker(f"x{n}")])
    return office


def test_a_replay_of_a_decade_asks_the_store_as_often_as_one_of_a_single_day(office: Office) -> None:
    kept = {(row["connection_no"], row["date"]) for row in office.rows("SELECT connection_no, date FROM snapshot")}
    last = max(on for _, on in kept)
    work = replace(office.work, clock=lambda: office.work.clock() + timedelta(days=2))
    counting = replace(work, store=Counting(**{one.name: getattr(work.store, one.name) for one in fields(work.store)}))
    needed = []
    for days in (1, 3_650):
        wanted = tuple((one, last - timedelta(days=n)) for n in range(days) for one in (A, B))
        Counting.openings.clear()
        pulls = pull(counting, Selection("sync-1", Trigger.BACKFILL, work.clock(), work.today, None, wanted), "securex")
        needed.append(len(Counting.openings))
        assert {(one.connection_no, one.date) for one in pulls.snapshots} == {
            pair for pair in kept if last - pair[1] < timedelta(days=days)
        }
        assert len(pulls.snapshots) + len(pulls.failures) == len(wanted)
        assert {one.code for one in pulls.failures} <= {Code.SNAPSHOT_NOT_KEPT}
    assert needed[0] == needed[1] <= 2
