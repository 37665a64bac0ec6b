"""The webhook against a real server: signed, only where it was told to go, ended by its deadline."""

import hmac
import json
import socket
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from hr_pipeline.adapters.attention.settings import Webhook
from hr_pipeline.adapters.attention.webhook import post_digest
from hr_pipeline.adapters.http.network import trusted_certificates
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.delivery_faults import DeliveryFault
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.refusals import Refusal, Transient
from hr_pipeline_tests.adapters.providers.certificates import server_certificate
from hr_pipeline_tests.adapters.providers.servers import Cut, Drip, Reaction, Reply, Reset, ScriptedServer, Seen, Silence

DOCUMENT = {"text": "quarantaine : 1", "id": "0f1e2d", "lines": []}
SECRET = "an-invented-secret-of-the-receiver"


def always(reaction: Reaction) -> Callable[[Seen], Reaction]:
    return lambda _: reaction


def fault_of(webhook: Webhook, deadline: float = 2) -> DeliveryFault:
    with pytest.raises(Refusal) as caught:
        post_digest(webhook, DOCUMENT, "0f1e2d", trusted_certificates(), deadline)
    assert isinstance(caught.value, Transient)
    assert caught.value.code is Code.DIGEST_UNDELIVERED
    assert "canary" not in explained(caught.value, "en").message
    assert "canary" not in str(caught.value)
    return DeliveryFault(caught.value.params["reason"].key)  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_digest_arrives_as_json_under_a_signature_that_the_receiver_can_check(status: int) -> None:
    with ScriptedServer(always(Reply(b"ok" if status != 204 else b"", status))) as server:
        post_digest(Webhook(f"{server.url}/hooks/canary?sig=a%2Fb", SECRET), DOCUMENT, "0f1e2d", trusted_certificates())
    (seen,) = server.requests
    assert (seen.method, seen.path, seen.query) == ("POST", "/hooks/canary", {"sig": "a/b"})
    assert json.loads(seen.body) == DOCUMENT
    assert (seen.headers["content-type"], seen.headers["x-hr-pipeline-digest"]) == ("application/json", "0f1e2d")
    assert seen.headers["x-hr-pipeline-signature"] == "sha256=" + hmac.new(SECRET.encode(), seen.body, sha256).hexdigest()
    assert SECRET not in str(seen)


def test_without_a_secret_nothing_is_signed() -> None:
    with ScriptedServer(always(Reply())) as server:
        post_digest(Webhook(server.url), DOCUMENT, "0f1e2d", trusted_certificates())
    assert "x-hr-pipeline-signature" not in server.requests[0].headers
    assert "canary" not in repr(Webhook("https://hooks.example/canary", "canary"))


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_any_refusal_of_the_receiver_is_told_by_its_number_and_asked_once(status: int) -> None:
    with ScriptedServer(always(Reply(b"canary-reason", status))) as server:
        assert fault_of(Webhook(f"{server.url}/canary")) is DeliveryFault.REFUSED
    assert len(server.requests) == 1


def test_a_redirect_is_not_followed() -> None:
    with ScriptedServer(always(Reply())) as elsewhere:
        with ScriptedServer(always(Reply(status=307, headers={"Location": elsewhere.url}))) as server:
            assert fault_of(Webhook(server.url)) is DeliveryFault.REDIRECT
        assert (elsewhere.connections, len(server.requests)) == (0, 1)


@pytest.mark.parametrize("address", ["http://[", "https://:99999", "http://a\u00ff"])
def test_a_redirect_to_what_is_no_address_is_one_too(address: str) -> None:
    with ScriptedServer(always(Reply(status=302, headers={"Location": address}))) as server:
        assert fault_of(Webhook(server.url)) is DeliveryFault.REDIRECT


@pytest.mark.parametrize("reaction", [Silence(), Drip(Reply(b"x" * 200).raw, 0.1)], ids=["silent", "dripping"])
def test_a_receiver_that_keeps_us_waiting_is_hung_up_on(reaction: Reaction) -> None:
    with ScriptedServer(always(reaction)) as server:
        began = time.monotonic()
        assert fault_of(Webhook(server.url), deadline=0.4) is DeliveryFault.TIMED_OUT
        assert time.monotonic() - began < 5
        assert len(server.requests) == 1


@pytest.mark.parametrize("reaction", [Reset(), Cut(b""), Cut(b"no HTTP at all\r\n\r\n")], ids=["reset", "closed", "nonsense"])
def test_a_connection_that_breaks_is_tried_later(reaction: Reaction) -> None:
    with ScriptedServer(always(reaction)) as server:
        assert fault_of(Webhook(server.url)) is DeliveryFault.UNREACHABLE
        assert len(server.requests) == 1


def test_nobody_listening_is_told_as_that() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert fault_of(Webhook(f"http://127.0.0.1:{port}")) is DeliveryFault.UNREACHABLE


@pytest.mark.parametrize("expired", [False, True], ids=["self-signed", "expired"])
def test_a_bad_certificate_is_refused_and_nothing_is_sent(tmp_path: Path, expired: bool) -> None:
    certificate, _ = server_certificate(tmp_path, expired=expired)
    with ScriptedServer(always(Reply()), certificate) as server:
        assert fault_of(Webhook(f"{server.url}/canary", SECRET)) is DeliveryFault.CERTIFICATE
    assert (server.connections, server.requests) == (1, [])


def test_an_own_authority_is_accepted(tmp_path: Path) -> None:
    certificate, trusting = server_certificate(tmp_path)
    with ScriptedServer(always(Reply()), certificate) as server:
        post_digest(Webhook(server.url), DOCUMENT, "0f1e2d", trusting)
    assert len(server.requests) == 1


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(always(Reply())) as proxy, ScriptedServer(always(Reply())) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        post_digest(Webhook(server.url), DOCUMENT, "0f1e2d", trusted_certificates())
    assert (proxy.connections, len(server.requests)) == (0, 1)
