"""Other settings of a connection: seen on the last kept snapshot before they are put in force, and never under a sync."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.accounts import import_accounts
from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.adapters.store.leases import take_leases
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Relation, Review, Settings
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.previewing import approve, preview
from hr_pipeline.operations.settings import Wish, change_settings, put_mapping_in_force, settings_effect
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.operations.listed_provider import MAPPING, Office, worker

A = "securex-a"
PEOPLE = [*(worker(f"w{i}", phone="02 555 01 00") for i in range(4)), worker("b1", relation="administrator", gross=None)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A company after its first night."""
    office = Office(tmp_path / "home")
    office.connect(A)
    office.lists(A, PEOPLE)
    sync(office.work, [(A, office.today)], Trigger.NIGHTLY)
    office.tomorrow()
    return office


def settings_of(office: Office) -> Settings:
    with office.work.store.opened() as database:
        return stored_connection(database, A).connection.settings


def becoming(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {row["external_id"]: (row["before"]["outcome"], row["after"]["outcome"]) for row in found["rows"]}


def test_a_narrower_scope_freezes_the_linked_and_deletes_nobody(office: Office) -> None:
    wish = Wish(relations=(Relation.ADMINISTRATOR,))
    found = settings_effect(office.work, A, wish)
    assert found["changed"] == [{"setting": "relations", "before": ("employee",), "after": ("administrator",)}]
    assert becoming(found) == {"b1": ("out_of_scope", "created"), **{f"w{i}": ("unchanged", "out_of_scope") for i in range(4)}}
    assert {row["external_id"] for row in found["rows"] if row["frozen"]} == {f"w{i}" for i in range(4)}
    assert (found["before"]["buckets"]["excluded"], found["after"]["buckets"]["excluded"]) == (1, 4)
    assert (found["after"]["buckets"]["missing"], found["after"]["held_by"]) == (0, None)
    assert settings_of(office).relations == (Relation.EMPLOYEE,)
    change_settings(office.work, A, wish)
    _, [run] = sync(office.work, [(A, office.today)], Trigger.NIGHTLY)
    assert (run.counts.created, run.counts.out_of_scope, run.counts.missing) == (1, 4, 0)
    accounts = office.rows("SELECT account_id, exit_date, status FROM reporting.accounts ORDER BY account_id")
    assert [(row["exit_date"], row["status"]) for row in accounts] == [(None, "active")] * 5


def test_only_who_has_an_account_is_frozen_not_who_merely_resembles_one(office: Office) -> None:
    with office.work.store.opened() as database:
        database.run("UPDATE company SET vat_number = 'BE0403170701'")
        typed: dict[str, str | None] = {"vat_number": "BE0403170701", "email": "same@example.com", "first_name": "Bob", "last_name": "Maes"}
        import_accounts(database, [typed], office.now)
    office.lists(A, [*PEOPLE, worker("alike", "Bob", "Maes"), worker("same", "Bob", "Maes", email="same@example.com")])
    preview(office.work, A)
    found = settings_effect(office.work, A, Wish(relations=(Relation.ADMINISTRATOR,)))
    assert becoming(found).keys() == {"b1", "w0", "w1", "w2", "w3", "alike", "same"}
    assert {row["external_id"] for row in found["rows"] if row["frozen"]} == {f"w{i}" for i in range(4)}


def test_what_is_foreseen_is_what_the_next_sync_does(office: Office) -> None:
    found = settings_effect(office.work, A, Wish(region="BE"))
    assert becoming(found) == {f"w{i}": ("unchanged", "updated") for i in range(4)}
    assert {tuple(row["after"]["changed"]) for row in found["rows"]} == {("phone",)}
    change_settings(office.work, A, Wish(region="be"))
    _, [run] = sync(office.work, [(A, office.today)], Trigger.NIGHTLY)
    assert run.counts.updated == found["after"]["buckets"]["updated"] == 4


def test_the_guards_that_would_hold_are_told_before_and_after(office: Office) -> None:
    office.lists(A, PEOPLE[:1])
    preview(office.work, A)
    found = settings_effect(office.work, A, Wish(values={"missing_floor": "3"}))
    assert (found["before"]["held_by"], found["after"]["held_by"]) == (Code.HELD_MISSING, None)
    assert becoming(found) == {}
    assert (
        settings_effect(office.work, A, Wish(review=Review.ALWAYS, values={"missing_floor": "3"}))["after"]["held_by"] is Code.HELD_REVIEW
    )


def test_a_check_writes_nothing(office: Office) -> None:
    names = [row["name"] for row in office.rows("SELECT table_name AS name FROM duckdb_tables() WHERE NOT temporary")]

    def everything() -> list[list[dict[str, Any]]]:
        return [office.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in names]

    before = everything()
    settings_effect(office.work, A, Wish(region="BE", relations=(Relation.ADMINISTRATOR,)))
    assert everything() == before
    assert list((office.folder / "work").glob("*")) == []


def test_a_change_keeps_what_is_not_named_and_can_be_taken_back(office: Office) -> None:
    change_settings(office.work, A, Wish(region="FR", values={"missing_pct": "35", "link_on_birth_date": "yes"}))
    settings, changed = change_settings(office.work, A, Wish(region="none", values={"missing_pct": "20"}))
    assert {one["setting"] for one in changed} == {"region", "missing_pct"}
    assert settings == settings_of(office)
    assert (settings.region, settings.limits.missing_pct, settings.link_on_birth_date) == (None, Decimal(20), True)
    assert settings.review is Review.NEVER


def test_a_plan_made_before_a_change_is_not_applied_as_if_nothing_had_happened(office: Office) -> None:
    office.lists(A, [*PEOPLE, worker("new")])
    seen = preview(office.work, A)
    change_settings(office.work, A, Wish(region="BE"))
    [run] = approve(office.work, seen["plan_id"])
    assert run.counts.created == 0
    assert office.outcomes(run.sync_run_id)["new"] == ("held", "PLAN_STALE")


@pytest.mark.parametrize("operation", ["settings", "mapping"])
def test_nothing_is_changed_under_a_sync_in_progress(office: Office, operation: str) -> None:
    before = settings_of(office)
    with office.work.store.opened() as database:
        take_leases(database, [1], "somebody", "a-run", office.now)
    with pytest.raises(Refusal) as refused:
        if operation == "settings":
            change_settings(office.work, A, Wish(values={"missing_pct": "35"}))
        else:
            put_mapping_in_force(office.work, A, MAPPING)
    assert (refused.value.code, refused.value.params["run"]) == (Code.ALREADY_RUNNING, "a-run")
    assert settings_of(office) == before


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(values={"missing_pc": "35"}), Code.UNKNOWN_LIMIT),
        (Wish(values={"missing_pct": "-1"}), Code.INVALID_SETTING),
        (Wish(values={"missing_pct": "a lot"}), Code.INVALID_SETTING),
        (Wish(values={"link_on_birth_date": "perhaps"}), Code.INVALID_SETTING),
        (Wish(region="Belgium"), Code.INVALID_SETTING),
    ],
)
def test_a_setting_that_does_not_exist_or_fit_is_refused_and_changes_nothing(office: Office, wish: Wish, code: Code) -> None:
    before = settings_of(office)
    for operation in (settings_effect, change_settings):
        with pytest.raises(Refusal) as refused:
            operation(office.work, A, wish)
        assert refused.value.code is code
    if code is Code.UNKNOWN_LIMIT:
        assert "missing_pct" in str(refused.value.params["known"])
    assert settings_of(office) == before


def test_before_any_snapshot_only_the_settings_are_compared(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    office.connect(A, settings=replace(Settings(), review=Review.NEVER))
    found = settings_effect(office.work, A, Wish(review=Review.ALWAYS))
    assert (found["snapshot_id"], found["after"], found["rows"]) == (None, None, [])
    assert found["changed"] == [{"setting": "review", "before": "never", "after": "always"}]
