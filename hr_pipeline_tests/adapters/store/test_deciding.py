"""What people decide about conflicts: asked once, remembered with what it rests on, applied by the next sync, refused when it makes no sense."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from hr_pipeline.adapters.store.conflicts import Answer, decide, resolution_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

HERE = "securex-alpha"
ZOE = {"first_name": "Zoé", "last_name": "Peeters", "email": None}
GONE = FIRST_NIGHT - timedelta(days=30)


@pytest.fixture
def twin(platform: Platform) -> Platform:
    """Somebody typed in as Zoé Peeters without an address (a1), and an employee of that name: SAME_NAME since the first night."""
    platform.connect(HERE, settings=SETTINGS)
    platform.typed_in(HERE, [ZOE])
    assert told(platform) == ("conflict", "SAME_NAME")
    return platform


def zoe(external_id: str = "1", **values: Any) -> dict[str, Any]:
    return person(external_id, "Zoé", "Peeters", **{"email": "zoe@example.com", **values})


def told(platform: Platform, *people: dict[str, Any]) -> tuple[str, str | None]:
    """What a night with these people (Zoé alone by default) says of employee 1."""
    run = platform.night({HERE: people or [zoe()]})[HERE]
    return platform.outcomes(run)["1"]


def refused(platform: Platform, choice: Choice, account_no: int | None = None, conflict_no: int = 1) -> Refusal:
    """A decision that is refused and leaves everything as it was."""
    before = everything(platform)
    with pytest.raises(Refusal) as found, platform.store.opened() as database:
        decide(database, conflict_no, Answer(choice, "HR", account_no), platform.clock.date(), platform.clock)
    assert everything(platform) == before
    return found.value


def everything(platform: Platform) -> list[Any]:
    return [platform.data(), *(platform.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in ("conflict", "resolution", "exclusion"))]


def test_link_makes_the_employee_that_account(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.LINK)
    assert twin.conflict_of(HERE, "1")["state"] == "decided"
    assert told(twin) == ("linked", None)
    assert twin.account_of(HERE, "1")["account_id"] == "a1"
    assert told(twin) == ("unchanged", None)
    assert twin.value("SELECT state FROM conflict") == "closed"
    with twin.store.opened() as database:
        assert (resolution_of(database, 1) or {})["ended_why"] == "applied"


def test_create_makes_a_second_account_of_that_name(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.CREATE)
    assert told(twin) == ("created", None)
    assert twin.account_of(HERE, "1")["account_id"] == "a2"


def test_exclude_leaves_the_employee_out_and_closes_the_question(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.EXCLUDE)
    assert twin.rows("SELECT owner, reason FROM reporting.exclusions") == [{"owner": "HR", "reason": "conflict 1"}]
    assert told(twin) == ("excluded", "EXCLUDED")
    assert twin.value("SELECT state FROM conflict") == "closed"


@pytest.mark.parametrize(
    ("choice", "outcome"),
    [(Choice.DEFER, ("conflict", "SAME_NAME")), (Choice.LINK, ("linked", None)), (Choice.EXCLUDE, ("excluded", "EXCLUDED"))],
)
def test_deciding_again_ends_the_exclusion_that_the_first_answer_made(
    twin: Platform, choice: Choice, outcome: tuple[str, str | None]
) -> None:
    twin.resolve(HERE, "1", Choice.EXCLUDE)
    twin.clock += timedelta(hours=1)
    twin.resolve(HERE, "1", choice)
    assert twin.value("SELECT count(*) FROM exclusion WHERE ended_at IS NULL") == (choice is Choice.EXCLUDE)
    assert twin.value("SELECT ended_why FROM resolution WHERE resolution_no = 1") == "replaced"
    assert told(twin) == outcome


def test_deciding_again_leaves_an_exclusion_that_somebody_else_made_since(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.EXCLUDE)
    twin.clock += timedelta(hours=1)
    twin.leave_out(HERE, "1")
    twin.resolve(HERE, "1", Choice.DEFER)
    assert twin.rows("SELECT reason FROM exclusion WHERE ended_at IS NULL") == [{"reason": "a test"}]


def test_ten_nights_ask_one_question(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.DEFER)
    for _ in range(10):
        assert told(twin) == ("conflict", "SAME_NAME")
        assert twin.conflict_of(HERE, "1")["state"] == "deferred"
    assert twin.value("SELECT count(*) FROM conflict") == 1
    assert twin.conflict_of(HERE, "1")["runs"] == 11


def test_a_deferred_question_that_was_away_for_a_night_is_not_asked_again(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.DEFER)
    assert told(twin, zoe(reject_code="FIELD_INVALID", reject_field="phone")) == ("rejected", "FIELD_INVALID")
    assert told(twin) == ("conflict", "SAME_NAME")
    assert twin.conflict_of(HERE, "1")["state"] == "deferred"


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"email": "zoe.peeters@example.com"}, "employee.email"),
        ({"birth_name": "Maes"}, "employee.name"),
        ({"birth_date": date(1990, 1, 1)}, "employee.birth_date"),
        ({"employee_number": "17"}, "employee.number"),
    ],
)
def test_other_inputs_ask_again_and_say_what_changed(twin: Platform, values: dict[str, Any], part: str) -> None:
    twin.resolve(HERE, "1", Choice.DEFER)
    assert told(twin, zoe(**values)) == ("conflict", "SAME_NAME")
    again = twin.conflict_of(HERE, "1")
    assert (again["state"], again["changed"]) == ("open", [part])


def test_a_decision_whose_inputs_change_the_same_night_is_not_carried_out(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.CREATE)
    assert told(twin, zoe(birth_date=date(1990, 1, 1))) == ("conflict", "SAME_NAME")
    assert twin.conflict_of(HERE, "1")["state"] == "open"
    assert told(twin, zoe(birth_date=date(1990, 1, 1))) == ("conflict", "SAME_NAME")
    assert twin.value("SELECT ended_why FROM resolution") == "inputs changed"


def test_something_that_is_no_input_asks_nothing_again(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.DEFER)
    told(twin, zoe(phone="+32470123456", language="fr"))
    assert twin.conflict_of(HERE, "1")["state"] == "deferred"


def test_editing_the_account_so_that_it_matches_resolves_it_at_the_next_sync(twin: Platform) -> None:
    twin.edit("a1", email="zoe@example.com")
    assert told(twin) == ("linked", None)
    assert twin.value("SELECT state FROM conflict") == "closed"


def test_a_decision_about_an_account_that_changed_meanwhile_is_refused(twin: Platform) -> None:
    twin.edit("a1", email="zoe.of.old@example.com")
    found = refused(twin, Choice.LINK)
    assert (found.code, found.params["changed"]) == (Code.CONFLICT_CHANGED, "a1.email")


def test_a_decision_about_a_closed_or_unknown_conflict_is_refused(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.LINK)
    told(twin)
    assert refused(twin, Choice.CREATE).code is Code.CONFLICT_CLOSED
    assert refused(twin, Choice.CREATE, conflict_no=7).code is Code.UNKNOWN_CONFLICT


def test_an_account_of_another_company_is_refused(twin: Platform) -> None:
    twin.connect("payfit-beta", settings=SETTINGS)
    twin.typed_in("payfit-beta", [ZOE])
    found = refused(twin, Choice.LINK, account_no=2)
    assert (found.code, found.params["reason"]) == (Code.ACCOUNT_REFUSED, "it belongs to another company")
    assert refused(twin, Choice.LINK, account_no=99).code is Code.UNKNOWN_ACCOUNT


def test_an_account_of_somebody_still_listed_is_refused(twin: Platform) -> None:
    told(twin, zoe(), person("2", "Omar", "Haddad"))
    found = refused(twin, Choice.LINK, account_no=2)
    assert found.params["reason"] == "it belongs to an employee who is still listed"


def test_an_account_chosen_for_somebody_else_is_refused(twin: Platform) -> None:
    told(twin, zoe(), zoe("2", email="zoe2@example.com"))
    twin.resolve(HERE, "1", Choice.LINK)
    found = refused(twin, Choice.LINK, conflict_no=2)
    assert found.params["reason"] == "it was chosen for another employee already"


def test_two_homonyms_are_both_candidates_and_one_has_to_be_named(platform: Platform) -> None:
    platform.connect(HERE, settings=SETTINGS)
    platform.typed_in(HERE, [ZOE, ZOE])
    assert told(platform) == ("conflict", "SAME_NAME")
    assert [one["account_id"] for one in platform.conflict_of(HERE, "1")["candidates"]] == ["a1", "a2"]
    assert refused(platform, Choice.LINK).params["reason"] == "name one of several candidates"
    platform.resolve(HERE, "1", Choice.LINK, "a2")
    assert told(platform) == ("linked", None)
    assert platform.account_of(HERE, "1")["account_id"] == "a2"


@pytest.mark.parametrize("choice", [Choice.LINK, Choice.CREATE, Choice.TRANSFER])
def test_a_duplicate_in_the_snapshot_can_only_be_left_out_or_deferred(platform: Platform, choice: Choice) -> None:
    platform.connect(HERE, settings=SETTINGS)
    assert told(platform, zoe(), person("2", email="zoe@example.com")) == ("conflict", "DUPLICATE_EMAIL")
    assert refused(platform, choice).code is Code.CHOICE_REFUSED
    platform.resolve(HERE, "2", Choice.EXCLUDE)
    assert told(platform, zoe(), person("2", email="zoe@example.com")) == ("created", None)


class TestAddresses:
    """Shared, recycled and taken addresses."""

    def test_a_recycled_address_of_somebody_who_left_goes_to_the_newcomer_once_decided(self, platform: Platform) -> None:
        platform.connect(HERE, settings=SETTINGS)
        told(platform, person("1", "Omar", "Haddad", email="info@example.com", exit_date=GONE), person("2"))
        newcomer = person("3", "Elke", "Janssens", email="info@example.com")
        run = platform.night({HERE: [person("2"), newcomer]})[HERE]
        assert platform.outcomes(run)["3"] == ("conflict", "EMAIL_SHARED")
        platform.resolve(HERE, "3", Choice.CREATE)
        run = platform.night({HERE: [person("2"), newcomer]})[HERE]
        assert platform.outcomes(run)["3"] == ("created", None)
        assert platform.account_of(HERE, "3")["email"] == "info@example.com"
        former = platform.account_of(HERE, "1")
        assert (former["email"], former["first_name"]) == (None, "Omar")
        change = "SELECT new_value, sync_run_id FROM reporting.field_changes WHERE account_id = ? AND field = 'email' ORDER BY recorded_at DESC LIMIT 1"
        assert platform.rows(change, [former["account_id"]]) == [{"new_value": None, "sync_run_id": run.sync_run_id}]

    def test_an_address_in_use_can_not_be_given_to_a_second_account(self, platform: Platform) -> None:
        platform.connect(HERE, settings=SETTINGS)
        told(platform, person("1", "Omar", "Haddad", email="info@example.com"))
        platform.night(
            {
                HERE: [
                    person("1", "Omar", "Haddad", email="omar@example.com", reject_code="FIELD_INVALID", reject_field="phone"),
                    zoe("3", email="info@example.com"),
                ]
            }
        )
        found = refused(platform, Choice.CREATE)
        assert (found.code, found.params["account"]) == (Code.ACCOUNT_REFUSED, "a1")

    def test_a_shared_address_of_a_linked_person_can_be_deferred_or_excluded_only(self, platform: Platform) -> None:
        platform.connect(HERE, settings=SETTINGS)
        platform.night({HERE: [zoe(), person("2", "Omar", "Haddad")]})
        listed = (
            zoe(email="2@example.com"),
            person("2", "Omar", "Haddad", email="omar@example.com", reject_code="FIELD_INVALID", reject_field="phone"),
        )
        assert told(platform, *listed) == ("conflict", "EMAIL_SHARED")
        assert refused(platform, Choice.LINK, account_no=2).code is Code.CHOICE_REFUSED
        platform.resolve(HERE, "1", Choice.DEFER)
        told(platform, *listed)
        assert platform.conflict_of(HERE, "1")["state"] == "deferred"


class TestRehires:
    """Somebody comes back: the same account, under the same id or a new one."""

    @pytest.fixture
    def left(self, platform: Platform) -> Platform:
        """Zoé left a month ago and is no longer listed."""
        platform.connect(HERE, settings=SETTINGS)
        told(platform, zoe(exit_date=GONE), person("9"))
        platform.night({HERE: [person("9")]})
        return platform

    @pytest.mark.parametrize("email", ["zoe@example.com", "zoe.new@example.com"])
    def test_under_a_new_id_the_closed_account_is_asked_about_and_then_opens_again(self, left: Platform, email: str) -> None:
        back = zoe("2", email=email, start_date=FIRST_NIGHT)
        run = left.night({HERE: [person("9"), back]})[HERE]
        assert left.outcomes(run)["2"] == ("conflict", "REHIRE")
        left.resolve(HERE, "2", Choice.LINK)
        run = left.night({HERE: [person("9"), back]})[HERE]
        assert left.outcomes(run)["2"] == ("linked", None)
        account = left.account_of(HERE, "2")
        assert (account["account_id"], account["start_date"], account["exit_date"]) == ("a1", FIRST_NIGHT, None)
        ended = left.rows("SELECT external_id, started_on, ended_on, ended_why FROM reporting.links WHERE NOT current")
        assert [tuple(row.values()) for row in ended] == [("1", date(2024, 1, 1), GONE, "rehire")]
        assert left.night({HERE: [person("9"), back]})[HERE].counts.missing == 0

    def test_twice(self, left: Platform) -> None:
        for nth, letter in enumerate("23"):
            start = FIRST_NIGHT + timedelta(days=20 * (nth + 1))
            back = zoe(letter, start_date=start)
            left.night({HERE: [person("9"), back]}, on=start)
            left.resolve(HERE, letter, Choice.LINK)
            left.night({HERE: [person("9"), back]}, on=start + timedelta(days=1))
            left.night({HERE: [person("9"), {**back, "exit_date": start + timedelta(days=5)}]}, on=start + timedelta(days=6))
        assert left.value("SELECT count(*) FROM account") == 2
        assert left.value("SELECT count(*) FROM link_ended") == 2

    def test_the_former_contract_that_is_still_listed_stays_what_it_was(self, platform: Platform) -> None:
        platform.connect(HERE, settings=SETTINGS)
        former = zoe(exit_date=GONE, email="zoe.old@example.com")
        told(platform, former)
        back = zoe("2", start_date=FIRST_NIGHT)
        platform.night({HERE: [former, back]})
        platform.resolve(HERE, "2", Choice.LINK)
        for _ in range(2):
            run = platform.night({HERE: [former, back]})[HERE]
            assert platform.outcomes(run)["1"] == ("unchanged", None)
            assert platform.outcomes(run)["2"][0] in ("linked", "unchanged")
        assert platform.value("SELECT count(*) FROM account") == 1

    def test_ids_renumbered_by_the_provider_are_asked_about_and_keep_their_accounts(self, platform: Platform) -> None:
        platform.connect(HERE, settings=SETTINGS)
        names = ("Ana", "Bob", "Cil")
        platform.night({HERE: [person(str(n), name, email=f"{name}@example.com") for n, name in enumerate(names)]})
        before = {row["email"]: row["account_id"] for row in platform.rows("SELECT email, account_id FROM reporting.accounts")}
        renumbered = [person(f"R{n}", name, f"Peeters {n}", email=f"{name}@example.com") for n, name in enumerate(names)]
        run = platform.night({HERE: renumbered})[HERE]
        assert set(platform.outcomes(run).values()) == {("conflict", "REHIRE")}
        for n in range(3):
            platform.resolve(HERE, f"R{n}", Choice.LINK)
        run = platform.night({HERE: renumbered})[HERE]
        assert (run.counts.linked, run.counts.missing) == (3, 0)
        assert {row["email"]: row["account_id"] for row in platform.rows("SELECT email, account_id FROM reporting.accounts")} == before


def test_a_decision_waits_while_a_guard_holds_the_run(twin: Platform) -> None:
    """What a held run could not do is done by the next one that applies."""
    twin.resolve(HERE, "1", Choice.LINK)
    told(twin, zoe(reject_code="FIELD_INVALID", reject_field="phone"))
    assert told(twin) == ("linked", None)


def test_a_homonym_with_another_birth_date_on_both_sides_is_asked_about_all_the_same(platform: Platform) -> None:
    platform.connect(HERE, settings=replace(SETTINGS, link_on_birth_date=True))
    platform.typed_in(HERE, [{**ZOE, "birth_date": "1970-01-01"}])
    assert told(platform, zoe(birth_date=date(1990, 1, 1))) == ("conflict", "SAME_NAME")


def test_an_older_snapshot_takes_no_decision_back(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.LINK)
    twin.night({HERE: [zoe(birth_date=date(1990, 1, 1))]}, on=FIRST_NIGHT - timedelta(days=1))
    assert twin.conflict_of(HERE, "1")["state"] == "decided"
    assert told(twin) == ("linked", None)


def test_an_account_chosen_for_somebody_who_is_gone_may_be_chosen_again(twin: Platform) -> None:
    twin.resolve(HERE, "1", Choice.LINK)
    run = twin.night({HERE: [zoe("2")]})[HERE]
    assert twin.outcomes(run)["2"] == ("conflict", "SAME_NAME")
    twin.resolve(HERE, "2", Choice.LINK)
    assert twin.outcomes(twin.night({HERE: [zoe("2")]})[HERE])["2"] == ("linked", None)


def test_an_account_that_became_somebody_else_since_it_was_named_is_left_alone(twin: Platform) -> None:
    """It was no candidate, so the question does not rest on it; the decision does."""
    twin.typed_in(HERE, [{"first_name": "Karl", "last_name": "Wouters", "email": None}])
    twin.resolve(HERE, "1", Choice.LINK, "a2")
    twin.clock += timedelta(minutes=1)
    twin.edit("a2", email="karl@example.com")
    assert told(twin) == ("conflict", "SAME_NAME")
    assert twin.conflict_of(HERE, "1")["state"] == "open"


class TestAnotherProvider:
    """A company changes its payroll provider: nobody is blocked, nobody gets a second account."""

    @pytest.mark.parametrize("email", ["zoe@example.com", "zoe.new@example.com"])
    def test_people_of_the_stopped_connection_are_asked_about_and_keep_their_accounts(self, platform: Platform, email: str) -> None:
        platform.connect(HERE, settings=SETTINGS, vat="BE0403170701")
        told(platform, zoe())
        platform.rows("UPDATE connection SET active = FALSE WHERE connection_no = 1")
        platform.connect("payfit-new", settings=SETTINGS, vat="BE0403170701")
        run = platform.night({"payfit-new": [zoe("n1", email=email)]})["payfit-new"]
        assert platform.outcomes(run)["n1"] == ("conflict", "REHIRE")
        platform.resolve("payfit-new", "n1", Choice.LINK)
        run = platform.night({"payfit-new": [zoe("n1", email=email)]})["payfit-new"]
        assert platform.outcomes(run)["n1"] == ("linked", None)
        assert platform.value("SELECT count(*) FROM account") == 1
