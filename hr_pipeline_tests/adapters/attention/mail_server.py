"""A real mail server on loopback (aiosmtpd), with STARTTLS, a login and refusals as a test wishes; what it took is kept."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Box:
    """What a server has taken, and what it refuses: recipients, or with `busy` every mail."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    busy: bool = False
    tries: int = 0
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if address in self.refused:
            return "550 canary-refusal nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the same
        self.tries += 1
        if self.busy:
            return "451 canary-refusal come back later"
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


@contextmanager
def mail_server(
    certificate: ssl.SSLContext | None = None, *, at_once: bool = False, login: tuple[str, str] | None = None, **options: Any
) -> Iterator[Box]:
    """A server while the block lasts.

    Args:
        certificate: With one it offers (and insists on) STARTTLS, or with `at_once` speaks TLS from the first byte.
        at_once: See above.
        login: User and password without which nobody gets in; asked for after STARTTLS.
        options: Of aiosmtpd's server.
    """
    box = Box()

    def let_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        box.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=box.logins[-1] == login, handled=False)

    if login:
        options |= {"authenticator": let_in, "auth_required": True}
    tls = {"ssl_context": certificate} if at_once else {"tls_context": certificate, "require_starttls": certificate is not None}
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **(tls if certificate else {}), **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@contextmanager
def mute_server(greeting: bytes = b"", every: float = 0.05) -> Iterator[int]:
    """A port that accepts and then says nothing, or drips a greeting for ever."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            kept.append(connection)
            while greeting and not over.wait(every):
                try:
                    connection.sendall(greeting)
                except OSError:
                    break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connection in kept:
            connection.close()


@contextmanager
def talking_server(lines: Sequence[bytes]) -> Iterator[int]:
    """A port that says one line after the other to each who connects, the first at once and each next one when something was said to it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                for line in lines:
                    connection.sendall(line + b"\r\n")
                    if not connection.recv(4096):
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
