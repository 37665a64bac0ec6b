"""What a fault does to the way an answer travels: errors, broken connections, slowness, hostile bodies. One table of small functions.

May import: `companies`, `effects`, `faults`.
"""

import asyncio
import gzip
import socket
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hr_pipeline.sandbox.companies import ProviderName
from hr_pipeline.sandbox.effects import Struck
from hr_pipeline.sandbox.faults import Fault

JSON = "application/json"
BOMB_BYTES = 25_000_000
NESTING = 100_000
STORM = (500, 502, 503, 504)
RATE_LIMIT_WORDS = {
    ProviderName.SECUREX: "Rate limit is exceeded. Try again in 1 seconds.",
    ProviderName.PAYFIT: "API rate limit exceeded",
}
FORBIDDEN_WORDS = {
    ProviderName.SECUREX: "Out of call volume quota. Quota will be replenished in 01:00:00.",
    ProviderName.PAYFIT: "Forbidden",
}
RETRY_AFTER: dict[str, Callable[[], dict[str, str]]] = {
    "seconds": lambda: {"Retry-After": "1"},
    "date": lambda: {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)},
    "garbage": lambda: {"Retry-After": "soon"},
    "negative": lambda: {"Retry-After": "-5"},
    "huge": lambda: {"Retry-After": "99999999999"},
    "none": dict,
}


def error_response(provider: ProviderName, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """An error in the provider's own shape (PayFit's beyond 429 is unknown; a message is the likeliest)."""
    document = {"statusCode": status, "message": message} if provider is ProviderName.SECUREX else {"message": message}
    return Response(orjson.dumps(document), status, headers, JSON)


class Reset(Response):
    """Ends the connection with a reset, before a byte. The server's protocol lends its transport in the scope (see `server`)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is read or sent
        """Aborts the transport with zero linger, which sends a reset rather than an end."""
        transport = scope["state"]["transport"]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


class Silent(Response):
    """Waits until the client gives up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        """Reads on, and answers nothing."""
        while (await receive())["type"] != "http.disconnect":
            pass


class Truncated(Response):
    """Announces the whole body and sends a share of it; the server then ends the connection."""

    def __init__(self, body: bytes, share: float) -> None:
        super().__init__(body, media_type=JSON)
        self.sent = int(len(body) * share)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - there is no more to read
        """Sends the headers and the share, and returns with the answer unfinished."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body[: self.sent]), "more_body": True})


class Drip(Response):
    """Sends a byte, waits, sends the next."""

    def __init__(self, body: bytes, pause_seconds: float) -> None:
        super().__init__(body, media_type=JSON)
        self.pause_seconds = pause_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the connection is all it needs
        """Drips until the body is out or the client has left."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for position in range(len(self.body)):
            await send({"type": "http.response.body", "body": bytes(self.body[position : position + 1]), "more_body": True})
            try:
                async with asyncio.timeout(self.pause_seconds):
                    while (await receive())["type"] != "http.disconnect":
                        pass
                return
            except TimeoutError:
                continue
        await send({"type": "http.response.body", "body": b""})


@cache
def _bomb() -> bytes:
    return gzip.compress(b'{"items":[],"padding":"' + b" " * BOMB_BYTES + b'"}')


ANSWER_FAULTS: dict[Fault, Callable[[Struck, bytes], Response]] = {
    Fault.RESET: lambda _, body: Reset(body),
    Fault.SILENT: lambda _, body: Silent(body),
    Fault.TRUNCATED: lambda struck, body: Truncated(body, float(struck.order.value)),
    Fault.DRIP: lambda struck, body: Drip(body, float(struck.order.value)),
    Fault.TRUNCATED_JSON: lambda struck, body: Response(body[: int(len(body) * float(struck.order.value))], media_type=JSON),
    Fault.HTML: lambda _, __: Response(b"<!doctype html><title>Maintenance</title><p>Back soon.</p>", media_type="text/html"),
    Fault.SERVER_ERRORS: lambda struck, _: Response(b"", STORM[struck.hit % len(STORM)]),
    Fault.UNAVAILABLE: lambda struck, _: error_response(struck.call.provider, 503, "Service Unavailable"),
    Fault.TOO_MANY_REQUESTS: lambda struck, _: error_response(
        struck.call.provider, 429, RATE_LIMIT_WORDS[struck.call.provider], RETRY_AFTER[struck.order.value]()
    ),
    Fault.FORBIDDEN: lambda struck, _: error_response(struck.call.provider, 403, FORBIDDEN_WORDS[struck.call.provider]),
    Fault.REDIRECT: lambda _, __: Response(b"", 302, {"Location": "/elsewhere"}),
    Fault.BOMB: lambda _, __: Response(_bomb(), headers={"Content-Encoding": "gzip"}, media_type=JSON),
    Fault.DEEP_NESTING: lambda _, __: Response(b'{"items":' + b"[" * NESTING + b"]" * NESTING + b"}", media_type=JSON),
}
