"""The door: every fault of a transport ends by its deadline, as a refusal of the right kind, after a counted number of attempts."""

import gzip
import itertools
import json
import logging
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from ssl import SSLContext

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.adapters.http import Ask, Door, Grant, Pace, Patience, SharedToken, checked_address, header_value
from hr_pipeline.adapters.http.patience import seconds_asked
from hr_pipeline.adapters.http.strict_json import BadBodyError, strict_document, unpacked
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline_tests.adapters.providers.certificates import server_certificate
from hr_pipeline_tests.adapters.providers.servers import Cut, Drip, Late, Reaction, Reply, Reset, ScriptedServer, Seen, Silence, document

QUICK = Patience(deadline=5.0, first_wait=0.001, longest_wait=0.002, longest_asked=0.05)
SHORT = Patience(deadline=0.3, attempts=1)
SECRET = "a-token-nobody-may-see"
WHOLE = document({"items": [{"name": "Zoé Lefèvre-Martin", "number": index} for index in range(20)]})


def in_turn(*reactions: Reaction) -> Callable[[Seen], Reaction]:
    """Each reaction once, then the last one for ever."""
    following = itertools.chain(reactions, itertools.repeat(reactions[-1]))
    return lambda _: next(following)


def ask(url: str) -> Ask:
    return Ask("GET", f"{url}/people", "people", headers={"Authorization": f"Bearer {SECRET}"})


def opened(
    url: str, patience: Patience = QUICK, pace: Pace | None = None, *, in_flight: int = 16, certificates: SSLContext | None = None
) -> Door:
    return Door("payfit", (url,), pace or Pace(None), patience, in_flight=in_flight, certificates=certificates)


def refused(
    server: ScriptedServer, patience: Patience = QUICK, pace: Pace | None = None, *, certificates: SSLContext | None = None
) -> Refusal:
    """The refusal that a request to the server ends with."""
    door = opened(server.url, patience, pace, certificates=certificates)
    try:
        with pytest.raises(Refusal) as caught:
            door.document(ask(server.url))
    finally:
        door.close()
    assert SECRET not in repr(caught.value)
    assert "Lefèvre" not in repr(caught.value)
    return caught.value


def fault_of(refusal: Refusal) -> PullFault:
    phrase = refusal.params["reason"]
    assert isinstance(phrase, Phrase)
    assert isinstance(phrase.key, PullFault)
    return phrase.key


def answered(server: ScriptedServer, patience: Patience = QUICK, pace: Pace | None = None) -> object:
    door = opened(server.url, patience, pace)
    try:
        return door.document(ask(server.url))
    finally:
        door.close()


@pytest.mark.parametrize("twentieth", range(20))
def test_a_body_cut_at_any_twentieth_is_tried_four_times_and_never_read_as_an_answer(twentieth: int) -> None:
    cut = WHOLE.raw[: len(WHOLE.raw) - len(WHOLE.body) + len(WHOLE.body) * twentieth // 20]
    with ScriptedServer(in_turn(Cut(cut))) as server:
        refusal = refused(server)
    assert isinstance(refusal, Transient)
    assert (refusal.code, fault_of(refusal), refusal.params["attempts"]) == (Code.PROVIDER_UNAVAILABLE, PullFault.CUT_SHORT, 4)
    assert len(server.requests) == 4


@pytest.mark.parametrize("twentieth", range(1, 20))
def test_json_cut_inside_a_whole_frame_is_tried_again(twentieth: int) -> None:
    with ScriptedServer(in_turn(Reply(WHOLE.body[: len(WHOLE.body) * twentieth // 20]), WHOLE)) as server:
        assert answered(server) == orjson.loads(WHOLE.body)
    assert len(server.requests) == 2


@pytest.mark.parametrize("twentieth", range(1, 20))
def test_compressed_json_cut_inside_a_whole_frame_is_tried_again(twentieth: int) -> None:
    packed = gzip.compress(WHOLE.body)
    cut = Reply(packed[: len(packed) * twentieth // 20], headers={"Content-Encoding": "gzip"})
    with ScriptedServer(in_turn(cut, Reply(packed, headers={"Content-Encoding": "gzip"}))) as server:
        assert answered(server) == orjson.loads(WHOLE.body)
    assert len(server.requests) == 2


def test_a_chunked_body_without_its_last_chunk_is_cut_short() -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
    with ScriptedServer(in_turn(Cut(raw))) as server:
        assert fault_of(refused(server)) is PullFault.CUT_SHORT
    assert len(server.requests) == 4


def test_a_body_ended_by_the_connection_alone_is_judged_by_its_json() -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with ScriptedServer(in_turn(Cut(head + WHOLE.body[:-9]), Cut(head + WHOLE.body))) as server:
        assert answered(server) == orjson.loads(WHOLE.body)
    assert len(server.requests) == 2


@pytest.mark.parametrize("reaction", [Reset(), Cut(b""), Cut(b"HTT"), Cut(b"not http at all\r\n\r\n")])
def test_a_connection_that_breaks_is_tried_four_times(reaction: Reaction) -> None:
    with ScriptedServer(in_turn(reaction)) as server:
        refusal = refused(server)
    assert isinstance(refusal, Transient)
    assert refusal.code is Code.PROVIDER_UNAVAILABLE
    assert (len(server.requests), refusal.params["attempts"]) == (4, 4)


def test_a_refused_connection_is_tried_four_times() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    door = opened(url)
    with pytest.raises(Transient) as caught:
        door.answer(ask(url))
    assert (fault_of(caught.value), caught.value.params["attempts"]) == (PullFault.UNREACHABLE, 4)


def test_html_with_status_200_is_a_changed_provider_and_not_tried_again() -> None:
    with ScriptedServer(in_turn(Reply(b"\n<!doctype html><p>Maintenance", headers={"Content-Type": "text/html"}))) as server:
        refusal = refused(server)
    assert isinstance(refusal, Permanent)
    assert (refusal.code, fault_of(refusal), len(server.requests)) == (Code.PROVIDER_CHANGED, PullFault.HTML, 1)


def test_a_storm_of_server_errors_ends_after_four_attempts_with_the_last_status() -> None:
    with ScriptedServer(in_turn(*(Reply(status=status) for status in (500, 502, 503, 504)))) as server:
        refusal = refused(server)
    assert isinstance(refusal, Transient)
    assert (refusal.code, refusal.params["status"], refusal.params["attempts"]) == (Code.PROVIDER_UNAVAILABLE, 504, 4)
    assert len(server.requests) == 4


def test_three_server_errors_and_then_an_answer_is_an_answer() -> None:
    with ScriptedServer(in_turn(Reply(status=503), Reply(status=500), Reply(status=502), WHOLE)) as server:
        assert answered(server) == orjson.loads(WHOLE.body)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "reaction",
    [Silence(), Drip(WHOLE.raw), Drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 99), Cut(b""), Late(WHOLE, 3.0)],
    ids=["silence", "body", "header", "unanswered", "late"],
)
def test_whatever_keeps_us_waiting_ends_by_the_deadline(reaction: Reaction) -> None:
    with ScriptedServer(in_turn(reaction)) as server:
        started = time.monotonic()
        refusal = refused(server, SHORT)
        assert time.monotonic() - started < 3
    assert isinstance(refusal, Transient)
    assert (refusal.code, len(server.requests)) == (Code.PROVIDER_UNAVAILABLE, 1)
    if not isinstance(reaction, Cut):
        assert fault_of(refusal) is PullFault.TIMED_OUT


def test_a_server_that_never_ends_its_handshake_ends_by_the_deadline(tmp_path: Path) -> None:
    certificate, _ = server_certificate(tmp_path)
    with ScriptedServer(in_turn(WHOLE), certificate, mute_handshake=True) as server:
        started = time.monotonic()
        assert fault_of(refused(server, SHORT)) is PullFault.TIMED_OUT
        assert time.monotonic() - started < 3
    assert (server.connections, server.requests) == (1, [])


@pytest.mark.parametrize("value", ["1", "date", "in a while", "-5", "", "9" * 17, None])
def test_a_429_is_tried_again_whatever_its_retry_after_says(value: str | None) -> None:
    said = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True) if value == "date" else value
    headers = {} if said is None else {"Retry-After": said}
    with ScriptedServer(in_turn(Reply(b"{}", 429, headers), Reply(b"{}", 429, headers), WHOLE)) as server:
        assert answered(server) == orjson.loads(WHOLE.body)
    assert len(server.requests) == 3


def test_retry_after_is_waited_for() -> None:
    patient = Patience(first_wait=0.001, longest_wait=0.002, longest_asked=5.0)
    with ScriptedServer(in_turn(Reply(b"{}", 429, {"Retry-After": "1"}), WHOLE)) as server:
        answered(server, patient)
    assert server.requests[1].at - server.requests[0].at >= 1.0


def test_a_huge_retry_after_is_cut_to_the_longest_we_wait() -> None:
    with ScriptedServer(in_turn(Reply(b"{}", 429, {"Retry-After": "86400"}))) as server:
        started = time.monotonic()
        refusal = refused(server)
        assert time.monotonic() - started < 5
    assert (fault_of(refusal), refusal.params["attempts"]) == (PullFault.THROTTLED, 4)


def test_a_429_to_one_connection_holds_the_others_of_the_provider() -> None:
    pace = Pace(None)
    with ScriptedServer(in_turn(Reply(b"{}", 429, {"Retry-After": "1"}))) as first, ScriptedServer(in_turn(WHOLE)) as second:
        assert fault_of(refused(first, Patience(attempts=1, longest_asked=0.5), pace=pace)) is PullFault.THROTTLED
        answered(second, pace=pace)
    assert second.requests[0].at - first.requests[0].at >= 0.4


NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Sun, 29 Mar 2026 01:30:45 GMT", 45.0),
        ("Sun, 29 Mar 2026 03:31:00 +0200", 60.0),
        ("Sun, 29 Mar 2026 01:29:00 GMT", 0.0),
        ("-3", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("9" * 40, None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date_and_nothing_else(header: str | None, seconds: float | None) -> None:
    assert seconds_asked(header, NOW) == seconds


@given(st.text())
def test_no_retry_after_breaks_its_reader(header: str) -> None:
    seconds = seconds_asked(header, NOW)
    assert seconds is None or seconds >= 0


def test_waits_are_fully_jittered_and_bounded() -> None:
    patience = Patience(first_wait=0.5, longest_wait=8.0)
    for attempt, most in ((1, 0.5), (2, 1.0), (3, 2.0), (9, 8.0)):
        waits = [patience.wait_after(attempt, None) for _ in range(500)]
        assert 0 <= min(waits) < most / 10
        assert most * 0.9 < max(waits) <= most


def test_a_redirect_is_not_followed_and_the_credential_goes_nowhere() -> None:
    with ScriptedServer(in_turn(WHOLE)) as elsewhere:
        with ScriptedServer(in_turn(Reply(status=302, headers={"Location": f"{elsewhere.url}/people"}))) as server:
            refusal = refused(server)
        assert (elsewhere.connections, elsewhere.requests) == (0, [])
    assert isinstance(refusal, Permanent)
    assert (refusal.code, fault_of(refusal), len(server.requests)) == (Code.PROVIDER_CHANGED, PullFault.REDIRECT, 1)


@pytest.mark.parametrize("expired", [False, True], ids=["self-signed", "expired"])
def test_a_certificate_that_is_not_trusted_is_refused_once_and_nothing_is_sent(tmp_path: Path, expired: bool) -> None:
    certificate, trusting = server_certificate(tmp_path, expired=expired)
    with ScriptedServer(in_turn(WHOLE), certificate) as server:
        refusal = refused(server, certificates=trusting) if expired else refused(server)
    assert isinstance(refusal, Permanent)
    assert (refusal.code, fault_of(refusal)) == (Code.PROVIDER_UNAVAILABLE, PullFault.CERTIFICATE)
    assert (server.connections, server.requests) == (1, [])


def test_a_trusted_certificate_is_accepted(tmp_path: Path) -> None:
    certificate, trusting = server_certificate(tmp_path)
    with ScriptedServer(in_turn(WHOLE), certificate) as server:
        door = opened(server.url, certificates=trusting)
        assert door.document(ask(server.url)) == orjson.loads(WHOLE.body)
        door.close()


def test_a_decompression_bomb_is_refused_at_20_megabytes() -> None:
    bomb = gzip.compress(b" " * 25_000_000 + b"{}")
    assert len(bomb) < 100_000
    with ScriptedServer(in_turn(Reply(bomb, headers={"Content-Encoding": "gzip"}))) as server:
        refusal = refused(server)
    assert (refusal.code, fault_of(refusal), len(server.requests)) == (Code.PROVIDER_CHANGED, PullFault.TOO_LARGE, 1)


def test_unpacking_stops_at_the_limit_however_much_follows() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        packer = zlib.compressobj(wbits=31)
        while True:
            taken += 1
            yield packer.compress(b" " * 100_000) + packer.flush(zlib.Z_SYNC_FLUSH)

    with pytest.raises(BadBodyError) as caught:
        unpacked(endless(), "gzip", 1_000_000)
    assert caught.value.fault is PullFault.TOO_LARGE
    assert taken == 11


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_an_encoding_nobody_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(BadBodyError) as caught:
        unpacked([WHOLE.body], coding, 10_000)
    assert caught.value.fault is PullFault.NOT_JSON


def test_a_body_that_is_not_packed_as_it_says_is_refused() -> None:
    with ScriptedServer(in_turn(Reply(WHOLE.body, headers={"Content-Encoding": "gzip"}))) as server:
        refusal = refused(server)
    assert (refusal.code, fault_of(refusal), len(server.requests)) == (Code.PROVIDER_CHANGED, PullFault.NOT_JSON, 1)


@pytest.mark.parametrize("reply", [Reply(b"not gzip", 401, {"Content-Encoding": "gzip"}), Reply(b" " * 100_000, 401)])
def test_a_refusal_whose_body_is_of_no_use_is_a_refusal_all_the_same(reply: Reply) -> None:
    with ScriptedServer(in_turn(reply)) as server:
        assert refused(server).code is Code.CREDENTIAL_REFUSED


DEEP = 300
TEXTS: Sequence[tuple[str, bytes, PullFault]] = [
    ("nan", b'{"items":[{"amount":NaN}]}', PullFault.NOT_JSON),
    ("infinity", b'{"amount":-Infinity}', PullFault.NOT_JSON),
    ("beyond a double", b'{"amount":1e999}', PullFault.NOT_JSON),
    ("key twice", b'{"items":[{"id":1,"id":2}]}', PullFault.DUPLICATE_KEY),
    ("key twice, outermost", b'{"items":[{"id":1}],"items":[]}', PullFault.DUPLICATE_KEY),
    ("key twice, blanks", b'{ "items" : [ { "id" : 1 , "id" : 1 } ] }', PullFault.DUPLICATE_KEY),
    ("key twice, one with a blank", b'{"id":1,"id" :1}', PullFault.DUPLICATE_KEY),
    ("key twice, one escaped", rb'{"id":1,"\u0069d":2}', PullFault.DUPLICATE_KEY),
    ("key twice, beside a text with a quote", rb'{"id":1,"id" :2,"said":"\":"}', PullFault.DUPLICATE_KEY),
    ("deep", b'{"a":' * DEEP + b"1" + b"}" * DEEP, PullFault.TOO_DEEP),
    ("very deep", b"[" * 100_000 + b"]" * 100_000, PullFault.TOO_DEEP),
    ("nul", rb'{"lastName":"Lef\u0000vre"}', PullFault.NUL),
    ("nul after a backslash", rb'{"lastName":"Lef\\\u0000vre"}', PullFault.NUL),
    ("raw nul", b'{"lastName":"Lef\x00vre"}', PullFault.NOT_JSON),
    ("first half of a pair", rb'{"lastName":"\ud83d"}', PullFault.NOT_JSON),
    ("second half of a pair", rb'{"lastName":"\ude00"}', PullFault.NOT_JSON),
    ("not utf-8", b'{"lastName":"Lef\xe8vre"}', PullFault.NOT_JSON),
    ("mark", b"\xef\xbb\xbf{}", PullFault.NOT_JSON),
    ("two documents", b"{}{}", PullFault.NOT_JSON),
    ("html", b"<html>", PullFault.HTML),
]


@pytest.mark.parametrize(("body", "fault"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_json_that_two_readers_could_understand_differently_is_refused_at_once(body: bytes, fault: PullFault) -> None:
    with ScriptedServer(in_turn(Reply(body))) as server:
        refusal = refused(server)
    assert isinstance(refusal, Permanent)
    assert (refusal.code, fault_of(refusal), len(server.requests)) == (Code.PROVIDER_CHANGED, fault, 1)


@pytest.mark.parametrize(
    "body",
    [
        rb'{"path":"C:\\u0000"}',  # a backslash and some text, no NUL
        rb'{"said":"\"id\":","id":1}',
        b'{"note":"a :b", "id" : 1}',
        rb'[{"id":1},{"id":2,"n\u00e9":"\u00e9"}]',
        b'{"a":1.0e0,"b":[{"c":{}}]}',
    ],
)
def test_unusual_but_plain_json_is_read(body: bytes) -> None:
    assert strict_document(body) == json.loads(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_values, st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_every_way_to_write_a_document_is_accepted(value: object, ascii_only: bool, indent: int | str | None) -> None:
    assert strict_document(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()) == value


@given(st.dictionaries(st.text('ab:"\\ é', max_size=3), st.text('ab:" '), min_size=1), st.booleans(), st.sampled_from([":", " : ", ": "]))
def test_a_key_given_twice_is_found_however_the_document_is_written(values: dict[str, str], ascii_only: bool, colon: str) -> None:
    pairs = [*values.items(), next(iter(values.items()))]
    text = ",".join(f"{json.dumps(key, ensure_ascii=ascii_only)}{colon}{json.dumps(value)}" for key, value in pairs)
    with pytest.raises(BadBodyError) as caught:
        strict_document(f"{{{text}}}".encode())
    assert caught.value.fault is PullFault.DUPLICATE_KEY


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, Code.CREDENTIAL_REFUSED), (403, Code.CREDENTIAL_REFUSED), (404, Code.PROVIDER_CHANGED), (418, Code.PROVIDER_CHANGED)],
)
def test_a_refusal_of_the_provider_is_not_tried_again(status: int, code: Code) -> None:
    with ScriptedServer(in_turn(Reply(b'{"message":"Lef\xc3\xa8vre may not"}', status))) as server:
        refusal = refused(server)
    assert isinstance(refusal, Permanent)
    assert (refusal.code, refusal.params["status"], len(server.requests)) == (code, status, 1)


def test_what_must_not_be_sent_twice_is_sent_once() -> None:
    with ScriptedServer(in_turn(Reply(status=503))) as server:
        door = opened(server.url)
        with pytest.raises(Transient) as caught:
            door.answer(Ask("POST", server.url, "token", form={"code": SECRET}, once=True))
        door.close()
    assert (caught.value.params["attempts"], len(server.requests)) == (1, 1)
    assert server.requests[0].form == {"code": SECRET}


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://partner-api.payfit.com", PullFault.NOT_HTTPS),
        ("http://10.0.0.8", PullFault.NOT_HTTPS),
        ("http://localhost.example.com", PullFault.NOT_HTTPS),
        ("http://127.0.0.1.example.com", PullFault.NOT_HTTPS),
        ("ftp://partner-api.payfit.com", PullFault.MALFORMED),
        ("https://user:password@partner-api.payfit.com", PullFault.MALFORMED),
        ("https://partner-api.payfit.com?to=elsewhere", PullFault.MALFORMED),
        ("https://", PullFault.MALFORMED),
        ("https://[", PullFault.MALFORMED),
        ("https://partner-api.payfit.com:port", PullFault.MALFORMED),
        ("partner-api.payfit.com", PullFault.MALFORMED),
        ("", PullFault.MALFORMED),
    ],
)
def test_only_https_or_loopback_is_an_address(url: str, fault: PullFault) -> None:
    with pytest.raises(Permanent) as caught:
        checked_address(url, provider="payfit", setting="PAYFIT_BASE_URL")
    assert (caught.value.code, fault_of(caught.value), caught.value.params["setting"]) == (Code.ADDRESS_REFUSED, fault, "PAYFIT_BASE_URL")
    assert "password" not in repr(caught.value)


@pytest.mark.parametrize(
    "url", ["https://partner-api.payfit.com/", "http://127.0.0.1:8080/payfit", "http://[::1]:8080", "http://localhost:1"]
)
def test_an_address_loses_its_last_slash_only(url: str) -> None:
    assert checked_address(url, provider="payfit", setting="PAYFIT_BASE_URL") == url.rstrip("/")


@pytest.mark.parametrize("tail", ["@elsewhere.example.com/people", ".example.com/people", "0/people"])
def test_nothing_is_sent_beside_the_addresses_of_a_door(tail: str) -> None:
    with ScriptedServer(in_turn(WHOLE)) as server:
        door = opened(server.url)
        with pytest.raises(Permanent) as caught:
            door.answer(Ask("GET", server.url + tail, "people"))
        assert (caught.value.code, server.connections) == (Code.ADDRESS_REFUSED, 0)


@pytest.mark.parametrize("secret", ["", " ", "two words", "a\nb", "é", "a\x00b"])
def test_a_text_that_no_header_can_carry_is_a_refused_credential(secret: str) -> None:
    with pytest.raises(Permanent) as caught:
        header_value(secret, provider="payfit")
    assert caught.value.code is Code.CREDENTIAL_REFUSED
    assert header_value(f" {SECRET}\n", provider="payfit") == SECRET


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(in_turn(Reply(status=500))) as proxy, ScriptedServer(in_turn(WHOLE)) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert answered(server) == orjson.loads(WHOLE.body)
        assert proxy.connections == 0


def test_cookies_are_not_kept() -> None:
    with ScriptedServer(in_turn(Reply(b"{}", headers={"Set-Cookie": "sticky=1; Path=/"}))) as server:
        door = opened(server.url)
        for _ in range(2):
            door.document(ask(server.url))
        door.close()
    assert len(server.requests) == 2
    assert all("cookie" not in seen.headers for seen in server.requests)


def test_neither_bodies_nor_credentials_are_logged_and_stdout_stays_free(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(in_turn(Reply(b'{"said":"Zo\xc3\xa9"}', 503), Reply(b'{"lastName":"Zo\xc3\xa9","lastName":1}'))) as server:
        assert refused(server).code is Code.PROVIDER_CHANGED
    assert len(server.requests) == 2
    assert caplog.text
    assert SECRET not in caplog.text
    assert "Zo" not in caplog.text
    assert capsys.readouterr().out == ""


def test_requests_under_way_are_bounded_and_their_deadline_starts_with_them() -> None:
    with ScriptedServer(in_turn(Late(WHOLE, 0.1))) as server:
        door = opened(server.url, Patience(deadline=0.6, attempts=1), in_flight=3)
        with ThreadPoolExecutor(12) as threads:
            documents = list(threads.map(lambda _: door.document(ask(server.url)), range(24)))
        door.close()
    assert len(documents) == 24
    assert server.most_at_once == 3


def test_a_pace_is_shared_by_every_door_that_has_it() -> None:
    pace = Pace(100)
    with ScriptedServer(in_turn(WHOLE)) as server:
        doors = [opened(server.url, pace=pace) for _ in range(4)]
        started = time.monotonic()
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(lambda number: doors[number % 4].document(ask(server.url)), range(40)))
        for door in doors:
            door.close()
    arrivals = sorted(seen.at for seen in server.requests)
    assert len(arrivals) == 40
    assert all(at - started >= earlier / 100 for earlier, at in enumerate(arrivals))


def test_a_pace_refuses_a_start_after_the_given_instant_without_using_it_up() -> None:
    pace = Pace(1)
    assert pace.wait()
    now = time.monotonic()
    assert not pace.wait(now + 0.5)
    assert not pace.wait(now + 0.5)
    assert time.monotonic() - now < 0.2


def test_nothing_is_asked_after_the_end_of_the_pull() -> None:
    with ScriptedServer(in_turn(WHOLE)) as server:
        door = opened(server.url)
        with pytest.raises(Transient) as caught:
            door.answer(ask(server.url), until=time.monotonic())
        door.close()
        assert (fault_of(caught.value), server.requests) == (PullFault.TOO_LONG, [])


def test_a_request_under_way_ends_with_the_pull_and_is_not_tried_again() -> None:
    with ScriptedServer(in_turn(Silence())) as server:
        door = opened(server.url)
        started = time.monotonic()
        with pytest.raises(Transient) as caught:
            door.answer(ask(server.url), until=started + 0.2)
        assert time.monotonic() - started < 3
        door.close()
    assert (fault_of(caught.value), len(server.requests)) == (PullFault.TOO_LONG, 1)


def test_a_token_refused_to_many_threads_is_renewed_once() -> None:
    grants = itertools.count(1)
    token = SharedToken(lambda: Grant(f"token-{next(grants)}"))
    first = token.current()
    with ThreadPoolExecutor(8) as threads:
        renewed = set(threads.map(lambda _: token.renewed(first), range(32)))
    assert (first, renewed, token.current()) == ("token-1", {"token-2"}, "token-2")


def test_a_renewal_that_fails_leaves_no_empty_token_behind() -> None:
    outcomes: Iterator[Grant | Exception] = iter([Grant("token-1"), Transient(Code.PROVIDER_UNAVAILABLE), Grant("token-2")])

    def granted() -> Grant:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    token = SharedToken(granted)
    first = token.current()
    with pytest.raises(Transient):
        token.renewed(first)
    assert token.renewed(first) == "token-2"


def test_a_token_near_its_end_is_renewed_before_it_is_refused() -> None:
    grants = itertools.count(1)
    token = SharedToken(lambda: Grant(f"token-{next(grants)}", seconds=0.02))
    assert token.current() == "token-1"
    deadline = time.monotonic() + 5
    while token.current() == "token-1" and time.monotonic() < deadline:
        pass
    assert token.current() != "token-1"
