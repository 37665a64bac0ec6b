"""One mail over SMTP: encrypted and with a verified certificate wherever it leaves this machine, ended by a deadline.

The server's own words are never repeated: they may quote addresses. May import: `domain`, this room.
"""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from hr_pipeline.adapters.attention.settings import MailBox
from hr_pipeline.domain.attention import Channel
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.delivery_faults import DeliveryFault, fault
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.refusals import Transient

DEADLINE = 20.0  # seconds in all: a sensor's tick has a minute


def mail_of(box: MailBox, subject: str, text: str, message_id: str, made_at: datetime) -> EmailMessage:
    """A mail; the same digest is the same message however often it is sent, so that a mailbox shows it once.

    Args:
        box: Whose two ends.
        subject: One line.
        text: Plain text.
        message_id: Of the digest.
        made_at: When the digest was made, aware.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = box.sender
    mail["To"] = ", ".join(box.recipients)
    mail["Date"] = format_datetime(made_at)
    mail["Message-ID"] = f"<{message_id}@hr-pipeline.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def send_mail(box: MailBox, mail: EmailMessage, certificates: ssl.SSLContext, deadline: float = DEADLINE) -> Phrase | None:
    """Hand a mail to the server.

    Returns:
        None, or the fault of the recipients that the server refused while it took the mail for the others.

    Raises:
        Transient: `DIGEST_UNDELIVERED` with the reason; nobody has it.
    """
    late = threading.Event()
    try:
        with _session(box, certificates, deadline, late) as server:
            refused = server.send_message(mail, box.sender, list(box.recipients))
    except (OSError, smtplib.SMTPException) as error:
        reason = fault(DeliveryFault.TIMED_OUT, seconds=round(deadline)) if late.is_set() else _reason(error, deadline)
        raise Transient(Code.DIGEST_UNDELIVERED, channel=Channel.MAIL, reason=reason) from None
    return fault(DeliveryFault.SOME_REFUSED, times=len(refused)) if refused else None


class _Watched(smtplib.SMTP):
    """A session that is hung up at its deadline: the library's time-out is per read, so that a dripping server would keep us for ever."""

    def __init__(self, box: MailBox, deadline: float, late: threading.Event, **options: Any) -> None:
        self._late = late
        self._watch = threading.Timer(deadline, self._hang_up)
        self._watch.daemon = True
        self._watch.start()
        try:
            super().__init__(box.host, box.port, timeout=deadline, **options)
        except BaseException:
            self.close()
            raise

    def getreply(self) -> tuple[int, bytes]:
        """As the library's; refused once it is late: what had no socket yet, or another one, could not be hung up on."""
        if self._late.is_set():
            self.close()
            raise TimeoutError
        return super().getreply()

    def close(self) -> None:
        """Close the connection, and stop watching it."""
        self._watch.cancel()
        super().close()

    def _hang_up(self) -> None:
        self._late.set()
        connection: socket.socket | None = getattr(self, "sock", None)  # none yet: the time-out of connecting ends it
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _WatchedTls(_Watched, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@contextmanager
def _session(box: MailBox, certificates: ssl.SSLContext, deadline: float, late: threading.Event) -> Iterator[smtplib.SMTP]:
    """A server that has greeted us and lets us in, encrypted as it must be."""
    at_once = box.encrypted == "at_once"
    server = _WatchedTls(box, deadline, late, context=certificates) if at_once else _Watched(box, deadline, late)
    try:
        if box.encrypted == "starttls":
            server.starttls(context=certificates)
        if box.user:
            _log_in(server, box)
        yield server
        with contextlib.suppress(OSError, smtplib.SMTPException):  # the mail is taken: a farewell that fails takes nothing back
            server.quit()
    finally:
        server.close()


def _log_in(server: smtplib.SMTP, box: MailBox) -> None:
    """Give user and password, in a way that the server offers."""
    try:
        server.login(box.user, box.password)
    except smtplib.SMTPServerDisconnected:
        raise
    except (smtplib.SMTPException, ValueError):  # a `ValueError`: a challenge that is no base64
        raise smtplib.SMTPAuthenticationError(535, b"") from None


def _reason(error: Exception, deadline: float) -> Phrase:
    match error:
        case ssl.SSLError() if not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return fault(DeliveryFault.CERTIFICATE)
        case TimeoutError():
            return fault(DeliveryFault.TIMED_OUT, seconds=round(deadline))
        case smtplib.SMTPAuthenticationError():
            return fault(DeliveryFault.LOGIN_REFUSED)
        case smtplib.SMTPNotSupportedError():
            return fault(DeliveryFault.NO_ENCRYPTION)
        case smtplib.SMTPRecipientsRefused():
            return fault(DeliveryFault.NOBODY_ACCEPTED)
        case smtplib.SMTPResponseException() if error.smtp_code > 0:
            return fault(DeliveryFault.REFUSED, status=error.smtp_code)
    return fault(DeliveryFault.UNREACHABLE)
