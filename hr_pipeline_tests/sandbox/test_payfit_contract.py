"""PayFit's API as contracts/payfit.md has it: one company for each credential, paging, errors, limits."""

from typing import Any

import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions
from hr_pipeline.sandbox.companies import ProviderName
from hr_pipeline_tests.sandbox.callers import Caller


def test_a_company_shows_its_registration_numbers_on_the_french_address(demo: Caller) -> None:
    assert demo.customer is not None
    plain = demo.payfit(f"/companies/{demo.customer.company_id}").json()
    french = demo.payfit(f"/companies-fr/{demo.customer.company_id}").json()
    assert plain.keys() == {"id", "name", "country", "nbActiveContracts"}
    assert french == plain | {"siren": demo.customer.vat[4:], "siret": demo.customer.siret}


def test_active_contracts_are_as_many_as_the_company_announces(demo: Caller) -> None:
    for company in (c for c in demo.sandbox.companies if c.provider is ProviderName.PAYFIT):
        announced = demo.payfit(f"/companies/{company.company_id}", demo.key(company)).json()["nbActiveContracts"]
        rows = demo.customer_list("contracts", company, maxResults=50).json()["contracts"]
        assert announced == sum(row["status"] == "ACTIVE" for row in rows)


def test_without_a_valid_key_the_answer_is_401(demo: Caller) -> None:
    for token in ("wrong", demo.ask_token().json()["access_token"]):
        answer = demo.customer_list("collaborators", token=token)
        assert answer.status_code == 401
        assert answer.json().keys() == {"message"}


def test_another_company_s_id_is_not_found(demo: Caller) -> None:
    other = [c for c in demo.sandbox.companies if c.provider is ProviderName.PAYFIT][1]
    for path in (f"/companies/{other.company_id}", f"/companies-fr/{other.company_id}", f"/companies/{other.company_id}/contracts"):
        assert demo.payfit(path, demo.key()).status_code == 404


def test_a_page_has_ten_rows_unless_asked_otherwise_and_fifty_at_most(demo: Caller) -> None:
    assert len(demo.customer_list("collaborators").json()["collaborators"]) == 10
    assert len(demo.customer_list("collaborators", maxResults=50).json()["collaborators"]) == 25


@pytest.mark.parametrize(
    "params", [{"maxResults": 51}, {"maxResults": 0}, {"nextPageToken": "nonsense"}, {"nextPageToken": "Y29udHJhY3RzOjI="}]
)
def test_a_page_that_cannot_be_is_refused(demo: Caller, params: dict[str, Any]) -> None:
    answer = demo.customer_list("collaborators", **params)
    assert answer.status_code == 400
    assert answer.json().keys() == {"message"}


@pytest.mark.parametrize("resource", ["collaborators", "contracts"])
@pytest.mark.parametrize("size", [1, 7, 50])
def test_following_the_tokens_reads_every_row_once(demo: Caller, resource: str, size: int) -> None:
    rows: list[dict[str, Any]] = []
    token: str | None = ""
    while token is not None:
        document = demo.customer_list(resource, maxResults=size, nextPageToken=token).json()
        assert document["meta"]["count"] == len(document[resource])
        rows += document[resource]
        token = document["meta"]["nextPageToken"]
    assert rows == demo.customer_list(resource, maxResults=50).json()[resource]


def test_the_count_may_be_the_whole_list_s() -> None:
    with Sandbox(SandboxOptions(payfit_count="total")) as sandbox, Caller(sandbox) as caller:
        document = caller.customer_list("collaborators", maxResults=4).json()
    assert (len(document["collaborators"]), document["meta"]["count"]) == (4, 25)


def test_contracts_in_progress_are_shown_on_request(demo: Caller) -> None:
    def statuses(shown: str) -> set[str]:
        document = demo.customer_list("collaborators", maxResults=50, includeInProgressContracts=shown).json()
        return {contract["status"] for person in document["collaborators"] for contract in person["contracts"]}

    assert "IN_PROGRESS" not in statuses("false")
    assert "IN_PROGRESS" in statuses("true")
    contracts = demo.customer_list("contracts", maxResults=50, includeInProgressContracts="true").json()["contracts"]
    assert "IN_PROGRESS" in {contract["status"] for contract in contracts}


def test_the_contract_list_leaves_history_out_and_administrators_have_none(demo: Caller) -> None:
    people = demo.customer_list("collaborators", maxResults=50).json()["collaborators"]
    contracts = demo.customer_list("contracts", maxResults=50).json()["contracts"]
    listed = {contract["contractId"] for contract in contracts}
    shown = {contract["id"]: contract for person in people for contract in person["contracts"]}
    assert listed < shown.keys()
    assert all(shown[ref]["endDate"] < "2024" for ref in shown.keys() - listed)
    assert {contract["collaboratorId"] for contract in contracts} == {person["id"] for person in people if person["contracts"]}
    assert [person["lastName"] for person in people if not person["contracts"]] == ["Fontclaire"]


def test_reads_beyond_the_limit_of_the_application_get_429_whatever_the_key() -> None:
    with Sandbox(SandboxOptions(payfit_reads_per_second=2)) as sandbox, Caller(sandbox) as caller:
        companies = [c for c in sandbox.companies if c.provider is ProviderName.PAYFIT]
        answers = [caller.customer_list("contracts", companies[n % 3]) for n in range(8)]
    late = next(answer for answer in answers if answer.status_code == 429)
    assert late.json() == {"message": "API rate limit exceeded"}
    assert (late.headers["X-RateLimit-Limit-Second"], late.headers["X-RateLimit-Remaining-Second"]) == ("2", "0")
    assert "Retry-After" not in late.headers
    assert answers[0].headers["X-RateLimit-Remaining-Second"] in ("0", "1")
