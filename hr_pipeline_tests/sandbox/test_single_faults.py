"""One person by their id at both providers, and the two faults of it, seen by a bare client."""

from collections.abc import Iterator

import httpx
import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions, expected
from hr_pipeline.sandbox.companies import Company, ProviderName
from hr_pipeline_tests.sandbox.callers import Caller

OPTIONS = SandboxOptions(size=150, night=2, payfit_reads_per_second=None, securex_calls_per_second=None)
BOTH = (ProviderName.SECUREX, ProviderName.PAYFIT)


@pytest.fixture(scope="module")
def later() -> Iterator[Caller]:
    """The written companies on night 2, when some people are no longer listed."""
    with Sandbox(OPTIONS) as sandbox, Caller(sandbox) as caller:
        yield caller


def alone(caller: Caller, company: Company, ref: str) -> httpx.Response:
    if company.provider is ProviderName.SECUREX:
        return caller.securex(f"/employers/{company.company_id}/workers/{ref}")
    return caller.payfit(f"/companies/{company.company_id}/collaborators/{ref}", caller.key(company))


def gone_from(caller: Caller, provider: ProviderName) -> tuple[Company, str]:
    """A company and somebody it listed on night 1 only."""
    for one in expected(OPTIONS):
        for ref, outcome in one.nights[1].named.items():
            if outcome.name == "missing" and one.company.provider is provider:
                return next(c for c in caller.sandbox.companies if c.company_id == one.company.company_id), ref
    raise AssertionError("nobody is missing on night 2")


@pytest.mark.parametrize("provider", BOTH)
def test_everybody_listed_is_found_alone_with_the_same_row(later: Caller, provider: ProviderName) -> None:
    for company in (c for c in later.sandbox.companies if c.provider is provider):
        if company.name == "Librairie Grand Large":  # answers nothing on night 2
            continue
        for row in later.everybody(company)[:40]:
            found = alone(later, company, row.get("workerId") or row["id"]).json()
            assert {**found, "contracts": None} == {**row, "contracts": None}  # the list's own switch hides contracts in progress


@pytest.mark.parametrize("provider", BOTH)
def test_who_is_not_listed_is_not_found_unless_still_known(later: Caller, provider: ProviderName) -> None:
    company, ref = gone_from(later, provider)
    assert alone(later, company, ref).status_code == 404
    for order, last_day in (("unlisted_known", None), ("unlisted_known=2025-01-31", "2025-01-31")):
        later.sandbox.faults = (order,)
        row = alone(later, company, ref).json()
        assert row.get("endDate", row.get("terminationDate")) == last_day
        assert alone(later, company, "nobody").status_code == 404
    later.sandbox.faults = ()


@pytest.mark.parametrize("provider", BOTH)
def test_single_reads_may_not_be_offered(later: Caller, provider: ProviderName) -> None:
    later.sandbox.faults = ("no_single_reads",)
    company = next(c for c in later.sandbox.companies if c.provider is provider)
    row = later.everybody(company)[0]
    assert alone(later, company, row.get("workerId") or row["id"]).status_code == 404
    assert later.sandbox.faults_hit["no_single_reads"] > 0
    later.sandbox.faults = ()


@pytest.mark.parametrize("provider", BOTH)
def test_a_person_of_another_company_or_without_credential_is_not_shown(later: Caller, provider: ProviderName) -> None:
    first, second = [c for c in later.sandbox.companies if c.provider is provider][:2]
    ref = later.everybody(first)[0].get("workerId") or later.everybody(first)[0]["id"]
    if provider is ProviderName.PAYFIT:
        assert later.payfit(f"/companies/{first.company_id}/collaborators/{ref}", later.key(second)).status_code == 404
        assert later.payfit(f"/companies/{first.company_id}/collaborators/{ref}", "wrong").status_code == 401
    else:
        assert later.securex(f"/employers/nobody/workers/{ref}").status_code == 404
        assert later.securex(f"/employers/{first.company_id}/workers/{ref}", {"Authorization": "Bearer wrong"}).status_code == 401
