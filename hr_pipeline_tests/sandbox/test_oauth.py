"""PayFit's OAuth host: consent, code, token, introspection."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions
from hr_pipeline_tests.sandbox.callers import Caller

BACK = "http://127.0.0.1:9/callback"
SCOPES = "collaborators:read contracts:read collaborators:contracts:read contracts:time-information:read"


class ConsentForm(HTMLParser):
    """What a browser would send from the consent page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.companies: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps hidden fields and choices."""
        values = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.hidden[values["name"]] = values["value"]
        if tag == "option":
            self.companies.append(values["value"])


def asked(caller: Caller, **other: str) -> httpx.Response:
    """Opens the consent page."""
    request = {
        "client_id": caller.environment["PAYFIT_CLIENT_ID"],
        "redirect_uri": BACK,
        "response_type": "code",
        "state": "s&<1>",
        "scope": SCOPES,
    }
    return caller.client.get(f"{caller.environment['PAYFIT_OAUTH_URL']}/authorize", params=request | other)


def decided(caller: Caller, company_id: str, decision: str = "approve") -> dict[str, list[str]]:
    """Opens the page, presses a button, and returns what the redirection carries."""
    form = ConsentForm(asked(caller).text)
    assert company_id in form.companies
    address = f"{caller.environment['PAYFIT_OAUTH_URL']}/authorize"
    answer = caller.client.post(address, data=form.hidden | {"company_id": company_id, "decision": decision})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(BACK)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def exchanged(caller: Caller, code: str, **other: str) -> httpx.Response:
    """Asks a token for a code."""
    form = {
        "grant_type": "authorization_code",
        "client_id": caller.environment["PAYFIT_CLIENT_ID"],
        "client_secret": caller.environment["PAYFIT_CLIENT_SECRET"],
        "code": code,
        "redirect_uri": BACK,
    }
    return caller.client.post(f"{caller.environment['PAYFIT_OAUTH_URL']}/token", data=form | other)


def test_consent_gives_a_token_for_the_chosen_company_and_scopes(demo: Caller) -> None:
    assert demo.customer is not None
    sent_back = decided(demo, demo.customer.company_id)
    assert sent_back["state"] == ["s&<1>"]
    token = exchanged(demo, sent_back["code"][0]).json()
    assert (token["token_type"], token["company_id"]) == ("bearer", demo.customer.company_id)
    known = demo.introspect(token["access_token"]).json()
    assert known == {
        "active": True,
        "scope": " ".join(sorted(SCOPES.split())),
        "company_id": demo.customer.company_id,
        "token_type": "bearer",
    }
    people = demo.customer_list("collaborators", token=token["access_token"]).json()["collaborators"]
    assert people
    assert not {"birthDate", "gender", "nationality", "phoneNumbers"} & people[0].keys(), "the personal scope wasn't asked for"


def test_a_code_is_good_once(demo: Caller) -> None:
    assert demo.customer is not None
    code = decided(demo, demo.customer.company_id)["code"][0]
    assert exchanged(demo, code).status_code == 200
    again = exchanged(demo, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("other", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1:9/elsewhere"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_exchange_follows_rfc_6749(demo: Caller, other: dict[str, str], status: int, error: str) -> None:
    assert demo.customer is not None
    answer = exchanged(demo, decided(demo, demo.customer.company_id)["code"][0], **other)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_refusing_sends_the_person_back_with_access_denied(demo: Caller) -> None:
    assert demo.customer is not None
    assert decided(demo, demo.customer.company_id, "deny") == {"error": ["access_denied"], "state": ["s&<1>"]}


@pytest.mark.parametrize(
    "other",
    [{"redirect_uri": "http://evil.example.com/"}, {"redirect_uri": "https://127.0.0.1/"}, {"client_id": "x"}, {"response_type": "token"}],
)
def test_a_request_that_could_leak_a_code_is_refused_without_a_redirection(demo: Caller, other: dict[str, str]) -> None:
    answer = asked(demo, **other)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_the_consent_page_escapes_what_it_carries(demo: Caller) -> None:
    assert "<1>" not in asked(demo).text
    assert "&lt;1&gt;" in asked(demo).text


def test_an_unknown_token_is_inactive_and_introspection_needs_a_bearer(demo: Caller) -> None:
    assert demo.introspect("unknown").json() == {"active": False}
    address = f"{demo.environment['PAYFIT_OAUTH_URL']}/introspect"
    assert demo.client.post(address, json={"token": demo.key()}).status_code == 401
    assert demo.client.post(address, headers={"Authorization": "Bearer x"}, content=b"{").status_code == 400


def test_a_token_without_a_list_s_scope_gets_403(demo: Caller) -> None:
    assert demo.customer is not None
    address = f"{demo.environment['PAYFIT_OAUTH_URL']}/authorize"
    form = ConsentForm(asked(demo, scope="collaborators:read").text)
    answer = demo.client.post(address, data=form.hidden | {"company_id": demo.customer.company_id, "decision": "approve"})
    token = exchanged(demo, parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]).json()["access_token"]
    assert demo.customer_list("collaborators", token=token).status_code == 200
    assert demo.customer_list("contracts", token=token).status_code == 403


def test_an_expired_token_is_inactive_and_opens_nothing() -> None:
    with Sandbox(SandboxOptions(token_seconds=0)) as sandbox, Caller(sandbox) as caller:
        assert caller.customer is not None
        token = exchanged(caller, decided(caller, caller.customer.company_id)["code"][0]).json()["access_token"]
        assert caller.introspect(token).json() == {"active": False}
        assert caller.customer_list("collaborators", token=token).status_code == 401
