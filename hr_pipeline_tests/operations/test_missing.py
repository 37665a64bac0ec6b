"""A night asks for whom its rule could close; what the provider answers, or does not, decides; a person may ask at any time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.absences import missing_people
from hr_pipeline.domain.absences import Found, Rung, Sighting
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import CloseMissing, Review, Settings
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline.operations.connecting import disconnect
from hr_pipeline.operations.missing import look_up_missing
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.operations.listed_provider import ListedProvider, ListedSession, Office, worker

A = "securex-a"
STAFF = [worker(f"w{i}") for i in range(8)]


class KnowingProvider(ListedProvider):
    """A listed provider that can be asked for one person: `known` is what it answers of them, else who is listed is there."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Sighting | Exception] = {}
        self.asked: list[str] = []

    def session(self, secrets: Mapping[str, str]) -> "KnowingSession":
        """Any secrets will do."""
        assert secrets
        return KnowingSession(self)


class KnowingSession(ListedSession):
    """One conversation with a `KnowingProvider`."""

    def __init__(self, provider: KnowingProvider) -> None:
        super().__init__(provider)
        self._knows = provider

    def sighting(self, company_id: str, external_id: str, until: float | None = None) -> Sighting:
        """What is known of one person."""
        assert until
        self._knows.asked.append(external_id)
        answer = self._knows.known.get(external_id)
        if isinstance(answer, Exception):
            raise answer
        listed = self._knows.listed[company_id]
        assert not isinstance(listed, Exception)
        there = any(one["external_id"] == external_id for one in listed)
        return answer or Sighting(Found.THERE if there else Found.GONE)


@pytest.fixture
def provider() -> KnowingProvider:
    return KnowingProvider()


@pytest.fixture
def office(tmp_path: Path, provider: KnowingProvider) -> Office:
    return Office(tmp_path, securex=provider, days_go_by=True)


def connected(office: Office, rule: CloseMissing = CloseMissing.LOOKED_UP, missing_runs: int = 2) -> None:
    office.connect(A, settings=replace(Settings(review=Review.NEVER), close_missing=rule, missing_runs=missing_runs))


def exit_of(office: Office, external_id: str = "w0") -> date | None:
    sql = "SELECT a.exit_date FROM account AS a JOIN link AS l USING (account_no) WHERE l.external_id = ?"
    found: date | None = office.rows(sql, [external_id])[0]["exit_date"]
    return found


def told(office: Office) -> list[dict[str, Any]]:
    with office.work.store.opened() as database:
        return missing_people(database, office.today, A)


def test_a_night_asks_about_nobody_before_the_rule_could_close_them_and_once_they_are_gone_they_are_closed(
    office: Office, provider: KnowingProvider
) -> None:
    connected(office)
    first = office.today
    office.night(A, STAFF)
    office.night(A, STAFF[1:])
    assert provider.asked == []
    office.night(A, STAFF[1:])
    assert provider.asked == ["w1", "w0"]  # somebody listed first, as the proof
    assert exit_of(office) == first
    office.night(A, STAFF[1:])
    assert provider.asked == ["w1", "w0"]


@pytest.mark.parametrize(
    "answer",
    [
        Sighting(Found.THERE),
        Transient(Code.PROVIDER_UNAVAILABLE, provider="securex"),
        Permanent(Code.CREDENTIAL_REFUSED, provider="securex", status=403),
        Permanent(Code.PROVIDER_CHANGED, provider="securex"),
    ],
)
def test_whoever_is_not_said_to_be_gone_stays_and_is_asked_about_again(
    office: Office, provider: KnowingProvider, answer: Sighting | Exception
) -> None:
    connected(office)
    provider.known["w0"] = answer
    for listed in (STAFF, *[STAFF[1:]] * 3):
        office.night(A, listed)
    assert provider.asked.count("w0") == 2
    assert exit_of(office) is None
    (one,) = told(office)
    assert one["found"] == (Found.THERE if isinstance(answer, Sighting) else Found.UNKNOWN)


@pytest.mark.parametrize(
    "proof",
    [
        Sighting(Found.GONE),
        Permanent(Code.PROVIDER_CHANGED, provider="securex", status=404),
        Transient(Code.PROVIDER_UNAVAILABLE, provider="securex"),
    ],
)
def test_nobody_is_closed_when_somebody_listed_is_not_found_and_the_night_goes_on(
    office: Office, provider: KnowingProvider, proof: Sighting | Exception
) -> None:
    connected(office)
    provider.known |= dict.fromkeys(("w1", "w2", "w3"), proof)
    for listed in (STAFF, *[STAFF[1:]] * 3):
        office.night(A, listed)
    assert "w0" not in provider.asked
    assert exit_of(office) is None
    assert office.rows("SELECT DISTINCT status FROM sync_run") == [{"status": "success"}]


def test_a_last_day_the_provider_gives_is_the_exit_date(office: Office, provider: KnowingProvider) -> None:
    connected(office)
    provider.known["w0"] = Sighting(Found.THERE, date(2026, 2, 20))
    for listed in (STAFF, *[STAFF[1:]] * 2):
        office.night(A, listed)
    assert exit_of(office) == date(2026, 2, 20)


def test_other_rules_ask_about_nobody(office: Office, provider: KnowingProvider) -> None:
    connected(office, CloseMissing.ABSENT)
    for listed in (STAFF, *[STAFF[1:]] * 3):
        office.night(A, listed)
    assert provider.asked == []


def test_a_replay_of_a_past_day_asks_about_nobody(office: Office, provider: KnowingProvider) -> None:
    connected(office)
    for listed in (STAFF, STAFF[1:]):
        office.night(A, listed)
    sync(office.work, [(A, date(2026, 3, 2))], Trigger.BACKFILL)
    assert provider.asked == []


def test_a_person_may_ask_at_any_time_and_what_is_found_is_kept(office: Office, provider: KnowingProvider) -> None:
    connected(office, CloseMissing.NEVER, 3)
    for listed in (STAFF, STAFF[2:]):
        office.night(A, listed)
    provider.known["w1"] = Sighting(Found.THERE)
    result = look_up_missing(office.work, A)
    assert (result.asked, result.found, result.left) == (2, {Found.GONE: 1, Found.THERE: 1}, 0)
    assert {one["external_id"]: one["rung"] for one in told(office)} == {"w0": Rung.GONE, "w1": Rung.ONCE}
    assert (exit_of(office), exit_of(office, "w1")) == (None, None)


def test_with_nobody_missing_nobody_is_asked_about(office: Office, provider: KnowingProvider) -> None:
    connected(office)
    office.night(A, STAFF)
    assert look_up_missing(office.work, A).asked == 0
    assert provider.asked == []


def test_a_provider_that_can_not_be_asked_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path, days_go_by=True)
    connected(office)
    for listed in (STAFF, *[STAFF[1:]] * 2):
        office.night(A, listed)
    with pytest.raises(Refusal) as refused:
        look_up_missing(office.work, A)
    assert refused.value.code is Code.LOOK_UP_NOT_OFFERED
    assert exit_of(office) is None


def test_a_stopped_or_unknown_connection_is_not_asked(office: Office) -> None:
    connected(office)
    disconnect(office.work, A)
    codes = []
    for connection_id in (A, "securex-b"):
        with pytest.raises(Refusal) as refused:
            look_up_missing(office.work, connection_id)
        codes.append(refused.value.code)
    assert codes == [Code.DISCONNECTED, Code.UNKNOWN_CONNECTION]
