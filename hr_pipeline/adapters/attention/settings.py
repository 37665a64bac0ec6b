"""Where digests go, read from the environment and checked: what is wrong is said before anything is sent.

Sending is `mail`'s and `webhook`'s. May import: `domain`, `environment`.
"""

import ipaddress
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.http.network import trusted_certificates
from hr_pipeline.domain.attention import Channel
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import Language
from hr_pipeline.domain.refusals import Refusal

PREFIX = "HR_PIPELINE_ATTENTION_"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"  # of a machine
_NUMBERS = r"(?:IPv6:)?[0-9A-Fa-f.:]{2,45}"
# Plain ASCII: nothing that could end a header or begin another address.
_ADDRESS = rf"[!#-'*+\-./0-9=?A-Z^-~]{{1,64}}@(?:{_NAME}|\[{_NUMBERS}\])"
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailBox:
    """A mail server and the two ends of a mail.

    `encrypted` says from when: `at_once` (smtps), `starttls`, or `never`, which only this machine's own server may be.
    """

    host: str
    port: int
    encrypted: str
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes digests, often with a token in it; signed when there is a secret."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Attention:
    """The channels that are set, the readers' language, and the address of Dagster's UI for links, without a last slash."""

    mail: MailBox | None
    webhook: Webhook | None
    language: Language
    dagster: str
    certificates: ssl.SSLContext = field(repr=False)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Those that are set."""
        given = {Channel.MAIL: self.mail, Channel.WEBHOOK: self.webhook}
        return tuple(channel for channel, setting in given.items() if setting is not None)


def attention_settings(environment: Environment) -> Attention:
    """The settings of this environment; without any channel nobody is told anything.

    Raises:
        Refusal: `INVALID_SETTING` naming the variable and what it must be, `ENVIRONMENT_INCOMPLETE` for a mail without both ends. Values
            are not repeated: they may hold a token.
    """
    value = {name: environment.value(f"{PREFIX}{name}") for name in _NAMES}
    authorities = value["AUTHORITIES"]
    language = value["LANGUAGE"].casefold()
    if language not in set(Language):
        raise _invalid("LANGUAGE", "fr, nl or en")
    return Attention(
        mail=_mail_box(value) if value["SMTP"] else None,
        webhook=_webhook(value) if value["WEBHOOK"] else None,
        language=Language(language),
        dagster=_address("DAGSTER", value["DAGSTER"]).rstrip("/") if value["DAGSTER"] else "",
        certificates=_certificates(authorities) if authorities else trusted_certificates(),
    )


_NAMES = ("SMTP", "SMTP_PASSWORD", "FROM", "TO", "WEBHOOK", "WEBHOOK_SECRET", "LANGUAGE", "DAGSTER", "AUTHORITIES")


def _mail_box(value: dict[str, str]) -> MailBox:
    if missing := [f"{PREFIX}{name}" for name in ("FROM", "TO") if not value[name]]:
        raise Refusal(Code.ENVIRONMENT_INCOMPLETE, variables=", ".join(missing))
    expected = "smtp://HOST:PORT or smtps://HOST:PORT, with USER@ before the host where one logs in"
    try:
        url = httpx.URL(value["SMTP"])
        good = url.scheme in _PORTS and _is_reachable(url) and url.username.isascii() and url.username.isprintable()
    except (httpx.InvalidURL, ValueError):
        raise _invalid("SMTP", expected) from None
    if not good or url.path not in ("", "/") or url.query or url.fragment or url.password:
        raise _invalid("SMTP", expected)
    if url.username and not value["SMTP_PASSWORD"]:
        raise Refusal(Code.ENVIRONMENT_INCOMPLETE, variables=f"{PREFIX}SMTP_PASSWORD")
    if not value["SMTP_PASSWORD"].isascii() or not value["SMTP_PASSWORD"].isprintable():
        raise _invalid("SMTP_PASSWORD", "visible ASCII characters only")
    recipients = [one.strip() for one in value["TO"].split(",")]
    if not all(re.fullmatch(_ADDRESS, one) for one in recipients):
        raise _invalid("TO", "e-mail addresses separated by commas")
    if not re.fullmatch(_ADDRESS, value["FROM"]):
        raise _invalid("FROM", "one e-mail address")
    plain = _is_loopback(url.host) and not value["AUTHORITIES"]
    encrypted = "at_once" if url.scheme == "smtps" else "never" if plain else "starttls"
    port = url.port or _PORTS[url.scheme]
    return MailBox(url.host, port, encrypted, value["FROM"], tuple(dict.fromkeys(recipients)), url.username, value["SMTP_PASSWORD"])


def _webhook(value: dict[str, str]) -> Webhook:
    secret = value["WEBHOOK_SECRET"]
    if secret and not re.fullmatch(r"[\x21-\x7e]{16,}", secret):
        raise _invalid("WEBHOOK_SECRET", "at least 16 visible ASCII characters")
    return Webhook(_address("WEBHOOK", value["WEBHOOK"]), secret)


def _address(name: str, text: str) -> str:
    """An address to which something is sent, or that people follow: https, or http to this machine; a query may be part of it."""
    try:
        url = httpx.URL(text)
        good = not url.userinfo and not url.fragment and _is_reachable(url) and url.host.isascii() and re.fullmatch(r"[\x21-\x7e]+", text)
    except (httpx.InvalidURL, ValueError):
        raise _invalid(name, "an https address, or http to this machine") from None
    if not good or not (url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.host))):
        raise _invalid(name, "an https address, or http to this machine")
    return str(url)


def _certificates(authorities: str) -> ssl.SSLContext:
    """The public authorities and those of a file: a company's own mail server is often signed by the company."""
    context = httpx.create_ssl_context(trust_env=False)
    try:
        context.load_verify_locations(cadata=Path(authorities).expanduser().read_text(encoding="ascii"))
    except (OSError, ValueError, RuntimeError):  # an `ssl.SSLError`, a file that is no text, a `~name` of nobody
        raise _invalid("AUTHORITIES", "a PEM file of certificate authorities") from None
    return context


def _is_reachable(url: httpx.URL) -> bool:
    """Whether a machine can have that name or number, and a port that one."""
    if url.port is not None and not 0 < url.port < 65536:
        return False
    host = url.host  # which a name that only looks like punycode doesn't have
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return re.fullmatch(_NAME, url.raw_host.decode("ascii")) is not None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _invalid(name: str, expected: str) -> Refusal:
    return Refusal(Code.INVALID_SETTING, setting=f"{PREFIX}{name}", expected=expected)
