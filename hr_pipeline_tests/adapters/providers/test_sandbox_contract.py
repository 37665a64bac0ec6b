"""Both adapters against the sandbox: its roster read whole, and every fault it can play met as the refusal it is.

The sandbox was written from the contracts by other hands, so what passes here is what two readings of them have in common.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pytest

from hr_pipeline.adapters.http import Pace, Patience
from hr_pipeline.adapters.providers.payfit import Payfit
from hr_pipeline.adapters.providers.payfit.session import PayfitSession
from hr_pipeline.adapters.providers.protocol import Provider, Pulled
from hr_pipeline.adapters.providers.securex import Securex
from hr_pipeline.domain.activation import matched_company
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.frames import ProviderFrames
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline.domain.vat import vat_number
from hr_pipeline.sandbox import Fault, Sandbox, SandboxOptions, expected
from hr_pipeline_tests.adapters.providers.fakes import QUICK, Kept, fault_of

HASTY = Patience(deadline=0.3, first_wait=0.001, longest_wait=0.002)


def providers_with(patience: Patience) -> Mapping[str, Provider]:
    return {"securex": Securex(patience=patience, pace=Pace(None)), "payfit": Payfit(patience=patience, pace=Pace(None))}


OPTIONS = SandboxOptions(size=900, page_limit=25, payfit_reads_per_second=None, securex_calls_per_second=None)
TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(OPTIONS) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a pull handed on and what it said of it."""

    pulled: Pulled
    frames: ProviderFrames


def secrets_of(sandbox: Sandbox, company_id: str) -> dict[str, str]:
    """Secrets of a company's connection, from the sandbox's own environment."""
    company = next(c for c in sandbox.companies if c.company_id == company_id)
    variables = sandbox.environment
    secrets = {name.partition("_")[2].lower(): value for name, value in variables.items() if name.startswith(company.provider.upper())}
    return secrets | ({"token": variables[company.key_env]} if company.key_env else {})


def pulled(sandbox: Sandbox, company_id: str, patience: Patience = QUICK) -> Snapshot:
    provider = providers_with(patience)[next(c.provider for c in sandbox.companies if c.company_id == company_id)]
    session, sink = provider.session(secrets_of(sandbox, company_id)), Kept()
    try:
        result = session.pull(company_id, sink)
    finally:
        session.close()
    assert result.pages == len(sink.pages)
    return Snapshot(result, provider.frames("c", sink.pages, TODAY))


def largest(sandbox: Sandbox, provider: str) -> str:
    """A generated company of a provider: several pages, no script."""
    return [c.company_id for c in sandbox.companies if c.provider == provider][-1]


def test_every_company_is_found_by_its_vat_number(sandbox: Sandbox) -> None:
    sandbox.faults = ()
    for company in sandbox.companies:
        session = providers_with(QUICK)[company.provider].session(secrets_of(sandbox, company.company_id))
        found = matched_company(
            session.companies(), vat=vat_number(company.vat, company.vat[:2]), one_company_credential=isinstance(session, PayfitSession)
        )
        session.close()
        assert (found.company_id, found.name) == (company.company_id, company.name)


@pytest.mark.parametrize("night", [1, 2])
def test_the_whole_roster_is_read_with_as_many_people_as_the_script_has(sandbox: Sandbox, night: int) -> None:
    sandbox.faults, sandbox.night = (), night
    read = 0
    for expectation in expected(OPTIONS):
        script = expectation.nights[night - 1]
        if script.source is None:
            with pytest.raises(Refusal) as caught:
                pulled(sandbox, expectation.company.company_id)
            assert caught.value.code == script.code
            continue
        snapshot = pulled(sandbox, expectation.company.company_id)
        external_ids = snapshot.frames.identity.column("workerId" if expectation.company.provider == "securex" else "id").to_pylist()
        assert snapshot.pulled.employees == snapshot.frames.identity.num_rows == script.source
        assert snapshot.pulled.pay_records == snapshot.frames.pay.num_rows
        assert snapshot.pulled.components == snapshot.frames.components.num_rows
        assert set(script.named) <= {*external_ids} | {name for name, outcome in script.named.items() if outcome.name == "missing"}
        read += 1
    sandbox.night = 1
    assert read >= 6


UNAVAILABLE, CHANGED, INCOMPLETE, REFUSED, MISMATCH = (
    Code.PROVIDER_UNAVAILABLE,
    Code.PROVIDER_CHANGED,
    Code.SNAPSHOT_INCOMPLETE,
    Code.CREDENTIAL_REFUSED,
    Code.COMPANY_MISMATCH,
)
BOTH = ("securex", "payfit")
# Order, providers it strikes, what a pull ends with, and the reason inside.
REFUSING: list[tuple[str, tuple[str, ...], Code, PullFault | None]] = [
    ("reset", BOTH, UNAVAILABLE, PullFault.UNREACHABLE),
    *((f"truncated={twentieth / 20}", BOTH, UNAVAILABLE, PullFault.CUT_SHORT) for twentieth in range(20)),
    *((f"truncated_json={twentieth / 20}", BOTH, UNAVAILABLE, PullFault.CUT_SHORT) for twentieth in range(20)),
    ("html", BOTH, CHANGED, PullFault.HTML),
    ("server_errors", BOTH, UNAVAILABLE, PullFault.SERVER_ERROR),
    ("drip=0.1", BOTH, UNAVAILABLE, PullFault.TIMED_OUT),
    ("silent", BOTH, UNAVAILABLE, PullFault.TIMED_OUT),
    ("too_many_requests*9", BOTH, UNAVAILABLE, PullFault.THROTTLED),
    ("forbidden", ("securex",), UNAVAILABLE, PullFault.QUOTA),
    ("forbidden", ("payfit",), REFUSED, None),
    ("redirect", BOTH, CHANGED, PullFault.REDIRECT),
    ("bomb", BOTH, CHANGED, PullFault.TOO_LARGE),
    ("nan", BOTH, CHANGED, PullFault.NOT_JSON),
    ("duplicate_keys", BOTH, CHANGED, PullFault.DUPLICATE_KEY),
    ("deep_nesting", BOTH, CHANGED, PullFault.TOO_DEEP),
    ("lone_surrogate", BOTH, CHANGED, PullFault.NOT_JSON),
    ("nul", BOTH, CHANGED, PullFault.NUL),
    ("total_lies", BOTH, INCOMPLETE, PullFault.TOTAL_DIFFERS),
    ("repeated_cursor", ("securex",), INCOMPLETE, PullFault.REPEATED_ROW),
    ("repeated_cursor", ("payfit",), INCOMPLETE, PullFault.REPEATED_CURSOR),
    ("row_inserted_between_pages", ("securex",), INCOMPLETE, PullFault.TOTAL_CHANGED),
    ("row_inserted_between_pages", ("payfit",), INCOMPLETE, PullFault.REPEATED_ROW),
    ("row_deleted_between_pages", ("securex",), INCOMPLETE, PullFault.TOTAL_CHANGED),
    ("credential_revoked", BOTH, REFUSED, None),
    ("credential_revoked=401", ("payfit",), REFUSED, None),
    ("credential_revoked=403", ("payfit",), REFUSED, None),
    ("other_company_key", ("payfit",), MISMATCH, None),
    ("renamed_field=lastName", BOTH, CHANGED, PullFault.KEYS_MISSING),
    ("renamed_field=grossAmount", ("securex",), CHANGED, PullFault.KEYS_MISSING),
    ("foreign_rows", ("payfit",), INCOMPLETE, PullFault.OTHER_COMPANY),
]
CASES = [(order, provider, code, fault) for order, providers, code, fault in REFUSING for provider in providers]


@pytest.mark.parametrize(("order", "provider", "code", "fault"), CASES, ids=[f"{order}-{provider}" for order, provider, *_ in CASES])
def test_a_fault_ends_the_pull_with_its_own_refusal(
    sandbox: Sandbox, order: str, provider: str, code: Code, fault: PullFault | None
) -> None:
    sandbox.faults = (f"{order}:{provider}",)
    hits, elsewhere = sandbox.faults_hit, sandbox.requests["elsewhere"]
    with pytest.raises(Refusal) as caught:
        pulled(sandbox, largest(sandbox, provider), HASTY if fault is PullFault.TIMED_OUT else QUICK)
    assert sandbox.faults_hit > hits
    assert sandbox.requests["elsewhere"] == elsewhere
    assert caught.value.code is code
    assert fault is None or fault_of(caught.value) is fault
    assert isinstance(caught.value, Transient if code in (UNAVAILABLE, INCOMPLETE) else Permanent)


SURVIVED: list[tuple[str, tuple[str, ...]]] = [
    ("unavailable", BOTH),
    *((f"too_many_requests={form}", BOTH) for form in ("seconds", "date", "garbage", "negative", "huge", "none")),
    ("truncated*3", BOTH),
    ("reset*3", BOTH),
    ("token_expires_at_page=1", ("securex",)),
    ("token_expires_at_page=2", ("securex",)),
    ("token_expires_at_page=3", ("securex",)),
    ("primary_key_revoked", ("securex",)),
    ("scope_lost", BOTH),
    ("forbidden:contracts", ("payfit",)),
    ("emails_all_null", BOTH),
    ("retyped_field=lastName", BOTH),
]
SURVIVED_CASES = [(order, provider) for order, providers in SURVIVED for provider in providers]


@pytest.mark.parametrize(("order", "provider"), SURVIVED_CASES)
def test_a_fault_that_can_be_survived_leaves_the_same_people(sandbox: Sandbox, order: str, provider: str) -> None:
    company = largest(sandbox, provider)
    sandbox.faults = ()
    whole = pulled(sandbox, company)
    sandbox.faults = (f"{order}:{provider}",)
    hits = sandbox.faults_hit
    struck = pulled(sandbox, company)
    assert sandbox.faults_hit > hits
    key = "workerId" if provider == "securex" else "id"
    assert struck.frames.identity.column(key).equals(whole.frames.identity.column(key))
    if not order.startswith(("scope_lost", "forbidden", "emails", "retyped")):
        assert struck == whole


def test_a_lost_scope_shows_as_absent_keys_and_a_refused_list_as_absent_pay(sandbox: Sandbox) -> None:
    company = largest(sandbox, "payfit")
    sandbox.faults = ("scope_lost:payfit",)
    absent = {name for names in pulled(sandbox, company).frames.identity.column("absent").to_pylist() for name in names}
    assert absent == {"birthDate", "phone.professional", "phone.personal", "phone.unknown"}
    sandbox.faults = ("forbidden:payfit:contracts",)
    snapshot = pulled(sandbox, company)
    assert snapshot.pulled.pay_records == 0
    assert all({"standardWeeklyHours", "fullTimeEquivalent"} <= {*names} for names in snapshot.frames.identity.column("absent").to_pylist())


def test_a_refused_address_is_an_unavailable_provider(sandbox: Sandbox) -> None:
    sandbox.faults = ("refused:payfit",)
    hits = sandbox.faults_hit
    with pytest.raises(Transient) as caught:
        pulled(sandbox, largest(sandbox, "payfit"))
    assert sandbox.faults_hit > hits
    assert (caught.value.code, fault_of(caught.value)) == (UNAVAILABLE, PullFault.UNREACHABLE)


def test_every_fault_of_the_sandbox_that_an_adapter_can_meet_was_met() -> None:
    orders = [case[0] for case in CASES] + [case[0] for case in SURVIVED_CASES]
    met = {re.split("[=*:]", order)[0] for order in orders} | {"refused"}
    judged_later = {"empty_list", "pay_x12", "pay_x100", "cents", "comma_amounts", "ambiguous_vat", "inactive_employer"}
    one_by_one = {"unlisted_known", "no_single_reads"}  # test_looking_up
    assert met | judged_later | one_by_one == set(Fault)
