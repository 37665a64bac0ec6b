"""The listener for an OAuth consent: it takes the one answer that was asked for, and nothing else makes it stop."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from hr_pipeline.adapters.oauth_loopback import OAuthLoopback
from hr_pipeline.adapters.oauth_pages import Shown, page
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

WAIT = 30.0


@pytest.fixture
def loopback() -> Iterator[OAuthLoopback]:
    """A listener that is listening."""
    with OAuthLoopback() as listening:
        yield listening


def visit(loopback: OAuthLoopback, path: str = "/callback", headers: dict[str, str] | None = None, **query: str) -> httpx.Response:
    """What a browser sees that is sent back with this query."""
    with httpx.Client(trust_env=False) as browser:
        return browser.get(httpx.URL(loopback.redirect_uri).copy_with(path=path).copy_merge_params(query), headers=headers)


def test_the_code_arrives_and_the_page_says_what_next(loopback: OAuthLoopback) -> None:
    shown = visit(loopback, state=loopback.state, code="invented-code")
    assert loopback.authorisation_code(WAIT) == "invented-code"
    assert shown.status_code == 200
    assert "Consent received" in shown.text
    assert "go back to the terminal" in shown.text


def test_the_address_is_this_machine_s_own_and_each_listener_has_another_state() -> None:
    with OAuthLoopback() as one, OAuthLoopback() as other:
        address = urlsplit(one.redirect_uri)
        assert (address.scheme, address.hostname, address.path) == ("http", "127.0.0.1", "/callback")
        assert one.redirect_uri != other.redirect_uri
        assert one.state != other.state
        assert len(one.state) >= 40


def test_another_state_is_refused_and_the_wait_goes_on(loopback: OAuthLoopback) -> None:
    for state in (
        "guessed",
        "",
        loopback.state[:-1],
        loopback.state + "x",
        "é",
        "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"),
    ):
        shown = visit(loopback, state=state, code="somebody-else-s-code")
        assert (shown.status_code, "Nothing was changed" in shown.text) == (400, True)
    visit(loopback, state=loopback.state, code="invented-code")
    assert loopback.authorisation_code(WAIT) == "invented-code"


@pytest.mark.parametrize(
    "target",
    [
        "/callback?state={state}",
        "/callback?state={state}&code=",
        "/callback?state={state}&code=a&code=b",
        "/callback?state={state}&state={state}&code=a",
        "/?state={state}&code=a",
        "/callback/x?state={state}&code=a",
        "/callback?code=a",
        "/callback",
        "/favicon.ico",
        "/callback?" + "a=1&" * 100 + "state={state}&code=a",
    ],
)
def test_anything_but_one_state_and_one_code_at_the_address_is_not_an_answer(loopback: OAuthLoopback, target: str) -> None:
    with httpx.Client(trust_env=False) as browser:
        shown = browser.get(loopback.redirect_uri.removesuffix("/callback") + target.format(state=loopback.state))
    assert shown.status_code == 400
    with pytest.raises(Refusal):
        loopback.authorisation_code(0)


def test_a_refused_consent_ends_the_wait(loopback: OAuthLoopback) -> None:
    shown = visit(loopback, state=loopback.state, error="access_denied", error_description="<script>canary</script>")
    assert "No consent was given" in shown.text
    assert "canary" not in shown.text
    with pytest.raises(Refusal) as refused:
        loopback.authorisation_code(WAIT)
    assert refused.value.code is Code.CREDENTIAL_REFUSED
    assert "canary" not in str(refused.value)


def test_only_the_first_answer_counts(loopback: OAuthLoopback) -> None:
    visit(loopback, state=loopback.state, code="first")
    assert visit(loopback, state=loopback.state, code="second").status_code == 410
    assert visit(loopback, state=loopback.state, error="access_denied").status_code == 410
    assert loopback.authorisation_code(WAIT) == "first"
    with pytest.raises(Refusal):
        loopback.authorisation_code(0)


def test_no_answer_in_time_is_refused(loopback: OAuthLoopback) -> None:
    with pytest.raises(Refusal) as refused:
        loopback.authorisation_code(0.01)
    assert refused.value.code is Code.CREDENTIAL_REFUSED


def test_a_name_that_resolves_to_this_machine_is_not_our_address(loopback: OAuthLoopback) -> None:
    shown = visit(loopback, headers={"Host": f"rebound.example:{urlsplit(loopback.redirect_uri).port}"}, state=loopback.state, code="a")
    assert shown.status_code == 400


def test_connections_that_say_nothing_hold_nobody_up() -> None:
    with OAuthLoopback() as loopback:
        address = urlsplit(loopback.redirect_uri)
        silent = [socket.create_connection(("127.0.0.1", address.port or 0)) for _ in range(20)]
        visit(loopback, state=loopback.state, code="invented-code")
        assert loopback.authorisation_code(WAIT) == "invented-code"
        for connection in silent:
            connection.close()


def test_the_port_is_free_again_afterwards() -> None:
    with OAuthLoopback() as loopback:
        pass
    with pytest.raises(httpx.ConnectError):
        visit(loopback, state=loopback.state, code="late")


def test_the_listener_is_not_on_the_network(loopback: OAuthLoopback) -> None:
    with (
        pytest.raises(OSError, match="refused"),
        socket.create_connection(("127.0.0.2", urlsplit(loopback.redirect_uri).port or 0), timeout=5),
    ):
        pytest.fail("reached by another address")


def test_neither_code_nor_state_is_logged(loopback: OAuthLoopback, capfd: pytest.CaptureFixture[str]) -> None:
    visit(loopback, state=loopback.state, code="invented-code")
    visit(loopback, state="other", code="invented-code")
    assert capfd.readouterr() == ("", "")


def test_pages_stay_out_of_caches_frames_and_referrers(loopback: OAuthLoopback) -> None:
    headers = visit(loopback, state=loopback.state, code="a").headers
    assert (headers["cache-control"], headers["referrer-policy"], headers["x-content-type-options"]) == (
        "no-store",
        "no-referrer",
        "nosniff",
    )
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("fr-BE,fr;q=0.9,en;q=0.5", "fr"),
        ("nl", "nl"),
        ("de, nl;q=0.8", "nl"),
        ("de", "en"),
        ("", "en"),
        ("<script>", "en"),
        ("EN-gb", "en"),
    ],
)
def test_the_page_speaks_the_first_language_of_the_browser_that_we_know(asked: str, language: str) -> None:
    assert f'<html lang="{language}">'.encode() in page(Shown.DONE, "PayFit", asked)


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
@pytest.mark.parametrize("shown", Shown)
def test_every_page_is_whole_and_escapes_the_provider_s_name(shown: Shown, language: str) -> None:
    text = page(shown, "<b>Pay&Fit</b>", language).decode()
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert "<b>" not in text
    assert "{" not in text.partition("<body>")[2]
    assert ("&lt;b&gt;Pay&amp;Fit&lt;/b&gt;" in text) == (shown in {Shown.DONE, Shown.REFUSED})
