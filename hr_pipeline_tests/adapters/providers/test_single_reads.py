"""One person asked for by their id, at each provider: known, known with a last day, unknown, or an answer that is none."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from hr_pipeline.adapters.http import Pace
from hr_pipeline.adapters.providers.payfit import Payfit
from hr_pipeline.adapters.providers.protocol import SingleReader
from hr_pipeline.adapters.providers.securex import Securex
from hr_pipeline.domain.absences import Found, Sighting
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline_tests.adapters.providers.fakes import COMPANY, PRIMARY, QUICK, FakePayfit, FakeSecurex, collaborator, worker
from hr_pipeline_tests.adapters.providers.servers import Reaction, Seen, document

Row = dict[str, Any]


def securex(change: Callable[[FakeSecurex], None], external_id: str = "1") -> Sighting:
    with FakeSecurex(people=3) as server:
        change(server)
        session = Securex(patience=QUICK, pace=Pace(None)).session(server.secrets)
        assert isinstance(session, SingleReader)
        try:
            return session.sighting("E1", external_id)
        finally:
            session.close()


def payfit(change: Callable[[FakePayfit], None], external_id: str = "person-1") -> Sighting:
    with FakePayfit(people=3) as server:
        change(server)
        session = Payfit(patience=QUICK, pace=Pace(None)).session(server.secrets)
        assert isinstance(session, SingleReader)
        try:
            return session.sighting(COMPANY, external_id)
        finally:
            session.close()


def nothing(_: object) -> None:
    """As the server is."""


@pytest.mark.parametrize(
    ("last_day", "sighting"),
    [
        (None, Sighting(Found.THERE)),
        ("9999-12-31", Sighting(Found.THERE)),
        ("2026-02-28", Sighting(Found.THERE, date(2026, 2, 28))),
        ("soon", Sighting(Found.THERE)),
        (7, Sighting(Found.THERE)),
    ],
)
def test_securex_says_whether_a_worker_is_known_and_until_when(last_day: object, sighting: Sighting) -> None:
    assert securex(lambda server: server.unlisted.append(worker(9, endDate=last_day)), "9") == sighting


def test_payfit_says_whether_a_collaborator_is_known_and_until_when() -> None:
    assert payfit(nothing) == Sighting(Found.THERE)
    left = collaborator(9, terminationDate="2026-02-28")
    assert payfit(lambda server: server.unlisted.append(left), "person-9") == Sighting(Found.THERE, date(2026, 2, 28))


@pytest.mark.parametrize("external_id", ["99", "../workers", "a/b?c=d", "é"])
def test_who_is_not_known_is_gone_whatever_their_id_looks_like(external_id: str) -> None:
    assert securex(nothing, external_id) == Sighting(Found.GONE)
    assert payfit(nothing, external_id) == Sighting(Found.GONE)


def test_a_known_last_day_that_has_passed_is_an_end() -> None:
    known = Sighting(Found.THERE, date(2026, 3, 1))
    assert [known.on(date(2026, 3, day)).found for day in (1, 2)] == [Found.THERE, Found.ENDED]
    assert Sighting(Found.GONE).on(date(2026, 3, 1)) == Sighting(Found.GONE)


@pytest.mark.parametrize("said", [{"workerId": "2", "id": "person-2"}, {"anything": "else"}])
def test_an_answer_about_somebody_else_says_nothing(said: Row) -> None:
    def about_another(seen: Seen, _: Row) -> Row | Reaction:
        return said if seen.path.endswith("1") else {}

    def meddled(server: FakeSecurex | FakePayfit) -> None:
        server.meddle = about_another

    for ask in (securex, payfit):
        with pytest.raises(Permanent) as caught:
            ask(meddled)
        assert caught.value.code is Code.PROVIDER_CHANGED


@pytest.mark.parametrize(
    ("status", "kind", "code"), [(403, Permanent, Code.CREDENTIAL_REFUSED), (503, Transient, Code.PROVIDER_UNAVAILABLE)]
)
def test_what_the_provider_does_not_answer_is_refused_as_any_read(status: int, kind: type[Refusal], code: Code) -> None:
    def meddled(server: FakeSecurex | FakePayfit) -> None:
        server.meddle = lambda seen, said: document({"message": "no"}, status) if seen.path.endswith("1") else said

    for ask in (securex, payfit):
        with pytest.raises(kind) as caught:
            ask(meddled)
        assert caught.value.code is code


def test_securex_renews_its_token_and_key_for_single_reads_too() -> None:
    def revoked(server: FakeSecurex) -> None:
        server.keys.discard(PRIMARY)

    assert securex(revoked) == Sighting(Found.THERE)
