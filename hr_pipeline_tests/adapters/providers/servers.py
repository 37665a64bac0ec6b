"""A server on loopback that answers as a test scripts it, down to the bytes and the silences. Knows no provider.

Every request is kept, so that a test can count attempts and look for credentials that were sent.
"""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float  # monotonic

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """A well-framed answer."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        """Its bytes on the wire."""
        head = {"Content-Type": "application/json", "Content-Length": str(len(self.body))} | self.headers
        lines = [f"HTTP/1.1 {self.status} Scripted", *(f"{name}: {value}" for name, value in head.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def document(value: object, status: int = 200, **headers: str) -> Reply:
    """A JSON answer."""
    return Reply(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), status, headers)


@dataclass(frozen=True, slots=True)
class Cut:
    """These bytes, then the connection ends."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Drip:
    """These bytes, one every `seconds`, until the client has gone."""

    raw: bytes
    seconds: float = 0.02


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing, until the client has gone."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset."""


@dataclass(frozen=True, slots=True)
class Late:
    """An answer after a while."""

    reply: Reply
    seconds: float


Reaction = Reply | Late | Cut | Drip | Silence | Reset


class ScriptedServer:
    """Listens while the `with` block lasts, one thread per connection.

    Args:
        script: What to do with a request; called under a lock, so that it may count.
        certificate: Serve https with this.
        mute_handshake: Accept connections and never say a word, not even of TLS.
    """

    def __init__(
        self, script: Callable[[Seen], Reaction], certificate: ssl.SSLContext | None = None, *, mute_handshake: bool = False
    ) -> None:
        self._script, self._certificate, self._mute = script, certificate, mute_handshake
        self.requests: list[Seen] = []
        self.connections = 0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Start listening."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if self._certificate else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop; threads that wait are woken."""
        self._over.set()
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def paths(self) -> list[str]:
        """Paths asked for, in the order of arrival."""
        return [seen.path for seen in self.requests]

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            if self._mute:
                self._wait_until_gone(connection)
                return
            if self._certificate is not None:
                connection = self._certificate.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as incoming:
                while (seen := _request(incoming)) is not None:
                    with self._lock:
                        self.requests.append(seen)
                        self._at_once += 1
                        self.most_at_once = max(self.most_at_once, self._at_once)
                        reaction = self._script(seen)
                    try:
                        if not self._react(connection, reaction):
                            return
                    finally:
                        with self._lock:
                            self._at_once -= 1

    def _react(self, connection: socket.socket, reaction: Reaction) -> bool:
        """Whether the connection goes on."""
        match reaction:
            case Reply():
                connection.sendall(reaction.raw)
                return True
            case Late():
                self._over.wait(reaction.seconds)
                connection.sendall(reaction.reply.raw)
                return True
            case Cut():
                connection.sendall(reaction.raw)
            case Drip():
                for byte in reaction.raw:
                    connection.sendall(bytes([byte]))
                    if self._over.wait(reaction.seconds):
                        break
            case Silence():
                self._wait_until_gone(connection)
            case Reset():
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        return False

    def _wait_until_gone(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        while not self._over.is_set():
            with suppress(TimeoutError):
                if not connection.recv(4096):
                    return


def _request(incoming: BinaryIO) -> Seen | None:
    """The next request of a connection; null when it ended."""
    line = incoming.readline().decode()
    if not line.strip():
        return None
    method, target, _ = line.split(" ", 2)
    headers: dict[str, str] = {}
    while header := incoming.readline().decode().strip():
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = incoming.read(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    return Seen(method, parts.path, query, headers, body, time.monotonic())
