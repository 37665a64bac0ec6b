"""Sockets that end by a deadline: the transport under the door.

The HTTP library's time-outs are per read, so a body (or a header) that drips a byte at a time never ends. Here every blocking call
on a socket gets what is left of the request's total deadline. Not bounded: name resolution, which the operating system
times out itself. May import: nothing of ours.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from ssl import SSLContext, SSLEOFError, SSLError, SSLZeroReturnError
from typing import Any

import httpcore
import httpx

_of_thread = threading.local()  # a request is sent and read by one thread
_KEEP_ALIVE = 15.0  # seconds; providers' gateways drop idle connections after a minute or more


@contextmanager
def total_deadline(until: float) -> Iterator[None]:
    """Everything this thread does on sockets of `DeadlineTransport` ends by `until` (monotonic seconds)."""
    _of_thread.until = until
    try:
        yield
    finally:
        del _of_thread.until


@cache
def trusted_certificates() -> SSLContext:
    """The public authorities, once per process (building a context costs more than a request); the environment adds none."""
    return httpx.create_ssl_context(trust_env=False)


def is_certificate_fault(error: BaseException | None) -> bool:
    """Whether a connection failed in the TLS handshake for good, as against a connection that broke during it."""
    while error is not None:
        if isinstance(error, SSLError):
            return not isinstance(error, SSLEOFError | SSLZeroReturnError)
        error = error.__cause__ or error.__context__
    return False


class DeadlineTransport(httpx.BaseTransport):
    """HTTP/1.1 over pooled connections. Raises `httpcore` exceptions, chained to their cause."""

    def __init__(self, certificates: SSLContext, connections: int) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=certificates,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEEP_ALIVE,
            network_backend=_DeadlineBackend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body is read by whoever iterates the stream."""
        address = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _DeadlineBackend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is the only time-out
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        # A name may have several addresses and each gets the whole time-out: a third keeps two dead ones within the deadline.
        left = _left(httpcore.ConnectTimeout) / 3
        return _DeadlineStream(self._backend.connect_tcp(host, port, left, local_address, socket_options))


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, _left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, _left(httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _left(httpcore.ConnectTimeout)))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: type[httpcore.TimeoutException]) -> float:
    """Seconds left; zero would mean "don't block" to a socket."""
    left = float(_of_thread.until) - time.monotonic()
    if left <= 0:
        raise timeout
    return left
