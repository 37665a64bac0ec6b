"""The complaint catalogue: what users of today's products write to support about, each with the test that it can't happen here.

From the snapshot a provider gives to what the store holds, with the real operations; only HTTP is left out.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.accounts import import_accounts
from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.connections import change_connection, stored_connection
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits, Relation, Review, Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline.domain.outcomes import Status, Trigger
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline.operations.deciding import resolve
from hr_pipeline.operations.previewing import approve
from hr_pipeline.operations.syncing import sync
from hr_pipeline.operations.undoing import undo
from hr_pipeline_tests.operations.listed_provider import MAPPING, Listing, Office, worker

A, B = "securex-a", "payfit-b"
OPEN = Settings(
    review=Review.NEVER,
    limits=Limits(missing_floor=Decimal(50), new_floor=Decimal(99), pay_changed_floor=Decimal(99), rejected_pct=Decimal(100)),
)
DATA = ("account", "account_version", "pay_version", "component_version", "link", "link_ended")
ELKE = {"first_name": "Elke", "last_name": "Janssens", "birth_date": "1989-09-09"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two companies of one group."""
    office = Office(tmp_path / "home")
    office.connect(A, settings=OPEN, group="Holding")
    office.connect(B, settings=OPEN, group="Holding")
    return office


def night(office: Office, listed: Listing | Exception, connection_id: str = A, trigger: Trigger = Trigger.NIGHTLY) -> SyncRun:
    """One sync of one company, a day after the last one."""
    office.tomorrow()
    return office.night(connection_id, listed, trigger)


def told(office: Office, run: SyncRun) -> dict[str, tuple[str, str | None]]:
    return office.outcomes(run.sync_run_id)


def data(office: Office) -> dict[str, Any]:
    return {name: office.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in DATA}


def accounts(office: Office) -> dict[str, str | None]:
    """Account id → e-mail."""
    return {row["account_id"]: row["email"] for row in office.rows("SELECT account_id, email FROM reporting.accounts")}


def decide(office: Office, external_id: str, choice: Choice, account: str | None = None) -> None:
    [conflict] = office.rows("SELECT conflict_id FROM reporting.conflicts WHERE external_id = ? AND state = 'open'", [external_id])
    resolve(office.work, conflict["conflict_id"], choice, "HR", account)


class TestDuplicatesAfterRelaunch:
    """“Relaunching the synchronisation may create duplicate accounts.”"""

    def test_relaunching_five_times_changes_nothing(self, office: Office) -> None:
        people = [worker(f"w{n}") for n in range(20)]
        night(office, people)
        before = data(office)
        for _ in range(5):
            office.lists(A, people)
            _, [run] = sync(office.work, [(A, office.today)], Trigger.MANUAL)
            assert (run.counts.created, run.counts.updated, run.counts.unchanged) == (0, 0, 20)
        assert data(office) == before

    def test_somebody_typed_in_without_an_address_gets_no_second_account(self, office: Office) -> None:
        office.rows("UPDATE company SET vat_number = 'BE0403170701' WHERE company_no = 1")
        with office.work.store.opened() as database:
            typed = {"vat_number": "BE0403170701", "email": None, "first_name": "Ana", "last_name": "Peeters W1"}
            import_accounts(database, [typed], office.now)
        for _ in range(3):
            assert told(office, night(office, [worker("w1")])) == {"w1": ("conflict", "SAME_NAME")}
        assert len(accounts(office)) == 1


class TestAddresses:
    """“The e-mail address changed and now there are two accounts”, “… and now the account is somebody else's.”"""

    def test_a_renamed_address_stays_with_its_account(self, office: Office) -> None:
        night(office, [worker("w1")])
        assert told(office, night(office, [worker("w1", email="ana.maes@example.com")])) == {"w1": ("updated", None)}
        assert accounts(office) == {"a1": "ana.maes@example.com"}

    def test_two_people_who_swap_addresses_keep_their_accounts(self, office: Office) -> None:
        night(office, [worker("w1", "Ana"), worker("w2", "Bob")])
        run = night(office, [worker("w1", "Ana", email="w2@example.com"), worker("w2", "Bob", email="w1@example.com")])
        assert told(office, run) == {"w1": ("updated", None), "w2": ("updated", None)}
        assert accounts(office) == {"a1": "w2@example.com", "a2": "w1@example.com"}

    def test_a_recycled_address_never_hands_over_the_former_owners_account(self, office: Office) -> None:
        night(office, [worker("w1", "Omar", "Haddad", email="info@example.com", exit_date="2026-01-31"), worker("w2")])
        newcomer = worker("w3", email="info@example.com", **ELKE)
        run = night(office, [worker("w2"), newcomer])
        assert told(office, run)["w3"] == ("conflict", "EMAIL_SHARED")
        decide(office, "w3", Choice.CREATE)
        assert told(office, night(office, [worker("w2"), newcomer]))["w3"] == ("created", None)
        assert accounts(office) == {"a1": None, "a2": "w2@example.com", "a3": "info@example.com"}


class TestRehires:
    """“She came back and could not log in.”"""

    def test_twice_and_still_one_account(self, office: Office) -> None:
        first = worker("w1", **ELKE)
        night(office, [first, worker("w9")])
        night(office, [{**first, "exit_date": office.today.isoformat()}, worker("w9")])
        night(office, [worker("w9")])
        again = worker("w2", email="w1@example.com", **{**ELKE, "start_date": (office.today + timedelta(days=1)).isoformat()})
        assert told(office, night(office, [again, worker("w9")]))["w2"] == ("conflict", "REHIRE")
        decide(office, "w2", Choice.LINK)
        assert told(office, night(office, [again, worker("w9")]))["w2"] == ("linked", None)
        assert told(office, night(office, [{**again, "exit_date": office.today.isoformat()}, worker("w9")]))["w2"][0] == "updated"
        assert told(office, night(office, [again, worker("w9")]))["w2"][0] in ("updated", "unchanged")
        rows = office.rows("SELECT account_id, exit_date FROM reporting.accounts WHERE first_name = 'Elke'")
        assert [row["account_id"] for row in rows] == ["a1"]


class TestTransfers:
    """“An employee who moves between two companies of one group is an error.”"""

    def test_the_person_moves_with_one_account_and_the_pay_of_before_is_kept(self, office: Office) -> None:
        night(office, [worker("w1", email="elke@example.com", **ELKE), worker("w2")])
        moved = worker("b1", gross="3500.00", email="elke@example.com", **{**ELKE, "start_date": "2026-03-02"})
        night(office, [worker("b9")], B)
        assert told(office, night(office, [worker("b9"), moved], B))["b1"] == ("conflict", "TRANSFER")
        decide(office, "b1", Choice.TRANSFER)
        assert told(office, night(office, [worker("b9"), moved], B))["b1"] == ("transferred", None)
        assert told(office, night(office, [worker("w1", email="elke@example.com", **ELKE), worker("w2")]))["w1"] == ("unchanged", None)
        [account] = office.rows("SELECT account_id, company FROM reporting.accounts WHERE first_name = 'Elke'")
        assert account == {"account_id": "a1", "company": B.title()}
        pay = office.rows("SELECT connection_id, gross_amount FROM reporting.pay WHERE account_id = 'a1' ORDER BY pay_no")
        assert [tuple(row.values()) for row in pay] == [(A, Decimal("3000.00")), (B, Decimal("3500.00"))]

    def test_a_reviewed_transfer_is_approved_like_anything_else(self, office: Office) -> None:
        night(office, [worker("w1", email="elke@example.com", **ELKE)])
        night(office, [worker("b9")], B)
        with office.work.store.opened() as database:
            stored = stored_connection(database, B)
            settings = replace(stored.connection.settings, review=Review.ALWAYS, automatic_transfer=True)
            change_connection(database, replace(stored.connection, settings=settings))
        waiting = night(office, [worker("b9"), worker("b1", email="elke@example.com", **ELKE)], B)
        assert waiting.verdict.code is Code.HELD_REVIEW
        assert told(office, night(office, [worker("w1", email="elke@example.com", phone="+32470000001", **ELKE)]))["w1"] == (
            "updated",
            None,
        )
        newest = night(office, [worker("b9"), worker("b1", email="elke@example.com", **ELKE)], B)
        [run] = approve(office.work, newest.plan_id or "")
        assert told(office, run)["b1"] == ("transferred", None)


class TestBadSources:
    """“The provider had a bad night and everybody was closed.”"""

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            ([], Code.SNAPSHOT_EMPTY),
            (Permanent(Code.SNAPSHOT_INCOMPLETE, provider="securex"), Code.SNAPSHOT_INCOMPLETE),
            (Transient(Code.PROVIDER_UNAVAILABLE, provider="securex"), Code.PROVIDER_UNAVAILABLE),
            (Permanent(Code.PROVIDER_CHANGED, provider="securex"), Code.PROVIDER_CHANGED),
        ],
    )
    def test_an_empty_or_cut_source_writes_nothing(self, office: Office, answer: Listing | Exception, code: Code) -> None:
        night(office, [worker(f"w{n}") for n in range(5)])
        before = data(office)
        run = night(office, answer)
        assert (run.verdict.status, run.verdict.code) == (Status.ERROR, code)
        assert data(office) == before
        assert office.rows("SELECT * FROM absence") == []

    def test_a_blank_wipes_nothing_without_two_consents(self, office: Office) -> None:
        """Neither a key that is not sent, nor an explicit null where the policy does not allow it."""
        night(office, [worker("w1", phone="+32470123456"), *(worker(f"w{n}") for n in range(2, 9))])
        others = [worker(f"w{n}") for n in range(2, 9)]
        night(office, [worker("w1"), *others])
        night(office, [worker("w1", phone=None), *others])
        assert office.rows("SELECT phone FROM reporting.accounts WHERE account_id = 'a1'") == [{"phone": "+32470123456"}]
        with office.work.store.opened() as database:
            from hr_pipeline.adapters.store.connections import change_mapping

            change_mapping(database, A, FieldMapping({**MAPPING.rules, "phone": FieldRule(("phone",), may_clear=True)}))
        night(office, [worker("w1"), *others])
        assert office.rows("SELECT phone FROM reporting.accounts WHERE account_id = 'a1'") == [{"phone": "+32470123456"}]
        night(office, [worker("w1", phone=None), *others])
        assert office.rows("SELECT phone FROM reporting.accounts WHERE account_id = 'a1'") == [{"phone": None}]

    def test_one_poison_row_among_a_thousand_fails_alone_and_is_named(self, office: Office) -> None:
        people = [worker(f"w{n}", last_name=f"Peeters {n:04d}") for n in range(1000)]
        run = night(office, [*people[:617], {**people[617], "phone": "call me"}, *people[618:]])
        assert (run.verdict.status, run.counts.created, run.counts.rejected) == (Status.PARTIAL, 999, 1)
        assert {name: what for name, what in told(office, run).items() if what[0] != "created"} == {"w617": ("rejected", "FIELD_INVALID")}


class TestFilters:
    """“We changed the filter, and everybody outside it was deleted.”"""

    def test_who_falls_out_of_scope_freezes_and_comes_back_as_they_were(self, office: Office) -> None:
        people = [worker("w1"), worker("w2", relation="administrator", gross=None)]
        with office.work.store.opened() as database:
            stored = stored_connection(database, A)
            both = replace(stored.connection.settings, relations=(Relation.EMPLOYEE, Relation.ADMINISTRATOR))
            change_connection(database, replace(stored.connection, settings=both))
        night(office, people)
        before = accounts(office)
        with office.work.store.opened() as database:
            change_connection(database, replace(stored.connection, settings=OPEN))
        run = night(office, [worker("w1"), worker("w2", relation="administrator", gross=None, email="other@example.com")])
        assert told(office, run)["w2"] == ("out_of_scope", "OUT_OF_SCOPE")
        assert run.counts.missing == 0
        assert accounts(office) == before
        assert office.rows("SELECT exit_date FROM reporting.accounts") == [{"exit_date": None}] * 2

    def test_nobody_but_the_excluded_is_left_out_and_a_linked_one_freezes(self, office: Office) -> None:
        from hr_pipeline.adapters.store.exclusions import exclude, include

        night(office, [worker("w1"), worker("w2")])
        with office.work.store.opened() as database:
            exclude(database, A, "w1", owner="HR", reason="asked for it", until=None, now=office.now)
        run = night(office, [worker("w1", email="other@example.com"), worker("w2")])
        assert told(office, run) == {"w1": ("excluded", "EXCLUDED"), "w2": ("unchanged", None)}
        run = night(office, [worker("w2")])
        assert run.counts.missing == 0
        assert accounts(office)["a1"] == "w1@example.com"
        with office.work.store.opened() as database:
            include(database, A, "w1", office.now)
        assert told(office, night(office, [worker("w1", email="other@example.com"), worker("w2")]))["w1"] == ("updated", None)


class TestUndo:
    """“The undo said it had worked, and nothing had changed.”"""

    def test_an_undo_that_can_do_nothing_says_so_and_one_that_does_is_seen_in_the_accounts(self, office: Office) -> None:
        night(office, [worker("w1")])
        changed = night(office, [worker("w1", email="other@example.com")])
        quiet = night(office, [worker("w1", email="other@example.com")])
        with pytest.raises(Refusal):
            undo(office.work, quiet.sync_run_id, "HR")
        undo(office.work, changed.sync_run_id, "HR")
        assert accounts(office) == {"a1": "w1@example.com"}
