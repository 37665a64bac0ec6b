"""Mail over a real server: encrypted or not at all, let in or not, refused, silent."""

import re
import ssl
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hr_pipeline.adapters.attention.mail import _Watched, mail_of, send_mail
from hr_pipeline.adapters.attention.settings import MailBox
from hr_pipeline.adapters.http.network import trusted_certificates
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.delivery_faults import DeliveryFault
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.refusals import Refusal, Transient
from hr_pipeline_tests.adapters.attention.mail_server import mail_server, mute_server, talking_server
from hr_pipeline_tests.adapters.providers.certificates import server_certificate

AT = datetime(2026, 11, 22, 3, 40, tzinfo=UTC)
PLAIN = MailBox("127.0.0.1", 0, "never", "hr@example.com", ("ops@example.com", "night@example.com"))
TEXT = "Quarantaine : une société.\n\n.\nhr-pipeline connection payfit-b\n" + "long " * 300


def sent(box: MailBox, certificates: ssl.SSLContext | None = None, deadline: float = 5) -> object:
    mail = mail_of(box, "hr-pipeline : quarantaine 1", TEXT, "0f1e2d", AT)
    return send_mail(box, mail, certificates or trusted_certificates(), deadline)


def refused(box: MailBox, certificates: ssl.SSLContext | None = None, deadline: float = 5) -> DeliveryFault:
    with pytest.raises(Refusal) as caught:
        sent(box, certificates, deadline)
    assert isinstance(caught.value, Transient)
    assert caught.value.code is Code.DIGEST_UNDELIVERED
    said = explained(caught.value, "en").message
    assert "canary" not in said
    assert said.startswith("The digest did not arrive by mail: ")
    return DeliveryFault(caught.value.params["reason"].key)  # type: ignore[attr-defined]


def test_a_mail_arrives_as_it_was_written_at_everybody_and_says_it_is_no_person_s() -> None:
    with mail_server() as box:
        assert sent(replace(PLAIN, port=box.port)) is None
    (mail,) = box.mails
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        "hr-pipeline : quarantaine 1",
        "hr@example.com",
        "ops@example.com, night@example.com",
    )
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == ("<0f1e2d@hr-pipeline.invalid>", "auto-generated")
    assert mail["Date"].datetime == AT
    assert mail.get_content().replace("\r\n", "\n") == TEXT + ("" if TEXT.endswith("\n") else "\n")
    assert box.recipients == [["ops@example.com", "night@example.com"]]


def test_starttls_comes_before_login_and_mail(tmp_path: Path) -> None:
    certificate, trusting = server_certificate(tmp_path)
    with mail_server(certificate, login=("ops", "invented password")) as box:
        sent(replace(PLAIN, port=box.port, encrypted="starttls", user="ops", password="invented password"), trusting)
    assert (box.encrypted, box.logins, len(box.mails)) == ([True], [("ops", "invented password")], 1)


def test_smtps_is_encrypted_from_the_first_byte(tmp_path: Path) -> None:
    certificate, trusting = server_certificate(tmp_path)
    with mail_server(certificate, at_once=True) as box:
        sent(replace(PLAIN, port=box.port, encrypted="at_once"), trusting)
    assert len(box.mails) == 1


@pytest.mark.parametrize("encrypted", ["starttls", "at_once"])
@pytest.mark.parametrize("expired", [False, True], ids=["self-signed", "expired"])
def test_a_certificate_that_is_not_trusted_is_refused_and_no_password_is_sent(tmp_path: Path, encrypted: str, expired: bool) -> None:
    certificate, trusting = server_certificate(tmp_path, expired=expired)
    at_once = encrypted == "at_once"
    with mail_server(certificate, at_once=at_once, login=None if at_once else ("ops", "invented")) as box:
        mine = replace(PLAIN, port=box.port, encrypted=encrypted, user="ops", password="invented")
        assert refused(mine, trusting if expired else None) is DeliveryFault.CERTIFICATE
    assert (box.logins, box.mails) == ([], [])


def test_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    with mail_server() as box:
        mine = replace(PLAIN, port=box.port, encrypted="starttls", user="ops", password="invented")
        assert refused(mine) is DeliveryFault.NO_ENCRYPTION
    assert (box.logins, box.mails) == ([], [])


def test_a_refused_login_is_said_and_the_password_is_not(tmp_path: Path) -> None:
    certificate, trusting = server_certificate(tmp_path)
    mine = replace(PLAIN, encrypted="starttls", user="ops", password="canary-password")
    assert "canary" not in repr(mine)
    with mail_server(certificate, login=("ops", "another one")) as box:
        assert refused(replace(mine, port=box.port), trusting) is DeliveryFault.LOGIN_REFUSED
    assert box.mails == []
    with mail_server(certificate) as box:  # one that knows no login at all
        assert refused(replace(mine, port=box.port), trusting) is DeliveryFault.LOGIN_REFUSED


def test_a_challenge_that_is_no_base64_is_a_login_that_failed() -> None:
    with talking_server([b"220 hello", b"250-hello\r\n250 AUTH CRAM-MD5", b"334 a"]) as port:
        assert refused(replace(PLAIN, port=port, user="ops", password="canary-password")) is DeliveryFault.LOGIN_REFUSED


def test_recipients_that_are_refused_do_not_keep_the_mail_from_the_others() -> None:
    with mail_server() as box:
        box.refused = {"night@example.com"}
        fault = sent(replace(PLAIN, port=box.port))
        assert (fault.key, fault.params) == (DeliveryFault.SOME_REFUSED, {"times": 1})  # type: ignore[attr-defined]
        assert box.recipients == [["ops@example.com"]]
        box.refused.add("ops@example.com")
        assert refused(replace(PLAIN, port=box.port)) is DeliveryFault.NOBODY_ACCEPTED
    assert len(box.mails) == 1


def test_a_busy_server_is_tried_later() -> None:
    with mail_server() as box:
        box.busy = True
        assert refused(replace(PLAIN, port=box.port)) is DeliveryFault.REFUSED
        assert (box.tries, box.mails) == (1, [])
    assert refused(replace(PLAIN, port=box.port)) is DeliveryFault.UNREACHABLE  # and now there is none


@pytest.mark.parametrize("encrypted", ["never", "at_once"])
@pytest.mark.parametrize("greeting", [b"", b"220-still talking\r\n", b"2"], ids=["silent", "endless greeting", "endless line"])
def test_a_server_that_keeps_us_waiting_is_hung_up_on(encrypted: str, greeting: bytes) -> None:
    with mute_server(greeting) as port:
        began = time.monotonic()
        fault = refused(replace(PLAIN, port=port, encrypted=encrypted), deadline=0.5)
        assert time.monotonic() - began < 5
    assert fault in (DeliveryFault.TIMED_OUT, DeliveryFault.CERTIFICATE)  # what drips is no TLS
    assert fault is DeliveryFault.TIMED_OUT or (encrypted, bool(greeting)) == ("at_once", True)


def test_a_connection_that_came_to_be_only_after_the_deadline_is_not_read_from() -> None:
    late = threading.Event()
    late.set()
    with mute_server(b"220-still talking\r\n") as port, pytest.raises(TimeoutError):
        _Watched(replace(PLAIN, port=port), 60, late)


def test_no_header_is_ever_added_by_what_is_written_in_one() -> None:
    mail = mail_of(PLAIN, "one\r\nBcc: thief@example.com\n\nbody", "text", "id", AT)
    assert (mail["Bcc"], mail["Subject"]) == (None, "one Bcc: thief@example.com body")
    assert len(re.findall(rb"(?m)^Bcc:", mail.as_bytes())) == 0
    with pytest.raises(ValueError, match="linefeed"):
        mail_of(replace(PLAIN, sender="a@b\r\nBcc: thief@example.com"), "s", "t", "id", AT).as_bytes()
