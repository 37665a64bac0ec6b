"""Looking people up one by one, against the sandbox: gone, still known, ended; and nothing concluded where single reads are not offered."""

from collections.abc import Iterator
from datetime import date

import pytest

from hr_pipeline.adapters.http import Pace
from hr_pipeline.adapters.looking_up import MOST_FAILURES, Question, looked_up
from hr_pipeline.adapters.providers.payfit import Payfit
from hr_pipeline.adapters.providers.protocol import Provider
from hr_pipeline.adapters.providers.securex import Securex
from hr_pipeline.adapters.pulling import Target
from hr_pipeline.domain.absences import Found, Sighting
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.sandbox import Sandbox, SandboxOptions, expected
from hr_pipeline_tests.adapters.providers.fakes import QUICK
from hr_pipeline_tests.adapters.providers.test_sandbox_contract import secrets_of

OPTIONS = SandboxOptions(size=150, night=2, payfit_reads_per_second=None, securex_calls_per_second=None)
PROVIDERS: dict[str, Provider] = {"securex": Securex(patience=QUICK, pace=Pace(None)), "payfit": Payfit(patience=QUICK, pace=Pace(None))}
BOTH = ("securex", "payfit")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(OPTIONS) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    running.faults = ()


def question(sandbox: Sandbox, provider: str, more: tuple[str, ...] = ()) -> tuple[Question, str]:
    """Somebody whom a written company no longer lists on night 2, and somebody of it who is listed."""
    for one in expected(OPTIONS):
        named = one.nights[1].named
        gone = [name for name, outcome in named.items() if outcome.name == "missing"]
        there = [name for name, outcome in named.items() if outcome.name in ("unchanged", "updated")]
        if gone and there and one.company.provider == provider:
            secrets = secrets_of(sandbox, one.company.company_id)
            target = Target(f"{provider}-x", PROVIDERS[provider], one.company.company_id, secrets)
            return Question(target, (gone[0], *more), (there[0],)), gone[0]
    raise AssertionError("nobody is missing on night 2")


def answer(asked: Question) -> dict[str, Sighting] | Refusal:
    [(_, result)] = looked_up([asked])
    return result


@pytest.mark.parametrize("provider", BOTH)
def test_who_is_no_longer_listed_is_gone_and_who_is_listed_there(sandbox: Sandbox, provider: str) -> None:
    asked, gone = question(sandbox, provider)
    (there,) = asked.listed
    both = Question(asked.target, (gone, there), (gone, there))  # one of those listed may have left since
    assert answer(both) == {gone: Sighting(Found.GONE), there: Sighting(Found.THERE)}


@pytest.mark.parametrize("provider", BOTH)
@pytest.mark.parametrize(("fault", "last_day"), [("unlisted_known", None), ("unlisted_known=2025-01-31", date(2025, 1, 31))])
def test_who_is_still_known_is_there_with_the_last_day_given(sandbox: Sandbox, provider: str, fault: str, last_day: date | None) -> None:
    sandbox.faults = (fault,)
    hits = sandbox.faults_hit
    asked, gone = question(sandbox, provider)
    assert answer(asked) == {gone: Sighting(Found.THERE, last_day)}
    assert sandbox.faults_hit > hits


@pytest.mark.parametrize("provider", BOTH)
def test_nobody_is_gone_where_somebody_listed_is_not_found_either(sandbox: Sandbox, provider: str) -> None:
    sandbox.faults = ("no_single_reads",)
    hits = sandbox.faults_hit
    result = answer(question(sandbox, provider)[0])
    assert isinstance(result, Refusal)
    assert result.code is Code.LOOK_UP_NOT_OFFERED
    assert sandbox.faults_hit["no_single_reads"] - hits["no_single_reads"] == 1, "nobody else was asked about"


def test_a_path_that_is_closed_to_us_is_not_offered(sandbox: Sandbox) -> None:
    sandbox.faults = ("forbidden:collaborator",)
    result = answer(question(sandbox, "payfit")[0])
    assert isinstance(result, Refusal)
    assert result.code is Code.LOOK_UP_NOT_OFFERED


@pytest.mark.parametrize(
    ("fault", "code"), [("server_errors:worker", Code.PROVIDER_UNAVAILABLE), ("credential_revoked:worker", Code.CREDENTIAL_REFUSED)]
)
def test_a_provider_that_does_not_answer_at_all_is_the_refusal(sandbox: Sandbox, fault: str, code: Code) -> None:
    sandbox.faults = (fault,)
    result = answer(question(sandbox, "securex")[0])
    assert isinstance(result, Refusal)
    assert result.code is code


def test_after_a_few_failures_the_provider_is_left_in_peace(sandbox: Sandbox) -> None:
    more = tuple(f"nobody-{n}" for n in range(20))
    asked, gone = question(sandbox, "securex", more)

    class Stumbling:
        """A provider whose session fails for everybody but the one who is listed."""

        name = "securex"

        def session(self, secrets: object) -> "StumblingSession":
            assert secrets
            return StumblingSession(asked.listed[0])

    target = Target("securex-x", Stumbling(), asked.target.company_id, asked.target.secrets)  # type: ignore[arg-type]
    result = answer(Question(target, (gone, *more), asked.listed))
    assert isinstance(result, dict)
    assert list(result.values()) == [Sighting(Found.UNKNOWN)] * MOST_FAILURES


def test_what_nobody_foresaw_is_one_company_s_and_quotes_nothing(sandbox: Sandbox) -> None:
    class Broken:
        """A provider whose session can't even be opened."""

        name = "securex"

        def session(self, secrets: object) -> None:
            raise ValueError(f"quotes {secrets}")

    asked, _ = question(sandbox, "securex")
    target = Target("securex-x", Broken(), asked.target.company_id, asked.target.secrets)  # type: ignore[arg-type]
    result = answer(Question(target, asked.external_ids, asked.listed))
    assert isinstance(result, Refusal)
    assert result.code is Code.INTERNAL_ERROR
    assert "quotes" not in str(result)


class StumblingSession:
    """Knows one person, and fails for the others."""

    def __init__(self, known: str) -> None:
        self._known = known

    def sighting(self, company_id: str, external_id: str, until: float | None = None) -> Sighting:
        """One person."""
        assert company_id
        assert until
        if external_id != self._known:
            raise Refusal(Code.PROVIDER_UNAVAILABLE, provider="securex")
        return Sighting(Found.THERE)

    def close(self) -> None:
        """Nothing to release."""
