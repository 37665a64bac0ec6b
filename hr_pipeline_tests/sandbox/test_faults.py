"""Faults of travel and of syntax: each does what it says, seen by a bare client, and counts its hit."""

import json
import math
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from hr_pipeline.sandbox import Fault, Sandbox, SandboxOptions
from hr_pipeline.sandbox.companies import ProviderName
from hr_pipeline_tests.sandbox.callers import Caller, Strike, both, rows_of


def test_reset_ends_the_connection_before_a_byte(struck: Strike) -> None:
    caller = struck("reset")
    with pytest.raises(httpx.ReadError):
        caller.employer_list("workers")
    with pytest.raises(httpx.ReadError):
        caller.customer_list("contracts")


@pytest.mark.parametrize("share", [f"{n / 20:.2f}" for n in range(20)])
def test_truncated_announces_more_bytes_than_arrive(struck: Strike, share: str) -> None:
    caller = struck(f"truncated={share}")
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        caller.employer_list("workers")


def test_truncated_json_is_well_framed_and_not_json(struck: Strike) -> None:
    for answer in both(struck("truncated_json=0.5")):
        assert answer.status_code == 200
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_html_comes_with_status_200(struck: Strike) -> None:
    for answer in both(struck("html")):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.text.startswith("<!doctype html>")


def test_server_errors_never_end(struck: Strike) -> None:
    caller = struck("server_errors")
    statuses = [answer.status_code for _ in range(5) for answer in both(caller)]
    assert set(statuses) == {500, 502, 503, 504}


def test_unavailable_is_over_after_its_times(struck: Strike) -> None:
    caller = struck("unavailable*3")
    assert [caller.employer_list("workers").status_code for _ in range(5)] == [503, 503, 503, 200, 200]


def test_drip_sends_byte_by_byte(struck: Strike) -> None:
    caller = struck("drip=0.01")
    headers = {"Authorization": f"Bearer {caller.key()}"}
    assert caller.customer is not None
    with caller.client.stream(
        "GET", f"{caller.environment['PAYFIT_BASE_URL']}/companies/{caller.customer.company_id}", headers=headers
    ) as answer:
        chunks = list(answer.iter_raw(chunk_size=None))
        assert answer.elapsed.total_seconds() > 0.5
    assert len(chunks) > 50
    assert json.loads(b"".join(chunks))["id"] == caller.customer.company_id


def test_silent_reads_the_request_and_never_answers(struck: Strike) -> None:
    caller = struck("silent")
    caller.client.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        caller.employer_list("workers")
    caller.client.timeout = httpx.Timeout(5)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("seconds", lambda text: int(text) == 1),
        ("date", lambda text: isinstance(parsedate_to_datetime(text), datetime)),
        ("garbage", lambda text: not text.isdigit()),
        ("negative", lambda text: int(text) < 0),
        ("huge", lambda text: int(text) > 10**9),
        ("none", lambda text: text is None),
    ],
)
def test_too_many_requests_carries_the_retry_after_asked_for_and_ends(
    struck: Strike, value: str, right: Callable[[str | None], bool]
) -> None:
    caller = struck(f"too_many_requests={value}")
    first, second = both(caller)
    assert (first.status_code, first.json()["statusCode"]) == (429, 429)
    assert (second.status_code, second.json()) == (429, {"message": "API rate limit exceeded"})
    assert all(right(answer.headers.get("Retry-After")) for answer in (first, second))
    assert [answer.status_code for answer in both(caller)] == [200, 200]


def test_forbidden_speaks_as_the_provider_does(struck: Strike) -> None:
    first, second = both(struck("forbidden"))
    assert (first.status_code, second.status_code) == (403, 403)
    assert "Out of call volume quota" in first.json()["message"]


def test_a_redirect_leads_to_where_followers_are_counted(struck: Strike) -> None:
    caller = struck("redirect")
    answer = caller.employer_list("workers")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")
    assert caller.sandbox.requests["elsewhere"] == 0
    assert caller.client.get(caller.sandbox.address + answer.headers["Location"]).status_code == 200
    assert caller.sandbox.requests["elsewhere"] == 1


def test_a_bomb_is_small_on_the_wire_and_25_mb_decoded(struck: Strike) -> None:
    answer = struck("bomb").employer_list("workers")
    assert int(answer.headers["Content-Length"]) < 50_000
    assert len(answer.content) > 25_000_000


def test_nan_is_in_the_document(struck: Strike) -> None:
    for answer in both(struck("nan")):
        assert math.isnan(answer.json()["checksum"])


def test_duplicate_keys_end_with_an_empty_list(struck: Strike) -> None:
    for answer in both(struck("duplicate_keys")):
        keys = [key for key, _ in json.loads(answer.content, object_pairs_hook=lambda pairs: pairs)]
        assert len(keys) == len(set(keys)) + 1
        assert rows_of(answer) == []


def test_deep_nesting_is_deeper_than_a_parser_goes(struck: Strike) -> None:
    answer = struck("deep_nesting").employer_list("workers")
    assert answer.content.count(b"[") == 100_000
    with pytest.raises(RecursionError):
        answer.json()


def test_a_refused_address_belongs_to_nobody_and_the_other_provider_answers(caller: Caller) -> None:
    with Sandbox(SandboxOptions(size=10, faults=("refused:payfit",))) as sandbox, Caller(sandbox) as refused:
        assert refused.securex("/employers").status_code == 200
        with pytest.raises(httpx.ConnectError):
            refused.introspect("x")
        assert sandbox.faults_hit == {"refused": 1}
    assert caller.sandbox.faults_hit["refused"] == 0


def test_a_fault_strikes_its_targets_alone(struck: Strike) -> None:
    caller = struck("html:payfit:contracts")
    assert caller.customer_list("collaborators").json()
    assert caller.employer_list("workers").json()
    assert caller.customer_list("contracts").text.startswith("<!doctype html>")


def test_a_company_is_a_target_by_id_and_by_name(caller: Caller) -> None:
    first, second = (company for company in caller.sandbox.companies if company.provider is ProviderName.SECUREX)
    for target in (first.company_id, first.name):
        caller.sandbox.faults = (f"unavailable:{target}",)
        assert [caller.employer_list("workers", company).status_code for company in (first, second)] == [503, 200]
    caller.sandbox.faults = ()


def test_a_named_token_endpoint_is_struck_too(struck: Strike) -> None:
    caller = struck("server_errors:token")
    assert caller.ask_token().status_code >= 500
    assert caller.employer_list("workers").status_code == 200


@pytest.mark.parametrize(
    "text", ["fire", "html=now", "truncated=2", "too_many_requests=later", "html:", "", "drip=fast", "html:Nobody & Sons"]
)
def test_an_order_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unknown fault|takes|is called"):
        Sandbox(SandboxOptions(faults=(text,)))


def test_every_fault_of_the_list_is_tested_here() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*faults.py"))
    assert [fault for fault in Fault if source.count(f'"{fault.value}') == 0] == []
