"""What the store remembers: exact money, every change with its run, since when and for how many runs, conflicts, absences, older facts."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hr_pipeline.adapters.store.reports import attention, conflicts, outcomes, sync_runs
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import CLEARABLE, FIRST_NIGHT, Platform

ANA = person("ana", "Ana", "Peeters")
BOB = person("bob", "Bob", "Janssens")
CIL = person("cil", "Cil", "Maes")
A = "securex-a"


def twins(*ids: str, **values: Any) -> list[dict[str, Any]]:
    """People who share an address."""
    return [person(i, email="twin@example.com", **values) for i in ids]


def test_money_hours_and_rates_are_exact_from_end_to_end(platform: Platform) -> None:
    exact = {
        "gross_amount": Decimal("199999999999.99"),
        "weekly_hours": Decimal("30.40"),
        "reference_hours": Decimal("38.00"),
        "work_regime_pct": Decimal("33.33"),
        "employer_contribution_pct": Decimal("30.57"),
    }
    thirteenth = {
        "code": "13",
        "label": "Thirteenth month",
        "amount": Decimal("0.07"),
        "currency": "EUR",
        "frequency": "yearly",
        "valid_from": date(2026, 1, 1),
    }
    meal = {
        "code": "M",
        "amount": Decimal("1234567890.12"),
        "currency": "EUR",
        "frequency": "monthly",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
    }
    platform.connect(A)
    platform.night({A: [{**ANA, **exact, "components": [thirteenth, meal], "components_key": "two"}]})
    pay = platform.pay_of(A, "ana")
    assert {name: pay[name] for name in exact} == exact
    components = platform.rows("SELECT code, amount, effective_from, effective_to, current FROM reporting.salary_components ORDER BY code")
    assert components == [
        {"code": "13", "amount": Decimal("0.07"), "effective_from": date(2026, 1, 1), "effective_to": None, "current": True},
        {
            "code": "M",
            "amount": Decimal("1234567890.12"),
            "effective_from": date(2026, 1, 1),
            "effective_to": date(2026, 12, 31),
            "current": True,
        },
    ]


def test_a_cent_is_a_change_and_the_former_pay_is_kept(platform: Platform) -> None:
    platform.connect(A)
    platform.night({A: [ANA]})
    run = platform.night({A: [{**ANA, "gross_amount": Decimal("3000.01")}]})[A]
    kept = platform.rows("SELECT gross_amount, current, sync_run_id FROM reporting.pay ORDER BY pay_no")
    assert kept == [
        {"gross_amount": Decimal("3000.00"), "current": False, "sync_run_id": "r1"},
        {"gross_amount": Decimal("3000.01"), "current": True, "sync_run_id": "r2"},
    ]
    assert (run.pay["source"], run.pay["applied"], run.pay["unchanged"]) == (1, 1, 0)


def test_changed_components_are_a_change_of_pay(platform: Platform) -> None:
    one = {"code": "M", "amount": Decimal("10.00"), "currency": "EUR", "frequency": "monthly", "valid_from": date(2026, 1, 1)}
    platform.connect(A)
    platform.night({A: [{**ANA, "components": [one], "components_key": "ten"}, BOB]})
    run = platform.night({A: [{**ANA, "components": [{**one, "amount": Decimal("11.00")}], "components_key": "eleven"}, BOB]})[A]
    assert platform.outcomes(run)["ana"] == ("updated", None)
    assert platform.rows("SELECT amount, current FROM reporting.salary_components ORDER BY pay_no") == [
        {"amount": Decimal("10.00"), "current": False},
        {"amount": Decimal("11.00"), "current": True},
    ]


def test_pay_rows_are_counted_on_their_own(platform: Platform) -> None:
    without = {"has_pay": False, "pay_rows": 0, "gross_amount": None, "currency": None, "pay_type": None, "effective_from": None}
    people = [
        person("w1", pay_rows=2),
        person("w2"),
        person("w3", **without),
        person("w4", pay_rows=3, reject_code="FIELD_INVALID", reject_field="phone"),
        person("w5", in_scope=False, pay_rows=4),
    ]
    platform.connect(A)
    assert platform.night({A: people})[A].pay == {"source": 6, "applied": 3, "unchanged": 0, "rejected": 3}
    assert platform.night({A: people})[A].pay == {"source": 6, "applied": 0, "unchanged": 3, "rejected": 3}


def test_pay_rows_of_two_who_share_an_id_are_counted_once(platform: Platform) -> None:
    twins = [person("w1", pay_rows=3), person("w1", email="other@example.com", pay_rows=3), person("w2")]
    platform.connect(A)
    assert platform.night({A: twins})[A].pay == {"source": 4, "applied": 1, "unchanged": 0, "rejected": 3}
    beside = [person("w1", in_scope=False, pay_rows=3), person("w1", email="other@example.com", pay_rows=3), person("w2")]
    assert platform.night({A: beside})[A].pay == {"source": 4, "applied": 0, "unchanged": 1, "rejected": 3}


def test_every_change_is_kept_with_its_run_its_old_value_and_its_date(platform: Platform) -> None:
    raised = {**ANA, "last_name": "Maes", "gross_amount": Decimal("3100.00"), "effective_from": date(2026, 3, 1)}
    platform.connect(A, mapping=CLEARABLE)
    platform.night({A: [{**ANA, "phone": "+3225550100"}, BOB, CIL]})
    platform.night({A: [{**raised, "phone": "+3225550199"}, BOB, CIL]})
    platform.night({A: [{**raised, "phone": None}, BOB, CIL]})
    changes = platform.rows(
        "SELECT field, old_value, new_value, effective_date, sync_run_id FROM reporting.field_changes WHERE sync_run_id <> 'r1' ORDER BY sync_run_id, field"
    )
    night = {n: FIRST_NIGHT + timedelta(days=n - 1) for n in (2, 3)}
    assert [tuple(row.values()) for row in changes] == [
        ("gross_amount", "3000.00", "3100.00", date(2026, 3, 1), "r2"),
        ("last_name", "Peeters", "Maes", night[2], "r2"),
        ("phone", "+3225550100", "+3225550199", night[2], "r2"),
        ("phone", "+3225550199", None, night[3], "r3"),
    ]
    first = platform.rows("SELECT field FROM reporting.field_changes WHERE sync_run_id = 'r1' AND old_value IS NULL")
    assert {"email", "first_name", "last_name", "phone", "start_date", "gross_amount", "currency", "pay_type"} == {
        row["field"] for row in first
    }


def since(platform: Platform, run: Any) -> dict[str, tuple[str | None, str | None, int]]:
    rows = platform.rows("SELECT external_id, code, since_run_id, runs FROM reporting.outcomes WHERE sync_run_id = ?", [run.sync_run_id])
    return {row["external_id"]: (row["code"], row["since_run_id"], row["runs"]) for row in rows}


def test_a_trouble_that_lasts_says_since_when_and_for_how_many_runs(platform: Platform) -> None:
    bad = {A: [{**ANA, "reject_code": "FIELD_INVALID", "reject_field": "phone"}, BOB, CIL]}
    platform.connect(A)
    told = [since(platform, platform.night(bad)[A])["ana"] for _ in range(3)]
    assert told == [("FIELD_INVALID", "r1", 1), ("FIELD_INVALID", "r1", 2), ("FIELD_INVALID", "r1", 3)]
    other = {A: [{**ANA, "reject_code": "EMAIL_MISSING", "reject_field": "email"}, BOB, CIL]}
    assert since(platform, platform.night(other)[A])["ana"] == ("EMAIL_MISSING", "r4", 1)
    assert since(platform, platform.night(bad)[A])["ana"] == ("FIELD_INVALID", "r5", 1)


def test_a_trouble_is_counted_on_through_a_run_that_found_nothing_out(platform: Platform) -> None:
    bad = {A: [{**ANA, "reject_code": "FIELD_INVALID", "reject_field": "phone"}, BOB, CIL]}
    platform.connect(A)
    platform.night(bad)
    assert platform.night({A: []})[A].verdict.code == "SNAPSHOT_EMPTY"
    assert since(platform, platform.night(bad)[A])["ana"] == ("FIELD_INVALID", "r1", 2)


def test_outcomes_are_listed_with_those_who_need_attention_first(platform: Platform) -> None:
    platform.connect(A)
    platform.night({A: [CIL]})
    run = platform.night({A: [BOB, CIL, {**ANA, "reject_code": "FIELD_INVALID", "reject_field": "phone"}]})[A]
    with platform.store.opened() as database:
        listed = outcomes(database, run.run_no)
        named = outcomes(database, run.run_no, names=True)
        only = outcomes(database, run.run_no, only="FIELD_INVALID")
        created = outcomes(database, run.run_no, only="created")
        told = attention(database, [run.run_no], 10)
    assert [(row["external_id"], row["outcome"], row["field"], row["rule"]) for row in listed] == [
        ("ana", "rejected", "phone", "a rule"),
        ("bob", "created", None, None),
        ("cil", "unchanged", None, None),
    ]
    assert "first_name" not in listed[0]
    assert [row["first_name"] for row in named] == [None, "Bob", "Cil"]
    assert [row["external_id"] for row in only] == ["ana"]
    assert [row["external_id"] for row in created] == ["bob"]
    assert [(row["external_id"], row["code"], row["runs"]) for row in told] == [("ana", "FIELD_INVALID", 1)]


def test_a_conflict_keeps_its_number_counts_its_runs_and_closes_when_it_is_gone(platform: Platform) -> None:
    platform.connect(A)
    platform.typed_in(A, [{"email": None, "first_name": "Ana", "last_name": "Peeters"}])
    for _ in range(3):
        platform.night({A: [ANA, BOB]})
    with platform.store.opened() as database:
        [conflict] = conflicts(database, A)
    assert {name: conflict[name] for name in ("conflict_id", "external_id", "code", "runs", "state")} == {
        "conflict_id": 1,
        "external_id": "ana",
        "code": "SAME_NAME",
        "runs": 3,
        "state": "open",
    }
    assert conflict["since"] == FIRST_NIGHT
    platform.edit("a1", email="ana@example.com")
    run = platform.night({A: [ANA, BOB]})[A]
    assert platform.outcomes(run)["ana"] == ("linked", None)
    with platform.store.opened() as database:
        assert conflicts(database, A) == []
        assert [(one["conflict_id"], one["state"], one["runs"]) for one in conflicts(database, conflict_no=1)] == [(1, "closed", 3)]


def test_a_conflict_that_comes_back_is_a_new_one(platform: Platform) -> None:
    same = {A: [{**ANA, "email": "same@example.com"}, {**BOB, "email": "same@example.com"}]}
    platform.connect(A)
    platform.night(same)
    platform.night({A: [ANA, BOB]})
    platform.night(same)
    assert platform.rows("SELECT conflict_id, external_id, state, since_run_id FROM reporting.conflicts ORDER BY 1") == [
        {"conflict_id": 1, "external_id": "ana", "state": "closed", "since_run_id": "r1"},
        {"conflict_id": 2, "external_id": "bob", "state": "closed", "since_run_id": "r1"},
        {"conflict_id": 3, "external_id": "ana", "state": "open", "since_run_id": "r3"},
        {"conflict_id": 4, "external_id": "bob", "state": "open", "since_run_id": "r3"},
    ]


def test_a_conflict_of_one_company_is_not_touched_by_the_night_of_another(platform: Platform) -> None:
    platform.connect(A)
    platform.connect("securex-b")
    platform.night({A: [{**ANA, "email": "same@example.com"}, {**BOB, "email": "same@example.com"}]})
    platform.night({"securex-b": [CIL]})
    assert platform.value("SELECT count(*) FROM conflict WHERE state = 'open' AND runs = 1") == 2


def test_candidates_say_what_agrees_and_what_differs_and_no_value(platform: Platform) -> None:
    platform.connect(A)
    platform.typed_in(
        A,
        [
            {"email": None, "first_name": "Ana", "last_name": "Peeters", "birth_date": "1990-05-17"},
            {"email": "private@example.com", "first_name": "Ana", "last_name": "Peeters", "birth_date": "1991-01-01"},
        ],
    )
    platform.night({A: [{**ANA, "birth_date": date(1990, 5, 17)}]})
    with platform.store.opened() as database:
        [conflict] = conflicts(database)
    told = [(one["account_id"], one["agrees"], one["differs"]) for one in conflict["candidates"]]
    assert told == [
        ("a1", ["last_name", "first_name", "birth_date"], []),
        ("a2", ["last_name", "first_name"], ["email", "birth_date"]),
    ]
    assert all(one["score"] == sum(step["weight"] for step in one["steps"]) for one in conflict["candidates"])
    assert not {"Ana", "Peeters", "1990-05-17", "private@example.com"} & set(re.findall(r"[\w@.-]+", json.dumps(conflict["candidates"])))


def test_absences_open_once_and_end_when_somebody_is_listed_again(platform: Platform) -> None:
    platform.connect(A)
    platform.night({A: [ANA, BOB]})
    missing = [platform.night({A: [ANA]})[A].counts.missing for _ in range(2)]
    back = platform.night({A: [ANA, BOB]})[A]
    assert (missing, back.counts.missing, back.counts.unchanged) == ([1, 1], 0, 2)
    assert platform.rows("SELECT external_id, from_run_no, to_run_no FROM absence") == [
        {"external_id": "bob", "from_run_no": 2, "to_run_no": 4}
    ]
    assert {
        run: platform.value("SELECT count(*) FROM reporting.outcomes WHERE sync_run_id = ?", [run]) for run in ("r1", "r2", "r3", "r4")
    } == {
        "r1": 2,
        "r2": 1,
        "r3": 1,
        "r4": 2,
    }


def test_missing_is_never_left(platform: Platform) -> None:
    platform.connect(A)
    platform.night({A: [ANA, BOB]})
    platform.night({A: [ANA]})
    account = platform.account_of(A, "bob")
    assert (account["status"], account["exit_date"]) == ("active", None)


def test_an_older_snapshot_never_overwrites_what_is_newer(platform: Platform) -> None:
    platform.connect(A)
    platform.night({A: [{**ANA, "last_name": "New", "gross_amount": Decimal("3100.00")}, BOB]}, on=FIRST_NIGHT)
    before = platform.data()
    old = [{**ANA, "last_name": "Old", "gross_amount": Decimal("2900.00"), "email": "old@example.com"}]
    run = platform.night({A: old}, on=FIRST_NIGHT - timedelta(days=5), trigger=Trigger.BACKFILL)[A]
    assert platform.data() == before
    assert platform.outcomes(run) == {"ana": ("unchanged", None)}
    assert platform.rows("SELECT last_applied_date, last_run_no FROM connection") == [{"last_applied_date": FIRST_NIGHT, "last_run_no": 1}]


def test_an_older_snapshot_makes_nobody_known(platform: Platform) -> None:
    """Who is listed five days ago and not today has left, or was never here; whoever was typed in since keeps what was typed."""
    platform.connect(A)
    platform.typed_in(A, [{"email": "bob@example.com", "first_name": "Bob", "last_name": BOB["last_name"]}])
    platform.night({A: [ANA]}, on=FIRST_NIGHT)
    before = platform.data()
    run = platform.night({A: [ANA, BOB, CIL]}, on=FIRST_NIGHT - timedelta(days=5), trigger=Trigger.BACKFILL)[A]
    assert platform.outcomes(run) == {"ana": ("unchanged", None), "bob": ("held", "PLAN_STALE"), "cil": ("held", "PLAN_STALE")}
    assert platform.data() == before


def test_an_older_snapshot_asks_nothing_and_leaves_open_questions_as_they_stand(platform: Platform) -> None:
    """Night 1's shared address is settled by night 2; nobody is asked about it again because night 1 is looked at once more."""
    shared = [{**BOB, "email": CIL["email"]}, CIL]
    platform.connect(A)
    platform.night({A: [ANA, *shared]}, on=FIRST_NIGHT)
    tomorrow = platform.night({A: [BOB, CIL, ANA, *twins("dan", "eva")]}, on=FIRST_NIGHT + timedelta(days=1))[A]
    assert tomorrow.counts.created == 2
    before = platform.rows("SELECT * FROM conflict ORDER BY conflict_no")
    assert [row["state"] for row in before] == ["closed", "closed", "open", "open"]
    older = platform.night({A: [ANA, *shared, *twins("dan", "eva", first_name="Other")]}, on=FIRST_NIGHT, trigger=Trigger.BACKFILL)[A]
    assert older.counts.conflict == 4
    assert platform.rows("SELECT * FROM conflict ORDER BY conflict_no") == before


def test_an_older_snapshot_does_not_take_part_in_counting_troubles(platform: Platform) -> None:
    bad = {A: [{**ANA, "reject_code": "FIELD_INVALID", "reject_field": "phone"}, BOB, CIL]}
    platform.connect(A)
    platform.night(bad, on=FIRST_NIGHT)
    platform.night({A: [ANA, BOB, CIL]}, on=FIRST_NIGHT - timedelta(days=5), trigger=Trigger.BACKFILL)
    assert since(platform, platform.night(bad, on=FIRST_NIGHT + timedelta(days=1))[A])["ana"] == ("FIELD_INVALID", "r1", 2)


def test_backfilled_days_in_order_end_like_the_nights_themselves(tmp_path: Any) -> None:
    nights = [[ANA, BOB], [{**ANA, "last_name": "Maes"}, BOB, CIL], [{**ANA, "last_name": "Maes"}, CIL]]
    ends = []
    for name, order in (("forward", (0, 1, 2)), ("repeated", (0, 1, 0, 2, 1, 0, 2))):
        (tmp_path / name).mkdir()
        platform = Platform(tmp_path / name)
        platform.connect(A)
        for day in order:
            platform.night({A: nights[day]}, on=FIRST_NIGHT + timedelta(days=day))
        ends.append(platform.rows("SELECT email, first_name, last_name, exit_date FROM reporting.accounts ORDER BY email"))
    assert ends[0] == ends[1]


def test_runs_are_listed_newest_first_with_their_counts(platform: Platform) -> None:
    platform.connect(A)
    platform.connect("payfit-b")
    platform.night({A: [ANA], "payfit-b": [BOB]})
    platform.night({A: [ANA]})
    with platform.store.opened() as database:
        everything = sync_runs(database)
        mine = sync_runs(database, connection_id=A, limit=1)
    assert [run["sync_run_id"] for run in everything] == ["r3", "r2", "r1"]
    assert [(run["sync_run_id"], run["status"], run["counts"]["unchanged"], run["pay"]["unchanged"]) for run in mine] == [
        ("r3", "success", 1, 1)
    ]
    assert {run["provider"] for run in everything} == {"securex", "payfit"}


def test_warnings_never_block_and_stay_with_the_run(platform: Platform) -> None:
    platform.connect(A)
    platform.typed_in(A, [{"email": "ana@example.com", "first_name": "Ana", "last_name": "Peeters"}])
    run = platform.night({A: [{**ANA, "warnings": ["PHONE_NO_PREFIX", "PAY_MISSING"]}, BOB]})[A]
    again = platform.night({A: [{**ANA, "warnings": ["PHONE_NO_PREFIX"]}, BOB]})[A]
    with platform.store.opened() as database:
        told = {one["external_id"]: (one["outcome"], one["warnings"]) for one in outcomes(database, run.run_no)}
        later = {one["external_id"]: (one["outcome"], one["warnings"]) for one in outcomes(database, again.run_no, only="PHONE_NO_PREFIX")}
    assert told == {"ana": ("linked", ["PAY_MISSING", "PHONE_NO_PREFIX"]), "bob": ("created", [])}
    assert later == {"ana": ("unchanged", ["PHONE_NO_PREFIX"])}
