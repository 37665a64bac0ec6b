"""Undo of a sync run: what comes back, what stays because somebody touched it since, what is impossible; never a success that did nothing."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hr_pipeline.adapters.store.employments import employments
from hr_pipeline.adapters.store.health import miscounted_runs
from hr_pipeline.adapters.store.reports import sync_runs
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import CloseMissing, Limits, Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Policy
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.outcomes import Status
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import paid, person
from hr_pipeline_tests.small_platform import EVERYTHING, FIRST_NIGHT, Platform

A, B = "securex-a", "payfit-b"
ANA, BOB, CIL = person("ana", "Ana"), person("bob", "Bob"), person("cil", "Cil")
MEAL = {"code": "M", "amount": Decimal("10.00"), "currency": "EUR", "frequency": "monthly", "valid_from": FIRST_NIGHT}


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """Two companies of one group."""
    platform.connect(A, settings=SETTINGS, group="Holding")
    platform.connect(B, settings=SETTINGS, group="Holding")
    return platform


def refused(platform: Platform, run: Any) -> Refusal:
    """The refusal of an undo that changes nothing at all."""
    before, runs = platform.data(), platform.value("SELECT count(*) FROM sync_run")
    with pytest.raises(Refusal) as found:
        platform.undo(run)
    assert platform.data() == before
    assert platform.value("SELECT count(*) FROM sync_run") == runs
    assert platform.value("SELECT count(*) FROM reversal AS r ANTI JOIN undo AS u USING (run_no)") == 0
    return found.value


def conserved(platform: Platform) -> bool:
    with platform.store.opened() as database:
        return not miscounted_runs(database, [row["run_no"] for row in database.rows("SELECT run_no FROM sync_run")])


def first_gross(platform: Platform, external_id: str) -> Any:
    return platform.pay_of(A, external_id)["gross_amount"]


def test_what_a_run_changed_gets_its_former_value_back_as_a_new_version(platform: Platform) -> None:
    platform.night({A: [ANA, BOB, CIL]})
    before, history = platform.standing(), platform.data()["account_version"]
    run = platform.night({A: [{**ANA, "last_name": "Maes", "phone": "+32470000001"}, {**BOB, "gross_amount": Decimal("3100.00")}, CIL]})[A]

    done = platform.undo(run)

    assert (done.status, done.reversed, done.kept, done.impossible) == (Status.SUCCESS, 2, 0, 0)
    assert platform.reversals(done) == {
        ("ana", "reversed"): (["last_name", "phone"], None, None),
        ("bob", "reversed"): (["gross_amount"], None, None),
    }
    assert platform.standing() == before
    assert set(history) < set(platform.data()["account_version"])
    changes = platform.rows(
        "SELECT field, old_value, new_value FROM reporting.field_changes WHERE sync_run_id = ? ORDER BY field", [f"r{done.run_no}"]
    )
    assert [tuple(row.values()) for row in changes] == [
        ("gross_amount", "3100.00", "3000.00"),
        ("last_name", "Maes", "Peeters ana"),
        ("phone", "+32470000001", None),
    ]
    assert conserved(platform)


def test_accounts_that_a_run_created_go_and_are_created_anew_by_the_next(platform: Platform) -> None:
    run = platform.night({A: [ANA, BOB]})[A]
    assert platform.undo(run).reversed == 2
    assert platform.standing() == {name: [] for name in platform.standing()}
    assert platform.rows("SELECT external_id, ended_why FROM reporting.links ORDER BY external_id") == [
        {"external_id": "ana", "ended_why": "undo"},
        {"external_id": "bob", "ended_why": "undo"},
    ]
    again = platform.night({A: [ANA, BOB]})[A]
    assert again.counts.created == 2
    assert [account["account_id"] for account in platform.accounts()] == ["a3", "a4"]  # numbers are never given twice: history stays
    assert conserved(platform)


def test_a_person_who_was_linked_is_unlinked_again_with_their_former_values(platform: Platform) -> None:
    platform.typed_in(A, [{"email": "ana@example.com", "first_name": "Ana", "last_name": "Peeters ana"}])
    before = platform.standing()
    run = platform.night({A: [{**ANA, "components": [MEAL], "components_key": "meal", "language": "fr"}, BOB]})[A]
    assert platform.outcomes(run)["ana"] == ("linked", None)

    done = platform.undo(run)

    fields = platform.reversals(done)[("ana", "reversed")][0]
    assert set(fields) >= {"link", "gross_amount", "salary_components", "language", "start_date"}
    assert platform.standing() == before
    assert platform.rows("SELECT field, new_value FROM reporting.field_changes WHERE sync_run_id = 'r2' AND field = 'gross_amount'") == [
        {"field": "gross_amount", "new_value": None}
    ]
    assert platform.rows("SELECT * FROM reporting.pay WHERE current") == []
    assert platform.outcomes(platform.night({A: [ANA, BOB]})[A])["ana"] == ("linked", None)
    assert conserved(platform)


def test_components_and_periods_come_back_with_their_pay(platform: Platform) -> None:
    on = FIRST_NIGHT
    other = {**MEAL, "amount": Decimal("12.00")}
    with_meal = {"components": [MEAL], "components_key": "one"}
    platform.night({A: [paid("ana", on, [("2026-01-01", "2026-06-30", "3000.00"), ("2026-07-01", None, "3100.00")], **with_meal)]}, on=on)
    before = platform.standing()
    assert len(before["components"]) == 1
    assert before["periods"]
    later = [("2026-01-01", "2026-05-31", "3000.00"), ("2026-06-01", None, "3200.00")]
    run = platform.night({A: [paid("ana", on, later, components=[other], components_key="two")]}, on=on + timedelta(days=1))[A]
    assert platform.standing() != before

    done = platform.undo(run)

    assert set(platform.reversals(done)[("ana", "reversed")][0]) >= {"salary_components", "pay_periods"}
    assert platform.standing() == before
    told = platform.rows("SELECT gross_amount FROM reporting.pay_periods WHERE effective_from <= DATE '2026-08-01' ORDER BY effective_from")
    assert Decimal("3200.00") not in [row["gross_amount"] for row in told]


def test_a_field_that_a_later_run_or_an_edit_touched_stays_and_the_others_come_back(platform: Platform) -> None:
    platform.night({A: [ANA, BOB]})
    changed = {**ANA, "last_name": "Maes", "phone": "+32470000001", "language": "nl"}
    run = platform.night({A: [changed, {**BOB, "phone": "+32470000002"}]})[A]
    later = platform.night({A: [{**changed, "phone": "+32470000009"}, {**BOB, "phone": "+32470000002"}]})[A]

    done = platform.undo(run)

    assert (done.status, done.reversed, done.kept) == (Status.PARTIAL, 2, 1)
    assert platform.reversals(done) == {
        ("ana", "reversed"): (["language", "last_name"], None, None),
        ("ana", "kept"): (["phone"], "UNDO_TOUCHED_BY_RUN", later.sync_run_id),
        ("bob", "reversed"): (["phone"], None, None),
    }
    ana = platform.account_of(A, "ana")
    assert (ana["last_name"], ana["language"], ana["phone"]) == ("Peeters ana", None, "+32470000009")
    assert conserved(platform)


def test_an_edit_on_the_platform_is_never_lost(platform: Platform) -> None:
    once = FieldMapping({**EVERYTHING.rules, "phone": FieldRule(("phone",), policy=Policy.FIRST_SYNC)})
    platform.connect("securex-c", settings=SETTINGS, mapping=once)
    platform.typed_in("securex-c", [{"email": "ana@example.com", "first_name": "Ana", "last_name": "Peeters ana"}])
    run = platform.night({"securex-c": [{**ANA, "phone": "+32470000001", "language": "fr"}, BOB]})["securex-c"]
    platform.edit("ana@example.com", phone="+32479999999")
    platform.edit("bob@example.com", phone="+32478888888")

    done = platform.undo(run)

    found = platform.reversals(done)
    assert found[("ana", "kept")] == (["phone"], "UNDO_TOUCHED_BY_EDIT", "platform")
    assert set(found[("ana", "reversed")][0]) >= {"link", "language", "gross_amount"}
    assert found[("bob", "kept")] == (["account", "link"], "UNDO_TOUCHED_BY_EDIT", "platform")
    again = refused(platform, run)
    assert {name: again.params[name] for name in ("edited", "later", "holders", "unknown")} == {
        "edited": 2,
        **dict.fromkeys(("later", "holders", "unknown")),
    }
    for lang, edited in (
        ("fr", "à la main sur la plateforme : 2"),
        ("nl", "met de hand gewijzigd op het platform: 2"),
        ("en", "platform: 2"),
    ):
        assert edited in explained(again, lang).next
        assert not re.search(r"\br\d", explained(again, lang).next)
    assert {a["email"]: (a["phone"], a["language"]) for a in platform.accounts()} == {
        "ana@example.com": ("+32479999999", None),
        "bob@example.com": ("+32478888888", None),
    }


def test_a_created_account_that_somebody_touched_since_stays_whole(platform: Platform) -> None:
    run = platform.night({A: [ANA, BOB, CIL]})[A]
    later = platform.night({A: [{**ANA, "phone": "+32470000001"}, {**BOB, "gross_amount": Decimal("3100.00")}, CIL]})[A]

    done = platform.undo(run)

    assert platform.reversals(done) == {
        ("ana", "kept"): (["account", "link"], "UNDO_TOUCHED_BY_RUN", later.sync_run_id),
        ("bob", "kept"): (["account", "link"], "UNDO_TOUCHED_BY_RUN", later.sync_run_id),
        ("cil", "reversed"): (["account", "link"], None, None),
    }
    assert {link[1] for link in platform.standing()["links"]} == {"ana", "bob"}
    assert platform.outcomes(
        platform.night({A: [{**ANA, "phone": "+32470000001"}, {**BOB, "gross_amount": Decimal("3100.00")}, CIL]})[A]
    ) == {
        "ana": ("unchanged", None),
        "bob": ("unchanged", None),
        "cil": ("created", None),
    }
    assert conserved(platform)


def test_runs_are_taken_back_one_after_the_other_the_newest_first(platform: Platform) -> None:
    states, runs = [platform.standing()], []
    for gross in ("3000.00", "3100.00", "3200.00"):
        last_name = f"Peeters {gross}"
        runs.append(platform.night({A: [{**ANA, "gross_amount": Decimal(gross), "last_name": last_name}, BOB]})[A])
        states.append(platform.standing())
    for run in reversed(runs):
        states.pop()
        assert platform.undo(run).status is Status.SUCCESS
        assert platform.standing() == states[-1]
    assert conserved(platform)


def test_undone_in_the_other_order_a_later_change_stays_until_its_own_run_is_undone(platform: Platform) -> None:
    platform.night({A: [ANA]})
    before = platform.standing()
    first = platform.night({A: [{**ANA, "last_name": "Maes", "phone": "+32470000001"}]})[A]
    second = platform.night({A: [{**ANA, "last_name": "Claes", "phone": "+32470000001"}]})[A]
    assert platform.undo(first).status is Status.PARTIAL
    assert platform.account_of(A, "ana")["last_name"] == "Claes"
    assert platform.undo(second).status is Status.SUCCESS
    assert platform.account_of(A, "ana")["last_name"] == "Maes"
    assert platform.reversals(platform.undo(first)) == {("ana", "reversed"): (["last_name"], None, None)}
    assert platform.standing() == before
    assert refused(platform, first).code is Code.UNDO_DONE


def test_addresses_that_a_run_swapped_are_swapped_back(platform: Platform) -> None:
    platform.night({A: [ANA, BOB]})
    before = platform.standing()
    run = platform.night({A: [{**ANA, "email": BOB["email"]}, {**BOB, "email": ANA["email"]}, person("new", email="third@example.com")]})[A]
    assert platform.account_of(A, "ana")["email"] == "bob@example.com"
    assert platform.undo(run).status is Status.SUCCESS
    assert platform.standing() == before


def test_an_address_that_somebody_else_has_by_now_does_not_come_back_and_is_named(platform: Platform) -> None:
    platform.night({A: [ANA, BOB], B: [CIL]})
    run = platform.night({A: [{**ANA, "email": "new@example.com", "phone": "+32470000001"}, BOB], B: [CIL]})[A]
    platform.night({B: [{**CIL, "email": "ana@example.com"}]})
    cil = platform.account_of(B, "cil")["account_id"]

    done = platform.undo(run)

    assert platform.reversals(done) == {
        ("ana", "reversed"): (["phone"], None, None),
        ("ana", "impossible"): (["email"], "UNDO_EMAIL_TAKEN", cil),
    }
    assert done.status is Status.PARTIAL
    platform.night({B: [{**CIL, "email": "cil.maes@example.com"}]})
    assert platform.reversals(platform.undo(run)) == {("ana", "reversed"): (["email"], None, None)}
    assert conserved(platform)


def test_who_keeps_an_address_keeps_the_whole_chain_of_those_who_wait_for_theirs(platform: Platform) -> None:
    platform.night({A: [ANA, BOB, CIL]})
    moved = [{**ANA, "email": "ana2@example.com"}, {**BOB, "email": ANA["email"]}, {**CIL, "email": BOB["email"]}]
    run = platform.night({A: moved})[A]
    platform.night({A: [moved[0], {**moved[1], "email": "bob2@example.com"}, moved[2]], B: [person("eve", email=ANA["email"])]})

    done = platform.undo(run)

    bob = platform.reversals(done)
    assert bob[("ana", "impossible")][1] == "UNDO_EMAIL_TAKEN"
    assert bob[("bob", "kept")][1] == "UNDO_TOUCHED_BY_RUN"
    assert bob[("cil", "reversed")] == (["email"], None, None)
    assert platform.value("SELECT count(*) - count(DISTINCT email) FROM reporting.accounts") == 0


def test_a_transfer_is_taken_back_with_company_link_and_pay(platform: Platform) -> None:
    born = date(1989, 9, 9)
    elke = person("a1", "Elke", "Janssens", email="elke@example.com", birth_date=born)
    at_b = {**elke, "external_id": "b1", "start_date": date(2026, 3, 3), "gross_amount": Decimal("3500.00"), "phone": "+32470000001"}
    platform.night({A: [elke, ANA], B: [BOB]})
    platform.night({A: [ANA], B: [BOB, at_b]})
    platform.resolve(B, "b1", Choice.TRANSFER)
    before = platform.standing()
    run = platform.night({A: [ANA], B: [BOB, at_b]})[B]
    assert platform.outcomes(run)["b1"] == ("transferred", None)

    done = platform.undo(run)

    assert done.status is Status.SUCCESS
    assert set(platform.reversals(done)[("b1", "reversed")][0]) >= {"company", "link", "phone", "gross_amount"}
    assert platform.standing() == before
    assert conserved(platform)
    with platform.store.opened() as database:
        [employed] = employments(database, database.value("SELECT account_no FROM link WHERE external_id = 'a1'"))
    assert (employed["connection_id"], employed["external_id"], employed["current"]) == (A, "a1", True)
    why = {row["ended_why"] for row in platform.rows("SELECT ended_why FROM reporting.links WHERE NOT current")}
    assert why == {"undo", "undone"}
    runs = platform.night({A: [elke, ANA], B: [BOB, at_b]})
    assert platform.outcomes(runs[A])["a1"] == ("unchanged", None)
    assert platform.outcomes(runs[B])["b1"] == ("conflict", "TRANSFER")
    assert conserved(platform)


def test_a_transfer_cannot_go_back_where_somebody_else_has_the_former_link(platform: Platform) -> None:
    elke = person("a1", "Elke", "Janssens", email="elke@example.com", birth_date=date(1989, 9, 9))
    at_b = {**elke, "external_id": "b1", "start_date": date(2026, 3, 3)}
    platform.night({A: [elke, ANA], B: [BOB]})
    platform.night({A: [ANA], B: [BOB, at_b]})
    platform.resolve(B, "b1", Choice.TRANSFER)
    run = platform.night({A: [ANA], B: [{**BOB, "phone": "+32470000001"}, at_b]})[B]
    platform.night({A: [ANA, person("a1", "Fons", "Wouters", start_date=date(2026, 3, 6))]})
    other = platform.account_of(A, "a1")["account_id"]

    found = platform.reversals(platform.undo(run))

    fields, *why = found[("b1", "impossible")]
    assert set(fields) >= {"company", "link", "start_date", "gross_amount"}
    assert why == ["UNDO_LINK_TAKEN", other]
    assert found.keys() == {("b1", "impossible"), ("bob", "reversed")}
    elke_now = platform.account_of(B, "b1")
    assert (elke_now["company"], elke_now["start_date"]) == ("Payfit-B", date(2026, 3, 3))
    assert conserved(platform)


def test_what_the_first_company_wrote_of_somebody_who_has_moved_since_is_the_second_one_s_now_and_stays(platform: Platform) -> None:
    elke = person("a1", "Elke", "Janssens", email="elke@example.com", birth_date=date(1989, 9, 9))
    at_b = {**elke, "external_id": "b1", "start_date": date(2026, 3, 3), "phone": "+32470000001", "language": "nl"}
    platform.night({A: [elke, ANA], B: [BOB]})
    run = platform.night({A: [{**elke, "phone": "+32470000001", "language": "nl"}, {**ANA, "phone": "+32470000002"}], B: [BOB]})[A]
    platform.night({A: [ANA], B: [BOB, at_b]})
    platform.resolve(B, "b1", Choice.TRANSFER)
    moved = platform.night({A: [{**ANA, "phone": "+32470000002"}], B: [BOB, at_b]})[B]
    assert platform.outcomes(moved)["b1"] == ("transferred", None)

    found = platform.reversals(platform.undo(run))

    assert found == {
        ("ana", "reversed"): (["phone"], None, None),
        ("a1", "kept"): (["language", "phone"], "UNDO_TOUCHED_BY_RUN", moved.sync_run_id),
    }
    elke_now = platform.account_of(B, "b1")
    assert (elke_now["phone"], elke_now["language"], elke_now["company"]) == ("+32470000001", "nl", "Payfit-B")
    platform.undo(moved)
    assert platform.reversals(platform.undo(run)) == {("a1", "reversed"): (["language", "phone"], None, None)}
    assert conserved(platform)


def test_a_rehire_under_another_id_is_taken_back(platform: Platform) -> None:
    gone = person("old", "Elke", "Janssens", email="elke@example.com", exit_date=date(2026, 3, 1))
    back = person("new", "Elke", "Janssens", email="elke@example.com", start_date=date(2026, 3, 3))
    platform.night({A: [gone, ANA]})
    asked = platform.night({A: [ANA, back]})[A]
    assert platform.outcomes(asked)["new"] == ("conflict", "REHIRE")
    platform.resolve(A, "new", Choice.LINK, "elke@example.com")
    before = platform.standing()
    run = platform.night({A: [ANA, back]})[A]
    assert platform.outcomes(run)["new"] == ("linked", None)
    assert platform.undo(run).status is Status.SUCCESS
    assert platform.standing() == before
    assert conserved(platform)
    assert platform.outcomes(platform.night({A: [ANA, back]})[A])["new"] == ("conflict", "REHIRE")
    assert conserved(platform)


def test_an_address_released_from_a_closed_account_comes_back(platform: Platform) -> None:
    gone = person("old", "Elke", "Janssens", email="info@example.com", exit_date=date(2026, 3, 1))
    other = person("new", "Fons", "Wouters", email="info@example.com", start_date=date(2026, 3, 2))
    platform.night({A: [gone, ANA]})
    platform.night({A: [ANA, other]})
    platform.resolve(A, "new", Choice.CREATE)
    before = platform.standing()
    run = platform.night({A: [ANA, other]})[A]
    assert platform.outcomes(run)["new"] == ("created", None)
    assert platform.value("SELECT email FROM reporting.accounts WHERE first_name = 'Elke'") is None
    done = platform.undo(run)
    assert platform.reversals(done)[("old", "reversed")] == (["email"], None, None)
    assert platform.standing() == before
    assert conserved(platform)


def test_people_missing_for_the_first_time_in_the_undone_run_are_not_missing_any_more(platform: Platform) -> None:
    platform.night({A: [ANA, BOB, CIL]})
    before = platform.standing()
    run = platform.night({A: [ANA, {**BOB, "phone": "+32470000001"}]})[A]
    done = platform.undo(run)
    assert platform.reversals(done)[("cil", "reversed")] == (["absence"], None, None)
    assert platform.standing() == before
    assert conserved(platform)


def test_an_absence_that_a_later_run_has_seen_as_well_stays(platform: Platform) -> None:
    platform.night({A: [ANA, BOB, CIL]})
    run = platform.night({A: [ANA, {**BOB, "phone": "+32470000001"}]})[A]
    later = platform.night({A: [ANA, {**BOB, "phone": "+32470000001"}]})[A]
    found = platform.reversals(platform.undo(run))
    assert found[("cil", "kept")] == (["absence"], "UNDO_TOUCHED_BY_RUN", later.sync_run_id)
    assert len(platform.standing()["absences"]) == 1
    assert conserved(platform)


def test_somebody_whom_the_undone_run_listed_again_is_missing_as_before(platform: Platform) -> None:
    platform.night({A: [ANA, BOB]})
    platform.night({A: [ANA]})
    before = platform.standing()
    run = platform.night({A: [ANA, {**BOB, "phone": "+32470000001"}]})[A]
    done = platform.undo(run)
    assert platform.reversals(done)[("bob", "reversed")][0] == ["absence", "phone"]
    assert platform.standing() == before
    assert conserved(platform)
    assert platform.night({A: [ANA]})[A].counts.missing == 1
    assert conserved(platform)


def test_a_closing_by_rule_is_taken_back_and_the_rule_does_not_close_them_again_at_once(platform: Platform) -> None:
    closing = replace(SETTINGS, close_missing=CloseMissing.ABSENT, missing_runs=2, limits=Limits(missing_floor=Decimal(50)))
    platform.change_settings(A, closing)
    platform.night({A: [ANA, BOB]})
    platform.night({A: [ANA]})
    before = platform.standing()
    run = platform.night({A: [ANA]})[A]
    if platform.value("SELECT count(*) FROM absence WHERE closed_on IS NOT NULL") == 0:
        run = platform.night({A: [ANA]})[A]
    assert platform.value("SELECT count(*) FROM absence WHERE closed_run_no = ?", [run.run_no]) == 1
    done = platform.undo(run)
    assert platform.reversals(done)[("bob", "reversed")] == (["exit_date"], None, None)
    assert platform.standing()["accounts"] == before["accounts"]
    platform.night({A: [ANA]})
    assert platform.account_of(A, "bob")["exit_date"] is None


def test_an_undo_that_reports_success_having_done_nothing_cannot_happen(platform: Platform) -> None:
    platform.night({A: [ANA, BOB]})
    quiet = platform.night({A: [ANA, BOB]})[A]
    assert refused(platform, quiet).code is Code.UNDO_NOTHING
    rejected = platform.night({A: [ANA, {**BOB, "reject_code": "FIELD_INVALID", "reject_field": "phone"}]})[A]
    assert refused(platform, rejected).code is Code.UNDO_NOTHING
    changed = platform.night({A: [{**ANA, "phone": "+32470000001"}, BOB]})[A]
    later = platform.night({A: [{**ANA, "phone": "+32470000002"}, BOB]})[A]
    blocked = refused(platform, changed)
    assert blocked.code is Code.UNDO_BLOCKED
    assert (blocked.params["kept"], blocked.params["impossible"]) == (1, 0)
    assert later.run_no
    undone = platform.rows(
        "SELECT r.status, r.run_no FROM sync_run AS r JOIN undo AS u USING (run_no)"
        " WHERE NOT EXISTS (FROM reversal AS x WHERE x.run_no = r.run_no AND x.result = 'reversed')"
    )
    assert undone == []


def test_what_wrote_nothing_is_refused_with_why(platform: Platform) -> None:
    platform.night({A: [ANA, BOB, CIL]})
    platform.change_settings(A, Settings())
    held = platform.night({A: [{**one, "gross_amount": Decimal("36000.00")} for one in (ANA, BOB, CIL)]})[A]
    assert not held.applied
    refusal = refused(platform, held)
    assert refusal.code is Code.UNDO_NOTHING
    assert str(refusal.params["code"]).startswith("HELD_")


def test_an_undo_is_not_undone_and_nothing_twice(platform: Platform) -> None:
    run = platform.night({A: [ANA]})[A]
    done = platform.undo(run)
    again = refused(platform, run)
    assert (again.code, again.params["undo"]) == (Code.UNDO_DONE, f"r{done.run_no}")
    of_undo = refused(platform, f"r{done.run_no}")
    assert (of_undo.code, of_undo.params["undone"]) == (Code.UNDO_OF_UNDO, run.sync_run_id)
    for unknown in ("r99", "99", "a1", "", "r1; DROP TABLE link"):
        assert refused(platform, unknown).code is Code.UNKNOWN_RUN


def test_without_lineage_nothing_is_guessed(platform: Platform) -> None:
    platform.night({A: [ANA]})
    run = platform.night({A: [{**ANA, "gross_amount": Decimal("3100.00")}]})[A]
    platform.tamper("DELETE FROM lineage")
    assert refused(platform, run).code is Code.UNDO_NO_LINEAGE
    named = platform.night({A: [{**ANA, "gross_amount": Decimal("3100.00"), "last_name": "Maes"}]})[A]
    platform.tamper("DELETE FROM account_version WHERE run_no = 1")
    assert refused(platform, named).code is Code.UNDO_NO_LINEAGE


def test_who_lacks_lineage_is_named_and_the_others_come_back(platform: Platform) -> None:
    platform.night({A: [ANA, BOB]})
    raised = Decimal("3100.00")
    run = platform.night({A: [{**ANA, "gross_amount": raised}, {**BOB, "gross_amount": raised}]})[A]
    platform.tamper("DELETE FROM lineage WHERE account_no = 1")
    done = platform.undo(run)
    assert done.status is Status.PARTIAL
    assert platform.reversals(done) == {
        ("ana", "impossible"): (["gross_amount"], "UNDO_NO_LINEAGE", None),
        ("bob", "reversed"): (["gross_amount"], None, None),
    }
    assert (first_gross(platform, "ana"), first_gross(platform, "bob")) == (raised, Decimal("3000.00"))


def test_erased_people_are_impossible_and_said_so(platform: Platform) -> None:
    platform.night({A: [ANA, BOB]})
    run = platform.night({A: [{**ANA, "phone": "+32470000001"}, {**BOB, "phone": "+32470000002"}]})[A]
    for table in ("account", "account_version", "pay_version", "link", "lineage"):
        platform.tamper(f"DELETE FROM {table} WHERE account_no = 1")
    found = platform.reversals(platform.undo(run))
    assert found[("ana", "impossible")] == (["phone"], "UNDO_NO_LINEAGE", None)
    assert found[("bob", "reversed")] == (["phone"], None, None)


def test_after_the_newest_run_is_undone_its_day_may_come_anew_and_older_days_stay_older(platform: Platform) -> None:
    first, second = FIRST_NIGHT, FIRST_NIGHT + timedelta(days=1)
    platform.night({A: [ANA]}, on=first)
    run = platform.night({A: [{**ANA, "phone": "+32470000001"}]}, on=second)[A]
    platform.undo(run)
    applied = platform.rows(
        "SELECT last_applied_run_id, last_applied_date, employees_in_last_snapshot FROM reporting.connections ORDER BY connection_id DESC"
    )
    assert tuple(applied[0].values()) == ("r1", first, 1)
    backfill = platform.night({A: [{**ANA, "phone": "+32470000002"}]}, on=second)[A]
    assert backfill.counts.updated == 1
    older = platform.night({A: [{**ANA, "phone": "+32470000003"}]}, on=first)[A]
    assert older.counts.updated == 0
    assert conserved(platform)


def test_after_the_first_run_is_undone_the_next_is_a_first_one_that_waits_for_its_review_and_an_empty_list_is_still_an_error(
    platform: Platform,
) -> None:
    run = platform.night({A: [ANA, BOB]})[A]
    platform.undo(run)
    platform.change_settings(A, Settings())
    assert platform.night({A: []})[A].verdict.code is Code.SNAPSHOT_EMPTY
    assert platform.night({A: [ANA, BOB]})[A].verdict.code is Code.HELD_REVIEW
    assert conserved(platform)


def test_undoing_an_older_run_leaves_the_newest_facts_newest(platform: Platform) -> None:
    platform.night({A: [ANA, BOB]})
    older = platform.night({A: [{**ANA, "phone": "+32470000001"}, BOB]})[A]
    newest = platform.night({A: [{**ANA, "phone": "+32470000001"}, {**BOB, "phone": "+32470000002"}]})[A]
    assert platform.undo(older).status is Status.SUCCESS
    assert platform.value("SELECT last_applied_run_id FROM reporting.connections WHERE connection_id = ?", [A]) == newest.sync_run_id
    again = platform.night({A: [{**ANA, "phone": "+32470000001"}, {**BOB, "phone": "+32470000002"}]})[A]
    assert platform.outcomes(again) == {"ana": ("updated", None), "bob": ("unchanged", None)}
    assert conserved(platform)


def test_the_undo_is_a_run_of_its_own_in_history_and_says_what_it_undid(platform: Platform) -> None:
    run = platform.night({A: [ANA]})[A]
    done = platform.undo(run)
    with platform.store.opened() as database:
        newest, undone = sync_runs(database, connection_id=A)
    assert (newest["sync_run_id"], newest["trigger"], newest["status"], newest["undoes"]) == (f"r{done.run_no}", "undo", "success", "r1")
    assert (undone["undone_by"], undone["undoes"]) == (newest["sync_run_id"], None)
    assert sum(newest["counts"].values()) == 0
    [row] = platform.rows("SELECT * FROM reporting.reversals")
    assert (row["undone_run_id"], row["result"], row["owner"], row["reason"]) == ("r1", "reversed", "HR", "a test")
