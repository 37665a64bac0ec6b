"""Many companies at once: one company's trouble stays its own, and the provider's limits hold for all of them together."""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest

from hr_pipeline.adapters.http import Pace
from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.payfit import Payfit
from hr_pipeline.adapters.providers.protocol import Company, Page, PageSink, Pulled
from hr_pipeline.adapters.providers.securex import Securex
from hr_pipeline.adapters.pulling import Target, pulled
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import ProviderField
from hr_pipeline.domain.frames import ProviderFrames
from hr_pipeline.domain.mapping import FieldMapping, mapping_problems
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline_tests.adapters.providers.fakes import COMPANY, QUICK, FakePayfit, FakeSecurex, Kept, fault_of
from hr_pipeline_tests.adapters.providers.servers import Late, Reply, Silence, document

Pull = Callable[[str, PageSink, float | None], Pulled]


@dataclass(slots=True)
class ActedSession:
    """A session whose pulls do what the test says."""

    act: Pull
    closed: int = 0

    def companies(self) -> Sequence[Company]:
        """Nobody asks."""
        return []

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        """What the test says."""
        return self.act(company_id, sink, until)

    def close(self) -> None:
        """Counted."""
        self.closed += 1


@dataclass(frozen=True, slots=True)
class ActedProvider:
    """A provider without a wire."""

    act: Pull
    opened: list[ActedSession] = field(default_factory=list)
    name: str = "securex"
    country: str = "BE"
    fields: tuple[ProviderField, ...] = ()
    default_mapping: FieldMapping = field(default_factory=lambda: FieldMapping({}))

    def session(self, secrets: Mapping[str, str]) -> ActedSession:
        """One more session, unless the secrets are refused."""
        if "refused" in secrets:
            raise Permanent(Code.CREDENTIAL_REFUSED, provider=self.name)
        self.opened.append(ActedSession(self.act))
        return self.opened[-1]

    def frames(self, connection_id: str, pages: Iterable[Page], on: date) -> ProviderFrames:
        """Nobody asks."""
        raise AssertionError((connection_id, pages, on))


ONE = Pulled(1, 1, 0, 0)
PAGE = Page("workers", 1, b"{}")


def quiet(company_id: str, sink: PageSink, until: float | None) -> Pulled:
    sink.add(PAGE)
    return ONE


def targets_of(provider: ActedProvider, count: int, secrets: Mapping[str, str] | None = None) -> list[Target]:
    return [Target(f"securex-{number}", provider, f"E{number}", secrets or {"n": str(number)}) for number in range(count)]


def by_connection(results: Iterable[tuple[Target, Pulled | Refusal]]) -> dict[str, Pulled | Refusal]:
    return {target.connection_id: result for target, result in results}


def test_the_registry_has_the_two_providers_and_their_default_mappings_can_be_used() -> None:
    assert {name: provider.name for name, provider in PROVIDERS.items()} == {"securex": "securex", "payfit": "payfit"}
    assert [mapping_problems(provider.default_mapping, provider.fields) for provider in PROVIDERS.values()] == [[], []]


def test_every_target_comes_back_once_with_its_result() -> None:
    provider = ActedProvider(quiet)
    results = list(pulled(targets_of(provider, 50), lambda target: Kept()))
    assert sorted(target.connection_id for target, _ in results) == sorted(f"securex-{number}" for number in range(50))
    assert {result for _, result in results if isinstance(result, Pulled)} == {ONE}


def test_nothing_to_pull_is_no_result() -> None:
    assert list(pulled([], lambda target: Kept())) == []


def test_one_companys_failure_of_any_kind_never_stops_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def act(company_id: str, sink: PageSink, until: float | None) -> Pulled:
        if company_id == "E1":
            raise Transient(Code.PROVIDER_UNAVAILABLE, provider="securex")
        if company_id == "E2":
            raise ValueError("Zoé Lefèvre earns 3250.50")
        if company_id == "E3":
            return Pulled(*([1] * 3))
        return quiet(company_id, sink, until)

    def sink_for(target: Target) -> PageSink:
        if target.company_id == "E4":
            raise Transient(Code.DISK_FULL)
        if target.company_id == "E5":
            raise OSError("no such folder: Lefèvre")
        return Kept()

    provider = ActedProvider(act)
    targets = [*targets_of(provider, 8), Target("securex-refused", provider, "E9", {"refused": "yes"})]
    with caplog.at_level(logging.DEBUG):
        results = by_connection(pulled(targets, sink_for))
    codes = {name: result.code for name, result in results.items() if isinstance(result, Refusal)}
    assert codes == {
        "securex-1": Code.PROVIDER_UNAVAILABLE,
        "securex-2": Code.INTERNAL_ERROR,
        "securex-3": Code.INTERNAL_ERROR,
        "securex-4": Code.DISK_FULL,
        "securex-5": Code.INTERNAL_ERROR,
        "securex-refused": Code.CREDENTIAL_REFUSED,
    }
    assert [results[f"securex-{number}"] for number in (0, 6, 7)] == [ONE] * 3
    assert "ValueError" in caplog.text
    assert "Lefèvre" not in caplog.text + repr(results)


def test_an_internal_error_has_a_correlation_id_that_the_log_has_too(caplog: pytest.LogCaptureFixture) -> None:
    def act(company_id: str, sink: PageSink, until: float | None) -> Pulled:
        raise KeyError("a name")

    results = by_connection(pulled(targets_of(ActedProvider(act), 2), lambda target: Kept()))
    ids = {str(result.params["correlation_id"]) for result in results.values() if isinstance(result, Refusal)}
    assert len(ids) == 2
    assert all(correlation_id in caplog.text for correlation_id in ids)


def test_companies_with_the_same_credential_share_one_session_and_it_is_closed_once() -> None:
    provider = ActedProvider(quiet)
    list(pulled(targets_of(provider, 20, {"client": "one"}), lambda target: Kept()))
    assert [session.closed for session in provider.opened] == [1]


def test_every_credential_of_its_own_has_its_own_session_and_each_is_closed() -> None:
    provider = ActedProvider(quiet)
    list(pulled(targets_of(provider, 20), lambda target: Kept()))
    assert [session.closed for session in provider.opened] == [1] * 20


def test_companies_under_way_are_as_many_as_asked_for() -> None:
    meeting = threading.Barrier(4, timeout=5)
    under_way, most, lock = 0, 0, threading.Lock()

    def act(company_id: str, sink: PageSink, until: float | None) -> Pulled:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        meeting.wait()
        with lock:
            under_way -= 1
        return quiet(company_id, sink, until)

    assert len(list(pulled(targets_of(ActedProvider(act), 12), lambda target: Kept(), workers=4))) == 12
    assert most == 4


def test_pages_reach_the_sink_while_the_pull_goes_on_and_progress_is_told() -> None:
    sink, told = Kept(), itertools.count()

    def act(company_id: str, sink_given: PageSink, until: float | None) -> Pulled:
        for number in range(1, 4):
            sink_given.add(Page("workers", number, b"{}"))
            assert len(sink.pages) == number
        return Pulled(3, 0, 0, 0)

    def progress(target: Target, page: Page) -> None:
        next(told)

    results = by_connection(pulled(targets_of(ActedProvider(act), 1), lambda target: sink, progress=progress))
    assert results == {"securex-0": Pulled(3, 0, 0, 0)}
    assert next(told) == 3


def test_who_stops_taking_results_ends_the_pulls_under_way() -> None:
    going, stopped = threading.Event(), threading.Event()

    def act(company_id: str, sink: PageSink, until: float | None) -> Pulled:
        if company_id == "E0":
            going.wait(5)
            return quiet(company_id, sink, until)
        try:
            for number in itertools.count(1):
                sink.add(Page("workers", number, b"{}"))
                going.set()
        except Transient:
            stopped.set()
            raise
        return ONE

    results = pulled(targets_of(ActedProvider(act), 2), lambda target: Discarding(), workers=2)
    assert next(results)[0].company_id == "E0"
    results.close()  # type: ignore[attr-defined]
    assert stopped.is_set()


class Discarding:
    """A sink that keeps nothing."""

    def add(self, page: Page) -> None:
        """Drop it."""


def test_each_pull_is_given_its_own_end() -> None:
    ends: list[float] = []

    def act(company_id: str, sink: PageSink, until: float | None) -> Pulled:
        assert until is not None
        ends.append(until - time.monotonic())
        return quiet(company_id, sink, until)

    list(pulled(targets_of(ActedProvider(act), 3), lambda target: Kept(), company_seconds=60.0))
    assert all(59 < seconds <= 60 for seconds in ends)


def test_a_company_that_takes_too_long_ends_alone() -> None:
    provider = Payfit(patience=QUICK, pace=Pace(None))
    with FakePayfit(people=3) as slow, FakePayfit(people=3) as quick:
        slow.meddle = lambda seen, said: Silence() if seen.path.endswith("contracts") else said
        targets = [Target("payfit-slow", provider, COMPANY, slow.secrets), Target("payfit-quick", provider, COMPANY, quick.secrets)]
        started = time.monotonic()
        results = by_connection(pulled(targets, lambda target: Kept(), company_seconds=0.4))
        assert time.monotonic() - started < 3
    late = results["payfit-slow"]
    assert isinstance(late, Transient)
    assert (late.code, fault_of(late)) == (Code.PROVIDER_UNAVAILABLE, PullFault.TOO_LONG)
    assert results["payfit-quick"] == Pulled(2, 3, 3, 0)


def test_all_connections_of_a_provider_share_its_limit() -> None:
    provider = Payfit(patience=QUICK, pace=Pace(60))
    servers = [FakePayfit(people=60) for _ in range(8)]
    for server in servers:
        server.__enter__()
    try:
        started = time.monotonic()
        targets = [Target(f"payfit-{number}", provider, COMPANY, server.secrets) for number, server in enumerate(servers)]
        results = by_connection(pulled(targets, lambda target: Kept()))
    finally:
        for server in servers:
            server.__exit__(None, None, None)
    assert set(results.values()) == {Pulled(4, 60, 60, 0)}
    arrivals = sorted(seen.at for server in servers for seen in server.requests)
    assert len(arrivals) == 8 * 5
    assert all(at - started >= earlier / 60 for earlier, at in enumerate(arrivals))


def test_many_employers_of_one_partner_are_pulled_with_one_token_and_a_bounded_number_of_requests_at_a_time() -> None:
    provider = Securex(patience=QUICK, pace=Pace(None))
    with FakeSecurex(people=450) as server:
        server.meddle = lambda seen, said: Late(reply, 0.05) if isinstance(reply := document(said), Reply) else said
        targets = [Target(f"securex-{number}", provider, f"E{number}", server.secrets) for number in range(12)]
        results = by_connection(pulled(targets, lambda target: Kept()))
    assert set(results.values()) == {Pulled(3 + 3 + 2, 450, 450, 225)}
    assert server.granted == 1
    assert 2 < server.most_at_once <= 16
    assert len(server.requests) == 1 + 12 * 8


def test_secrets_do_not_show_in_a_target() -> None:
    assert "one" not in repr(Target("securex-1", ActedProvider(quiet), "E1", {"client": "one"}))
