"""Replays: a kept snapshot under today's rules, beside what its run made of it; older facts win over nothing, and nothing is written."""

from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.connections import change_mapping
from hr_pipeline.adapters.store.exclusions import exclude
from hr_pipeline.adapters.store.snapshots import listed_snapshots
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Relation
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.connecting import disconnect
from hr_pipeline.operations.previewing import preview
from hr_pipeline.operations.replaying import replay
from hr_pipeline.operations.settings import Wish, change_settings
from hr_pipeline_tests.operations.listed_provider import MAPPING, Office, worker

A = "securex-a"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "home", days_go_by=True)
    office.connect(A)
    return office


def moves(found: dict[str, Any]) -> dict[str, tuple[str | None, str, str | None]]:
    """External id → outcome then, outcome and code now."""
    return {
        row["external_id"]: (row["then"] and row["then"]["outcome"], row["now"]["outcome"], row["now"]["code"]) for row in found["rows"]
    }


def everything(office: Office) -> dict[str, list[dict[str, Any]]]:
    names = [row["name"] for row in office.rows("SELECT table_name AS name FROM duckdb_tables() WHERE NOT temporary")]
    return {name: office.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in names}


def test_a_mapping_that_was_repaired_shows_whom_it_would_have_let_through_and_nothing_is_written(office: Office) -> None:
    with office.work.store.opened() as database:
        change_mapping(database, A, FieldMapping({**MAPPING.rules, "language": FieldRule(("language",))}))
        change_mapping(database, A, FieldMapping({**MAPPING.rules, "first_name": FieldRule(("birth_name",))}))
    people = [worker(f"w{i}", birth_name="Ana") for i in range(3)] + [worker("w3"), worker("w4", email="not an address")]
    run = office.night(A, people)
    assert office.outcomes(run.sync_run_id)["w3"] == ("rejected", "FIELD_MISSING")
    with office.work.store.opened() as database:
        change_mapping(database, A, MAPPING)
    before = everything(office)
    found = replay(office.work, run.snapshot_id or "")
    assert everything(office) == before
    assert moves(found) == {
        "w3": ("rejected", "created", None),
        "w4": ("rejected", "rejected", "FIELD_INVALID"),
        **{f"w{i}": ("created", "unchanged", None) for i in range(3)},
    }
    assert [row["external_id"] for row in found["rows"] if not row["settled"]] == ["w3", "w4"]
    assert (found["now"]["buckets"]["new"], found["now"]["buckets"]["rejected"], found["newest"]) == (1, 1, True)
    assert (found["then"]["sync_run_id"], found["then"]["counts"]["rejected"]) == (run.sync_run_id, 2)
    assert list((office.folder / "work").glob("*")) == []


def test_a_replay_says_which_fields_would_change_by_name(office: Office) -> None:
    run = office.night(A, [worker("w1", phone="02 555 01 00")])
    change_settings(office.work, A, Wish(region="BE"))
    [row] = replay(office.work, run.snapshot_id or "")["rows"]
    assert (row["external_id"], row["account_id"], row["now"]["outcome"], row["now"]["changed"]) == ("w1", "a1", "updated", ["phone"])
    assert (row["then"]["outcome"], row["settled"]) == ("created", False)


def test_an_older_snapshot_never_lets_its_facts_win(office: Office) -> None:
    older = office.night(A, [worker("w1", last_name="Peeters"), worker("w2"), worker("w3", email="nope")])
    office.night(A, [worker("w1", last_name="Maes"), worker("w2")])
    found = replay(office.work, older.snapshot_id or "")
    assert not found["newest"]
    assert found["now"]["buckets"] | {"new": 0, "updated": 0, "missing": 0, "synchronised": 2, "rejected": 1} == found["now"]["buckets"]
    assert moves(found) == {"w1": ("created", "unchanged", None), "w2": ("created", "unchanged", None)}
    assert all(row["settled"] for row in found["rows"])


def test_who_was_excluded_or_left_the_scope_since_is_shown(office: Office) -> None:
    run = office.night(A, [worker("w1"), worker("w2"), worker("b1", relation="administrator", gross=None)])
    with office.work.store.opened() as database:
        exclude(database, A, "w1", owner="HR", reason="a test", until=None, now=office.now)
    assert moves(replay(office.work, run.snapshot_id or "")) == {
        "w1": ("created", "excluded", "EXCLUDED"),
        "w2": ("created", "unchanged", None),
    }
    change_settings(office.work, A, Wish(relations=(Relation.ADMINISTRATOR,)))
    found = moves(replay(office.work, run.snapshot_id or ""))
    assert (found["w2"], found["b1"]) == (("created", "out_of_scope", "OUT_OF_SCOPE"), ("out_of_scope", "created", None))


def test_what_was_held_then_and_would_pass_now_is_shown_and_so_is_what_would_hold_now(office: Office) -> None:
    people = [worker(f"w{i}") for i in range(10)]
    office.night(A, people)
    held = office.night(A, people[:7])
    assert held.verdict.code is Code.HELD_MISSING
    found = replay(office.work, held.snapshot_id or "")
    assert (found["then"]["code"], found["now"]["held_by"]) == ("HELD_MISSING", Code.HELD_MISSING)
    assert found["now"]["detail"] == {"observed": "3", "limit": "2"}
    change_settings(office.work, A, Wish(values={"missing_floor": "3"}))
    found = replay(office.work, held.snapshot_id or "")
    assert found["now"]["held_by"] is None
    assert set(moves(found).values()) == {("held", "unchanged", None)}
    assert not any(row["settled"] for row in found["rows"])


def test_a_snapshot_no_run_has_used_has_no_then(office: Office) -> None:
    office.lists(A, [worker("w1")])
    seen = preview(office.work, A)
    found = replay(office.work, seen["snapshot_id"])
    assert (found["then"], moves(found)) == (None, {"w1": (None, "created", None)})


def test_a_stopped_connection_s_snapshot_can_still_be_looked_at(office: Office) -> None:
    run = office.night(A, [worker("w1")])
    disconnect(office.work, A)
    assert replay(office.work, run.snapshot_id or "")["now"]["buckets"]["synchronised"] == 1


def test_two_rows_of_one_external_id_are_compared_one_by_one(office: Office) -> None:
    run = office.night(A, [worker("w1"), worker("w1", email="other@example.com"), worker("w2")])
    found = replay(office.work, run.snapshot_id or "")
    assert moves(found) == {"w2": ("created", "unchanged", None)}


def test_an_unknown_snapshot_is_refused_and_so_is_one_whose_file_is_gone(office: Office) -> None:
    run = office.night(A, [worker("w1")])
    with pytest.raises(Refusal) as refused:
        replay(office.work, "snap-of-nobody")
    assert refused.value.code is Code.UNKNOWN_SNAPSHOT
    for file in (office.folder / "landing").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(Refusal):
        replay(office.work, run.snapshot_id or "")


def test_kept_snapshots_are_listed_newest_first_with_their_runs(office: Office) -> None:
    first = office.night(A, [worker("w1")])
    second = office.night(A, [worker("w1"), worker("w2")])
    office.lists(A, [])
    preview(office.work, A)
    with office.work.store.opened() as database:
        listed = listed_snapshots(database, A)
    assert [(one["employees"], one["runs"], one["newest"]) for one in listed] == [
        (0, [], True),
        (2, [second.sync_run_id], False),
        (1, [first.sync_run_id], False),
    ]
