"""The script of nights: consistent with the rule of statuses, served as written, documented word for word."""

import csv
from collections import Counter
from pathlib import Path

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Counts, Outcome, Status, verdict
from hr_pipeline.sandbox import PLATFORM_ACCOUNTS, Sandbox, SandboxOptions, expected, write_platform_accounts
from hr_pipeline.sandbox.companies import ProviderName
from hr_pipeline.sandbox.expectations import faults_document, nights_document
from hr_pipeline.sandbox.roster import HEADCOUNT, ROSTER
from hr_pipeline_tests.sandbox.callers import Caller

DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"
UNLIMITED = SandboxOptions(payfit_reads_per_second=None, securex_calls_per_second=None)


def test_the_written_counts_give_the_written_statuses_and_lose_nobody() -> None:
    for expectation in expected(SandboxOptions()):
        for night in expectation.nights:
            if night.source is None:
                assert night.status == Status.ERROR
                assert night.code in set(Code)
                continue
            counts = Counts(source=night.source, missing=night.missing, **night.counts)
            assert counts.conserved
            assert verdict(counts).status == night.status


def test_outcomes_and_codes_are_words_of_the_vocabulary() -> None:
    for script in ROSTER:
        for outcome in (o for case in script.cases for o in case.outcomes if o is not None):
            assert outcome.name in {*Outcome, "missing"}
            assert outcome.code is None or outcome.code in set(Code)
            assert (outcome.code is None) == (outcome.name in {"created", "linked", "updated", "unchanged", "missing"})


def test_each_night_has_a_success_a_partial_and_an_error_company() -> None:
    for night in (0, 1):
        assert {script.statuses[night][0] for script in ROSTER} == {"success", "partial", "error"}


def test_the_people_served_are_those_expected() -> None:
    with Sandbox(UNLIMITED) as sandbox, Caller(sandbox) as caller:
        for number in (1, 2):
            sandbox.night = number
            for expectation in expected(UNLIMITED):
                night = expectation.nights[number - 1]
                if night.source is None:
                    continue
                rows = caller.everybody(expectation.company)
                assert len(rows) == night.source
                refs = {row.get("workerId") or row["id"] for row in rows}
                assert {ref for ref, outcome in night.named.items() if outcome.name != "missing"} <= refs
                assert not {ref for ref, outcome in night.named.items() if outcome.name == "missing"} & refs


def test_a_person_called_unchanged_is_the_same_on_both_nights_and_one_called_updated_is_not() -> None:
    for script in ROSTER:
        for case in script.cases:
            same = case.people[0] == case.people[1]
            if case.outcomes[0] and case.outcomes[1] and case.outcomes[1].name in ("unchanged", "updated"):
                assert same == (case.outcomes[1].name == "unchanged"), case.what


def test_the_faults_of_a_night_strike_their_company_alone() -> None:
    with Sandbox(UNLIMITED) as sandbox, Caller(sandbox) as caller:
        assert caller.employer_list("workers", sandbox.companies[0]).json()["totalCount"] == 37
        assert not sandbox.faults_hit
        lying = caller.employer_list("workers", sandbox.companies[2]).json()
        assert lying["totalCount"] == len(lying["items"]) + 3
        sandbox.night = 2
        assert caller.employer_list("workers", sandbox.companies[2]).json()["totalCount"] == 10
        assert caller.customer_list("collaborators", sandbox.companies[4]).status_code >= 500
        assert caller.customer_list("collaborators", sandbox.companies[5]).status_code == 200
        sandbox.night = 3
        assert caller.customer_list("collaborators", sandbox.companies[4]).status_code == 200
        assert sandbox.faults_hit == {"total_lies": 1, "server_errors": 1}


def test_the_group_s_two_companies_share_a_worker_number_and_a_person() -> None:
    first, second = (script for script in ROSTER if script.company.group)
    refs = [{case.people[0].ref for case in script.cases} for script in (first, second)]
    assert "1001" in refs[0] & refs[1]
    moved = [case.people[1] for script in (first, second) for case in script.cases if case.what.startswith("transfer")]
    assert len({(person.first, person.last, person.born) for person in moved}) == 1
    assert len(moved) == 2


def test_nobody_but_the_scripted_pair_shares_an_e_mail() -> None:
    with Sandbox(UNLIMITED) as sandbox, Caller(sandbox) as caller:
        rows = [row for company in sandbox.companies if company.number != 2 for row in caller.everybody(company)]
    mails = [m.casefold() for row in rows for m in ([row["email"]] if "email" in row else [mail["email"] for mail in row["emails"]]) if m]
    seen = Counter(mails)
    assert [address for address, times in seen.items() if times > 1] == ["famille.piret@example.com"]


def test_the_accounts_typed_in_before_are_written_as_csv(tmp_path: Path) -> None:
    write_platform_accounts(tmp_path / "accounts.csv")
    with (tmp_path / "accounts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["vat_number", "email", "first_name", "last_name", "birth_date"]
    assert [row["email"] for row in rows] == [account.email for account in PLATFORM_ACCOUNTS]
    assert {row["vat_number"] for row in rows} <= {script.company.vat for script in ROSTER}


def test_a_sandbox_too_small_for_the_roster_goes_without_it() -> None:
    assert len(expected(SandboxOptions(size=HEADCOUNT))) == len(ROSTER)
    assert len(expected(SandboxOptions(size=HEADCOUNT - 1, companies=2))) == 2
    assert all(not e.nights[0].named for e in expected(SandboxOptions(size=HEADCOUNT - 1)))


def test_the_roster_lists_three_companies_of_each_provider() -> None:
    assert Counter(script.company.provider for script in ROSTER) == {ProviderName.SECUREX: 3, ProviderName.PAYFIT: 3}


def test_the_document_states_nights_and_faults_as_the_code_does() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert nights_document() in text
    assert faults_document() in text
