"""Looking before anything is written, and applying exactly what was seen: previews, approvals, stale rows, another mapping's effect."""

import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hr_pipeline.adapters.store.accounts import import_accounts, set_field
from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.connections import change_connection, change_mapping, stored_connection
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.adapters.store.reports import sync_runs
from hr_pipeline.adapters.store.snapshots import newest_snapshot
from hr_pipeline.adapters.store.staging import TABLES
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import CloseMissing, Review, Settings
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Policy
from hr_pipeline.domain.outcomes import Status, Trigger
from hr_pipeline.domain.refusals import Refusal, Transient
from hr_pipeline.operations.previewing import approve, mapping_effect, preview
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.operations.listed_provider import MAPPING, Listing, Office, worker

A = "securex-a"
DATA = ("account", "account_version", "pay_version", "component_version", "link", "absence", "sync_run", "outcome", "conflict", "lease")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "home")
    office.connect(A)
    return office


def seen(office: Office, listed: Listing) -> dict[str, Any]:
    """A preview of this."""
    office.lists(A, listed)
    return preview(office.work, A)


def data(office: Office) -> dict[str, list[dict[str, Any]]]:
    return {name: office.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in DATA}


def last_names(office: Office) -> dict[str, str]:
    rows = office.rows("SELECT external_id, last_name FROM reporting.accounts JOIN reporting.links USING (account_id) WHERE current")
    return {row["external_id"]: row["last_name"] for row in rows}


def test_a_preview_shows_the_buckets_and_writes_nothing(office: Office) -> None:
    people = [worker(f"w{i}") for i in range(6)]
    office.night(A, people)
    before = data(office)
    changed = [
        worker("w0", last_name="Maes"),
        *people[1:4],
        worker("new"),
        worker("bad", email="not an address"),
        worker("b", relation="administrator", gross=None),
    ]
    told = seen(office, [*changed, worker("x", email="same@example.com"), worker("y", email="same@example.com")])
    assert data(office) == before
    assert told["buckets"] == {"new": 1, "synchronised": 4, "conflict": 2, "excluded": 1, "rejected": 1, "held": 0}
    assert (told["held_by"], told["missing"]) == (None, 2)
    assert {row["external_id"]: (row["outcome"], row["code"]) for row in told["rows"]} == {
        "w0": ("updated", None),
        "new": ("created", None),
        "bad": ("rejected", "FIELD_INVALID"),
        "b": ("out_of_scope", "OUT_OF_SCOPE"),
        "x": ("conflict", "DUPLICATE_EMAIL"),
        "y": ("conflict", "DUPLICATE_EMAIL"),
    }
    assert list((office.folder / "work").glob("*")) == []


def test_two_previews_of_the_same_have_the_same_hash_and_another_snapshot_mapping_or_store_another(office: Office) -> None:
    people = [worker(f"w{i}") for i in range(4)]
    office.night(A, people)
    first, again = seen(office, [worker("w0", last_name="Maes"), *people[1:]]), seen(office, [worker("w0", last_name="Maes"), *people[1:]])
    assert first["plan_id"] != again["plan_id"]
    assert first["hash"] == again["hash"]
    other = seen(office, [worker("w0", last_name="Dubois"), *people[1:]])
    with office.work.store.opened() as database:
        change_mapping(database, A, FieldMapping({**MAPPING.rules, "language": FieldRule(("language",), policy=Policy.NEVER)}))
    mapped = seen(office, [worker("w0", last_name="Maes"), *people[1:]])
    assert len({first["hash"], other["hash"], mapped["hash"]}) == 3


def test_a_preview_of_a_held_run_says_what_holds_it(office: Office) -> None:
    people = [worker(f"w{i}") for i in range(10)]
    office.night(A, people)
    told = seen(office, people[3:])
    assert (told["held_by"], told["detail"]) == (Code.HELD_MISSING, {"observed": "3", "limit": "2"})


def test_what_the_pull_fails_with_is_what_a_preview_says(office: Office) -> None:
    office.lists(A, Transient(Code.PROVIDER_UNAVAILABLE, provider="securex"))
    with pytest.raises(Refusal) as refused:
        preview(office.work, A)
    assert refused.value.code is Code.PROVIDER_UNAVAILABLE


def test_a_preview_can_take_a_kept_snapshot_of_its_own_connection_only(office: Office) -> None:
    office.connect("securex-c")
    run = office.night(A, [worker("w1")])
    assert preview(office.work, A, run.snapshot_id)["buckets"]["synchronised"] == 1
    for connection_id, snapshot_id in (("securex-c", run.snapshot_id), (A, "snap-of-nobody")):
        with pytest.raises(Refusal) as refused:
            preview(office.work, connection_id, snapshot_id)
        assert refused.value.code is Code.UNKNOWN_SNAPSHOT


def test_an_approval_applies_exactly_what_was_seen_once(office: Office) -> None:
    people = [worker(f"w{i}") for i in range(4)]
    office.night(A, people)
    told = seen(office, [worker("w0", last_name="Maes"), *people[1:], worker("new")])
    office.lists(A, [worker("w0", last_name="Later")])  # the provider goes on; the approval is of what was seen
    [run] = approve(office.work, told["plan_id"])
    assert (run.trigger, run.verdict.status, run.counts.created, run.counts.updated) == (Trigger.APPROVAL, Status.SUCCESS, 1, 1)
    assert last_names(office)["w0"] == "Maes"
    after = data(office)
    with pytest.raises(Refusal) as refused:
        approve(office.work, told["plan_id"])
    assert (refused.value.code, refused.value.params["run"]) == (Code.PLAN_APPLIED, run.sync_run_id)
    assert data(office) == after


def test_the_plan_of_a_run_that_waits_for_its_review_can_be_approved(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    office.connect(A, settings=Settings(review=Review.FIRST))
    waiting = office.night(A, [worker("w1"), worker("w2")])
    assert waiting.verdict.code is Code.HELD_REVIEW
    [run] = approve(office.work, waiting.plan_id or "")
    assert (run.verdict.status, run.counts.created) == (Status.SUCCESS, 2)
    assert office.night(A, [worker("w1"), worker("w2")]).counts.unchanged == 2


def word_of(office: Office, run_no: int) -> tuple[str | None, str | None]:
    """Who let a sync run through, and why."""
    with office.work.store.opened() as database:
        [row] = sync_runs(database, run_nos=[run_no])
    return row["released_by"], row["release_reason"]


@pytest.mark.parametrize("reason", ["the first list", None])
def test_who_approved_a_review_is_kept_with_the_run_that_applied_it(tmp_path: Path, reason: str | None) -> None:
    office = Office(tmp_path / "home")
    office.connect(A, settings=Settings(review=Review.ALWAYS))
    waiting = office.night(A, [worker("w1")])
    [run] = approve(office.work, waiting.plan_id or "", "Ann", reason)
    assert word_of(office, run.run_no) == ("Ann", reason)
    assert word_of(office, waiting.run_no) == (None, None)
    assert office.night(A, [worker("w1"), worker("w2")]).verdict.code is Code.HELD_REVIEW  # that word is for what was seen


def test_an_approval_that_broke_off_once_it_was_applied_is_kept_all_the_same(office: Office) -> None:
    people = [worker(f"w{i}") for i in range(10)]
    office.night(A, people)
    told = seen(office, people[3:])
    shutil.rmtree(office.folder / "published")
    (office.folder / "published").write_text("in the way")  # of the step after the plan is applied
    with pytest.raises(duckdb.IOException):
        approve(office.work, told["plan_id"], "Ann", "they left")
    with pytest.raises(Refusal) as refused:
        approve(office.work, told["plan_id"], "Ann", "they left")
    assert refused.value.code is Code.PLAN_APPLIED
    assert word_of(office, int(str(refused.value.params["run"]).removeprefix("r"))) == ("Ann", "they left")


def test_an_approval_that_lets_nothing_through_is_not_kept(office: Office) -> None:
    office.night(A, [worker("w1")])
    [run] = approve(office.work, seen(office, [])["plan_id"], "Ann", "nobody left")
    assert run.verdict.code is Code.SNAPSHOT_EMPTY
    assert office.rows("SELECT * FROM release") == []


def test_an_approval_does_not_let_an_empty_snapshot_through(office: Office) -> None:
    office.night(A, [worker("w1")])
    told = seen(office, [])
    [run] = approve(office.work, told["plan_id"])
    assert run.verdict.code is Code.SNAPSHOT_EMPTY
    assert len(last_names(office)) == 1


def test_a_plan_nobody_knows_is_refused(office: Office) -> None:
    with pytest.raises(Refusal) as refused:
        approve(office.work, "plan-of-nobody")
    assert refused.value.code is Code.UNKNOWN_PLAN


# Rows that drifted between the look and the approval


def only_stale(office: Office, run: SyncRun, *external_ids: str) -> bool:
    found = office.outcomes(run.sync_run_id)
    return {one for one, outcome in found.items() if outcome == ("held", "PLAN_STALE")} == set(external_ids)


def test_a_row_whose_account_changed_since_is_stale_and_the_others_go_on(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    office.connect(A, mapping=FieldMapping({**MAPPING.rules, "phone": FieldRule(("phone",), policy=Policy.FIRST_SYNC)}))
    people = [worker(f"w{i}") for i in range(4)]
    office.night(A, people)
    told = seen(office, [worker(f"w{i}", last_name="Maes") for i in range(4)])
    with office.work.store.opened() as database:
        set_field(database, 2, "phone", "+3225550100", office.now)
    [run] = approve(office.work, told["plan_id"])
    assert (run.verdict.status, run.counts.updated, run.counts.held) == (Status.PARTIAL, 3, 1)
    assert only_stale(office, run, "w1")
    assert [name for name in last_names(office).values() if name == "Maes"] == ["Maes"] * 3
    assert office.night(A, [worker(f"w{i}", last_name="Maes") for i in range(4)]).counts.updated == 1


def test_a_row_whose_pay_changed_since_is_stale(office: Office) -> None:
    people = [worker(f"w{i}") for i in range(5)]
    office.night(A, people)
    told = seen(office, [worker("w0", gross="3100.00"), *people[1:]])
    office.night(A, [worker("w0", gross="3200.00"), *people[1:]])
    [run] = approve(office.work, told["plan_id"])
    assert run.counts.updated == 0
    assert office.rows("SELECT gross_amount FROM reporting.pay WHERE current AND account_id = 'a1'")[0]["gross_amount"] == 3200


def test_a_new_person_whom_somebody_typed_in_meanwhile_is_stale(office: Office) -> None:
    office.night(A, [worker("w0")])
    with office.work.store.opened() as database:
        database.run("UPDATE company SET vat_number = 'BE0403170701'")
    told = seen(office, [worker("w0"), worker("new", "Bob", "Maes"), worker("other")])
    with office.work.store.opened() as database:
        import_accounts(
            database, [{"vat_number": "BE0403170701", "email": "new@example.com", "first_name": "Bob", "last_name": "Maes"}], office.now
        )
    [run] = approve(office.work, told["plan_id"])
    assert only_stale(office, run, "new")
    assert run.counts.created == 1


def test_what_depends_on_a_stale_rows_address_waits_with_it(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    office.connect(A, mapping=FieldMapping({**MAPPING.rules, "phone": FieldRule(("phone",), policy=Policy.FIRST_SYNC)}))
    people = [worker("w0", "Ana", "Maes"), worker("w1", "Bob", "Smets"), worker("w2", "Cil", "Dubois")]
    office.night(A, people)
    # w0 moves away; w1 takes w0's address, a new employee takes w1's: all three hang together. w2 does not.
    moved = [
        worker("w0", "Ana", "Maes", email="free@example.com"),
        worker("w1", "Bob", "Smets", email="w0@example.com"),
        worker("w2", "Cil", "Lambert"),
        worker("new", "Eva", "Noens", email="w1@example.com"),
    ]
    told = seen(office, moved)
    with office.work.store.opened() as database:
        set_field(database, 1, "phone", "+3225550100", office.now)
    [run] = approve(office.work, told["plan_id"])
    assert run.verdict.status is Status.PARTIAL
    assert only_stale(office, run, "w0", "w1", "new")
    assert run.counts.updated == 1
    again = office.night(A, moved)
    assert (again.verdict.status, again.counts.updated, again.counts.created) == (Status.SUCCESS, 2, 1)


@pytest.mark.parametrize("change", ["mapping", "settings"])
def test_a_plan_made_with_another_mapping_or_other_settings_is_stale(office: Office, change: str) -> None:
    people = [worker(f"w{i}") for i in range(3)]
    office.night(A, people)
    told = seen(office, [worker("w0", last_name="Maes", language="fr"), *people[1:]])
    with office.work.store.opened() as database:
        if change == "mapping":
            change_mapping(database, A, FieldMapping({**MAPPING.rules, "language": FieldRule(("language",), policy=Policy.NEVER)}))
        else:
            connection = stored_connection(database, A).connection
            change_connection(database, replace(connection, settings=replace(connection.settings, link_on_birth_date=True)))
    [run] = approve(office.work, told["plan_id"])
    assert only_stale(office, run, "w0")


def test_an_older_snapshot_of_the_same_day_overwrites_nothing_and_misses_nobody(office: Office) -> None:
    people = [worker(f"w{i}") for i in range(4)]
    office.night(A, people)
    office.now += timedelta(minutes=5)
    told = seen(office, [worker("w0", last_name="Maes"), *people[1:]])
    office.now += timedelta(minutes=5)
    office.night(A, [worker("w0", last_name="Dubois"), *people[1:], worker("new")])
    [run] = approve(office.work, told["plan_id"])
    assert last_names(office)["w0"] == "Dubois"
    assert only_stale(office, run, "w0")
    assert run.counts.missing == 0
    assert office.rows("SELECT * FROM absence") == []


# Another mapping


def test_the_effect_of_another_mapping_is_what_the_next_sync_does_with_it(office: Office) -> None:
    people = [worker(f"w{i}", language="fr") for i in range(4)]
    own = FieldMapping({**MAPPING.rules, "language": FieldRule(("language",), policy=Policy.NEVER)})
    with office.work.store.opened() as database:
        change_mapping(database, A, own)
    office.night(A, people)
    before = data(office)
    with office.work.store.opened() as database:
        snapshot = newest_snapshot(database, 1)
    assert snapshot is not None
    effect = mapping_effect(office.work, A, MAPPING, snapshot)
    assert data(office) == before
    with office.work.store.opened() as database:
        change_mapping(database, A, MAPPING)
    assert (effect["updated"], office.night(A, people).counts.updated) == (4, 4)


# Beside other work


@dataclass(frozen=True, slots=True)
class GatedStore(Store):
    """A store that lets a preview wait before it is opened for the plan: its people are staged by then."""

    gate: Callable[[], None] = lambda: None

    def opened(self) -> AbstractContextManager[Database]:
        """As any store, after the gate."""
        self.gate()
        return Store.opened(self)


def test_a_sync_that_starts_does_not_disturb_a_preview_that_goes_on(office: Office) -> None:
    office.connect("payfit-b")
    office.lists("payfit-b", [worker("b1")])
    office.night(A, [worker("w1")])
    staged, may_go_on = threading.Event(), threading.Event()

    def gate() -> None:
        if list((office.folder / "work").glob("preview-*/*.parquet")):
            staged.set()
            assert may_go_on.wait(30)

    plain = office.work.store
    gated = replace(office.work, store=GatedStore(plain.path, folders=plain.folders, gate=gate))
    told: list[dict[str, Any]] = []
    watching = threading.Thread(target=lambda: told.append(preview(gated, A)))
    watching.start()
    assert staged.wait(30)
    sync(office.work, [("payfit-b", office.today)], Trigger.MANUAL)
    assert len(list((office.folder / "work").glob("preview-*/*.parquet"))) == len(TABLES)
    may_go_on.set()
    watching.join(30)
    assert [one["buckets"]["synchronised"] for one in told] == [1]
    assert list((office.folder / "work").glob("*")) == []


def test_what_a_killed_preview_left_is_removed_by_the_next_sync(office: Office) -> None:
    left = office.folder / "work" / "preview-20260302-0000000000"
    left.mkdir(parents=True)
    (left / "00000-employees.parquet").write_bytes(b"people")
    office.night(A, [worker("w1")])
    assert not left.exists()


def test_a_preview_tells_whom_it_misses_for_the_first_time_and_whom_the_rule_would_close_as_the_approval_then_does(office: Office) -> None:
    office.connect("securex-c", settings=Settings(review=Review.NEVER, close_missing=CloseMissing.ABSENT, missing_runs=2))
    staff = [worker(f"w{i}") for i in range(9)]
    first = office.today
    for listed in (staff, staff[1:]):
        office.lists("securex-c", listed)
        sync(office.work, [("securex-c", office.today)], Trigger.NIGHTLY)
        office.tomorrow()
    office.lists("securex-c", staff[2:])
    before = office.rows("SELECT * FROM absence ORDER BY ALL")
    found = preview(office.work, "securex-c")
    assert (found["missing"], found["absences"]["first_time"]) == (2, 1)
    assert found["absences"]["closed_by_rule"] == [{"external_id": "w0", "account_id": "a1", "on": first, "rule": "absent"}]
    assert office.rows("SELECT * FROM absence ORDER BY ALL") == before
    approve(office.work, found["plan_id"])
    assert office.rows("SELECT external_id, closed_on FROM absence ORDER BY external_id") == [
        {"external_id": "w0", "closed_on": first},
        {"external_id": "w1", "closed_on": None},
    ]
