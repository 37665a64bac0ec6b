"""Registering a company: what the store is told, when it is told, and when it isn't."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.protocol import Company, Page, PageSink, Pulled
from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Relation, Review, Settings
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline.operations.asking import Activation, settings_asked
from hr_pipeline.operations.connecting import PARTNER, connect, connect_with_consent, disconnect
from hr_pipeline.operations.workplace import Workplace

VAT = "BE0403170701"
OPENED = (Company("7", "Opened", VAT, "BE"), Company("8", "Other", "0741.230.646", "BE"))
KEYS = {
    "SECUREX_BASE_URL": "http://127.0.0.1:9",
    **dict.fromkeys(("SECUREX_CLIENT_ID", "SECUREX_CLIENT_SECRET", "SECUREX_SUBSCRIPTION_KEY"), "x"),
}
PAGES = {
    "workers": b'{"items": [{"workerId": "1", "employeeNumber": "1", "firstName": "Zo\xc3\xa9", "lastName": "Peeters", "birthDate": null,'
    b' "email": "zoe@example.com", "language": "F", "startDate": "2020-01-01", "endDate": null}]}',
    "remunerations": b'{"items": []}',
    "salary-components": b'{"items": []}',
}


@dataclass(slots=True)
class FakeSession:
    """A session that opens some companies, and may fail when it is asked or when it is pulled."""

    asked: Refusal | None = None
    pulled: Refusal | None = None
    meanwhile: Any = None
    closed: bool = False

    def companies(self) -> Sequence[Company]:
        if self.asked:
            raise self.asked
        return OPENED

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        assert until is not None
        if self.pulled:
            raise self.pulled
        for resource, body in PAGES.items():
            sink.add(Page(resource, 1, body))
        if self.meanwhile:
            self.meanwhile()
        return Pulled(3, 1, 0, 0)

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True, slots=True)
class FakeSecurex:
    """Securex with a session of the test's making."""

    given: FakeSession = field(default_factory=FakeSession)

    def __getattr__(self, name: str) -> Any:
        return getattr(PROVIDERS["securex"], name)

    def session(self, secrets: Mapping[str, str]) -> FakeSession:
        assert secrets["client_secret"] == "x"
        return self.given


def workplace(folder: Path, session: FakeSession | None = None) -> Workplace:
    work = Workplace.current(Environment.current({**KEYS, "HR_PIPELINE_HOME": str(folder / "home")}, folder))
    return replace(work, providers={**PROVIDERS, "securex": FakeSecurex(session or FakeSession())})


def kept(work: Workplace) -> list[str]:
    with work.store.opened() as database:
        return [one.connection_id for one in stored_connections(database)]


def test_a_company_is_counted_and_registered(tmp_path: Path) -> None:
    session = FakeSession()
    work = workplace(tmp_path, session)
    seen: list[tuple[str, int, int]] = []
    activated = connect(work, Activation("securex", "  My   Company ", "0403.170.701", group="G"), PARTNER, lambda *p: seen.append(p))
    assert activated.connection.company == "My Company"
    assert (activated.connection.vat_number, activated.connection.group) == (VAT, "G")
    assert (activated.known, activated.uncounted) == (False, None)
    assert activated.census is not None
    assert (activated.census.in_scope.num_rows, activated.census.pay_records) == (1, 0)
    assert [problem.code for problem in activated.problems] == [Code.PAY_MISSING]
    assert seen == [("pages pulled", n, 0) for n in (1, 2, 3)]
    assert session.closed


@pytest.mark.parametrize(
    "session",
    [
        FakeSession(asked=Permanent(Code.CREDENTIAL_REFUSED, provider="securex")),
        FakeSession(asked=Transient(Code.PROVIDER_UNAVAILABLE, provider="securex")),
        FakeSession(asked=Permanent(Code.PROVIDER_CHANGED, provider="securex")),
        FakeSession(pulled=Permanent(Code.CREDENTIAL_REFUSED, provider="securex")),
        FakeSession(pulled=Permanent(Code.COMPANY_MISMATCH, provider="securex")),
    ],
)
def test_a_failure_leaves_nothing_and_closes_the_session(tmp_path: Path, session: FakeSession) -> None:
    work = workplace(tmp_path, session)
    with pytest.raises(Refusal) as refused:
        connect(work, Activation("securex", "x", VAT), PARTNER)
    assert refused.value.code in {Code.CREDENTIAL_REFUSED, Code.COMPANY_MISMATCH, Code.INTERNAL_ERROR}
    assert (refused.value.code is Code.INTERNAL_ERROR) == ("cause" in refused.value.params)
    assert kept(work) == []
    assert session.closed


@pytest.mark.parametrize("code", [Code.PROVIDER_UNAVAILABLE, Code.SNAPSHOT_INCOMPLETE, Code.PROVIDER_CHANGED])
def test_a_list_that_cannot_be_read_just_now_does_not_stand_in_the_way(tmp_path: Path, code: Code) -> None:
    work = workplace(tmp_path, FakeSession(pulled=Transient(code, provider="securex")))
    activated = connect(work, Activation("securex", "x", VAT), PARTNER)
    assert (activated.census, activated.problems) == (None, [])
    assert activated.uncounted is not None
    assert activated.uncounted.code is code
    assert kept(work) == [activated.connection.connection_id]


def test_who_connects_the_same_company_meanwhile_makes_no_second_connection(tmp_path: Path) -> None:
    other = workplace(tmp_path)
    session = FakeSession(meanwhile=lambda: connect(other, Activation("securex", "First", VAT), PARTNER))
    activated = connect(workplace(tmp_path, session), Activation("securex", "Second", VAT), PARTNER)
    assert (activated.known, activated.connection.company) == (True, "First")
    assert kept(other) == [activated.connection.connection_id]


def test_a_refusal_names_the_provider_it_is_about(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        connect(workplace(tmp_path), Activation("securex", "x", "BE1003177463"), PARTNER)
    assert (refused.value.code, refused.value.params["provider"]) == (Code.COMPANY_NOT_FOUND, "securex")


def test_disconnecting_twice_is_disconnecting_once(tmp_path: Path) -> None:
    work = workplace(tmp_path)
    connection_id = connect(work, Activation("securex", "x", VAT), PARTNER).connection.connection_id
    assert disconnect(work, connection_id).active is False
    assert disconnect(work, connection_id).active is False
    assert kept(work) == [connection_id]


def test_a_consent_that_does_not_come_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    variables = {"PAYFIT_CLIENT_ID": "x", "PAYFIT_CLIENT_SECRET": "x", "PAYFIT_OAUTH_URL": "http://127.0.0.1:9"}
    work = Workplace.current(Environment.current({**variables, "HR_PIPELINE_HOME": str(tmp_path / "home")}, tmp_path))
    shown: list[str] = []
    with pytest.raises(Refusal) as refused:
        connect_with_consent(work, Activation("payfit", "x"), shown.append, consent_seconds=0.05)
    assert (refused.value.code, refused.value.params["reason"]) == (Code.CREDENTIAL_REFUSED, "no consent in time")
    assert shown[0].startswith("http://127.0.0.1:9/authorize?client_id=x&redirect_uri=http%3A%2F%2F127.0.0.1")
    assert kept(work) == []


def test_settings_change_only_where_something_was_asked() -> None:
    base = Settings(review=Review.NEVER, region="BE", relations=(Relation.ADMINISTRATOR,), link_on_birth_date=True)
    assert settings_asked(base, Activation("securex", "x")) == base
    asked = Activation("securex", "x", region="fr", values={"gross_pct": "12.5", "link_on_birth_date": "NO", "automatic_transfer": "on"})
    changed = settings_asked(base, asked)
    assert (changed.region, changed.link_on_birth_date, changed.automatic_transfer) == ("FR", False, True)
    assert (str(changed.limits.gross_pct), changed.limits.missing_pct) == ("12.5", base.limits.missing_pct)
    assert (changed.review, changed.relations) == (base.review, base.relations)


def test_a_limit_that_does_not_exist_is_refused_with_all_that_do() -> None:
    with pytest.raises(Refusal) as refused:
        settings_asked(Settings(), Activation("securex", "x", values={"gros_pct": "1"}))
    assert refused.value.code is Code.UNKNOWN_LIMIT
    assert "gross_pct" in str(refused.value.params["known"])
    assert "link_on_birth_date" in str(refused.value.params["known"])
