"""The end of an OAuth consent that comes back to this machine: one listener on loopback, one code, then it is gone.

Building the authorisation address and exchanging the code are the provider's (`providers.payfit`); the pages shown are
`oauth_pages`'. Source: RFC 8252 §7.3 (loopback redirection), RFC 6749 §10.12 (`state`). May import: `domain`, `oauth_pages`.
"""

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from secrets import compare_digest, token_urlsafe
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from hr_pipeline.adapters.oauth_pages import Shown, page
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

CALLBACK = "/callback"
SILENCE_SECONDS = 5  # browsers open connections ahead and say nothing on them
_STATUS = {Shown.DONE: HTTPStatus.OK, Shown.REFUSED: HTTPStatus.OK, Shown.USED: HTTPStatus.GONE, Shown.UNKNOWN: HTTPStatus.BAD_REQUEST}


class OAuthLoopback:
    """Waits on 127.0.0.1 for the browser to bring one authorisation code back. For `with`: it listens inside the block only.

    Attributes:
        state: What the authorisation address must carry; only an answer that repeats it counts.
        redirect_uri: Where the authorisation server is to send the browser; known inside the block.
    """

    def __init__(self, provider: str = "PayFit", state: str | None = None, port: int = 0) -> None:
        self.provider = provider
        self.state = token_urlsafe(32) if state is None else state
        self.redirect_uri = ""
        self._port = port
        self._claim = threading.Lock()  # taken by the first answer with the right state, never given back
        self._answer: Queue[str | None] = Queue()  # a code, or None when consent was refused

    def __enter__(self) -> Self:
        """Start listening."""
        self._server = _Server(self, self._port)
        self.redirect_uri = f"http://127.0.0.1:{self._server.server_port}{CALLBACK}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop listening and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def authorisation_code(self, timeout_seconds: float) -> str:
        """The code, once the person has agreed in the browser. Answers that are not for us don't end the wait.

        Raises:
            Refusal: `CREDENTIAL_REFUSED` when consent was refused, or did not come in time.
        """
        try:
            code = self._answer.get(timeout=timeout_seconds)
        except Empty:
            raise Refusal(Code.CREDENTIAL_REFUSED, provider=self.provider, reason="no consent in time") from None
        if code is None:
            raise Refusal(Code.CREDENTIAL_REFUSED, provider=self.provider, reason="consent refused")
        return code

    def judged(self, target: str, host: str) -> tuple[Shown, str | None]:
        """What a request for `target` is to be shown, and the code when it is the awaited answer.

        `host` must be the address we gave: a name that merely resolves to this machine belongs to somebody else's page.
        """
        parts = urlsplit(target)
        try:
            query = parse_qs(parts.query, max_num_fields=16)
        except ValueError:
            return Shown.UNKNOWN, None
        states, codes = query.get("state", []), query.get("code", [])
        ours = len(states) == 1 and compare_digest(states[0].encode("utf-8", "replace"), self.state.encode())
        if not ours or parts.path != CALLBACK or f"http://{host}{CALLBACK}" != self.redirect_uri:
            return Shown.UNKNOWN, None
        if len(codes) != 1 and "error" not in query:
            return Shown.UNKNOWN, None
        if not self._claim.acquire(blocking=False):
            return Shown.USED, None
        return (Shown.REFUSED, None) if "error" in query else (Shown.DONE, codes[0])

    def answer(self, code: str | None) -> None:
        """End the wait: with the code, or with None when consent was refused."""
        self._answer.put(code)


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a silent connection holds nobody up
    request_queue_size = 64  # the default of 5 makes a browser that opens many connections wait for seconds

    def __init__(self, loopback: OAuthLoopback, port: int) -> None:
        self.loopback = loopback
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = SILENCE_SECONDS
    server_version = "hr-pipeline"
    sys_version = ""

    def do_GET(self) -> None:
        loopback = self.server.loopback
        shown, code = loopback.judged(self.path, self.headers.get("Host", ""))
        try:
            self._show(shown, page(shown, loopback.provider, self.headers.get("Accept-Language", "")))
        finally:  # after the page, since the process may end once it has the code
            if shown in (Shown.DONE, Shown.REFUSED):
                loopback.answer(code)

    def _show(self, shown: Shown, body: bytes) -> None:
        self.send_response(_STATUS[shown])
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")  # the address carries the code
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write no log: the request line carries the code."""
