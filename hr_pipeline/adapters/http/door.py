"""One request to one answer: the only place that sends, waits, gives up and tries again.

What an answer says is the provider's module to judge. Bodies and headers are never logged or quoted. May import: `domain`.
"""

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from threading import BoundedSemaphore

import httpcore
import httpx
import stamina

from hr_pipeline import __version__
from hr_pipeline.adapters.http.network import DeadlineTransport, is_certificate_fault, total_deadline, trusted_certificates
from hr_pipeline.adapters.http.pace import Pace
from hr_pipeline.adapters.http.patience import Patience, seconds_asked
from hr_pipeline.adapters.http.strict_json import BadBodyError, strict_document, unpacked
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.pull_faults import PullFault, reason
from hr_pipeline.domain.refusals import Permanent, Transient

MEGABYTES = 20  # of one decoded answer; 200 rows of a provider are a tenth of one
_REFUSAL_BYTES = 64 * 1024  # an error body is only looked at for a word
_OK, _REDIRECTS, _REFUSALS = range(200, 300), range(300, 400), range(400, 500)
_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `resource` names it in refusals; secrets are never shown."""

    method: str
    url: str
    resource: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    document: Mapping[str, str] | None = field(default=None, repr=False)
    once: bool = False  # not safe to send twice (a single-use code)


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx with its document, or a 4xx with the beginning of its body."""

    status: int
    body: bytes = field(repr=False)
    document: object = field(default=None, repr=False)


log = logging.getLogger(__name__)


def _log_retry(details: stamina.instrumentation.RetryDetails) -> None:
    log.info("attempt %d failed, the next one in %.1f s: %s", details.retry_num, details.wait_for, details.caused_by)


# By default stamina reports through structlog where that is installed, and an unconfigured structlog writes on stdout.
stamina.instrumentation.set_on_retry_hooks([_log_retry])


class _PassingError(Exception):
    """A failure that may be gone at the next attempt. Its text is logged by stamina and holds no value of a body."""

    def __init__(self, fault: Phrase, status: int | None = None, asked: float | None = None) -> None:
        self.fault, self.status, self.asked = fault, status, asked
        super().__init__(f"{fault.key} {status or ''}".strip())


class Door:
    """Requests of one session. Thread-safe; `pace` is shared with the provider's other sessions."""

    def __init__(
        self,
        provider: str,
        addresses: Collection[str],
        pace: Pace,
        patience: Patience,
        *,
        in_flight: int = 16,
        certificates: SSLContext | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            provider: Name for refusals.
            addresses: Checked addresses (`checked_address`); nothing is ever sent anywhere else.
            pace: How fast requests may start.
            patience: How long and how often one is tried.
            in_flight: Requests under way at a time; the others wait, with their deadline not yet running.
            certificates: Instead of the public authorities.
        """
        self._provider, self._addresses = provider, tuple(addresses)
        self._pace, self._patience = pace, patience
        self._slots = BoundedSemaphore(in_flight)
        self._client = httpx.Client(
            transport=DeadlineTransport(certificates or trusted_certificates(), in_flight),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # a cookie would tie one company's requests to another's
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"hr-pipeline/{__version__}"},
        )

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def answer(self, ask: Ask, until: float | None = None) -> Answer:
        """The provider's answer to a request, tried again while that may help.

        Args:
            ask: The request.
            until: Monotonic instant after which nothing is sent or awaited any more.

        Raises:
            Transient: `PROVIDER_UNAVAILABLE` with `status`, `attempts` and `reason`.
            Permanent: `ADDRESS_REFUSED` for another address than this door's; `PROVIDER_CHANGED` for a redirect or a body that can't
                be used; `PROVIDER_UNAVAILABLE` for a refused certificate.
        """
        if not any(ask.url == address or ask.url.startswith(f"{address}/") for address in self._addresses):
            raise Permanent(Code.ADDRESS_REFUSED, provider=self._provider, resource=ask.resource, reason=reason(PullFault.UNKNOWN_HOST))
        tries = 0

        def wait(error: Exception) -> bool | float:
            return isinstance(error, _PassingError) and self._wait_after(error, tries, until)

        try:
            for attempt in stamina.retry_context(on=wait, attempts=1 if ask.once else self._patience.attempts, timeout=None):
                with attempt:
                    tries += 1
                    return self._attempted(ask, until)
        except _PassingError as failed:
            too_long = until is not None and time.monotonic() >= until
            raise self._unavailable(ask, reason(PullFault.TOO_LONG) if too_long else failed.fault, failed.status, tries) from None
        raise AssertionError("stamina ends with a result or an exception")

    def document(self, ask: Ask, until: float | None = None) -> object:
        """The document of a 2xx answer.

        Raises:
            Transient: As `answer`.
            Permanent: As `answer`; and as `refusal` for a 4xx.
        """
        answer = self.answer(ask, until)
        if answer.status not in _OK:
            raise self.refusal(ask, answer)
        return answer.document

    def refusal(self, ask: Ask, answer: Answer) -> Permanent:
        """What a 4xx means where the provider's module knows nothing better: 401 and 403 the credential, others the contract."""
        if answer.status in (401, 403):
            return Permanent(Code.CREDENTIAL_REFUSED, provider=self._provider, resource=ask.resource, status=answer.status)
        return self._changed(ask, answer.status, reason(PullFault.STATUS, status=answer.status))

    def _attempted(self, ask: Ask, until: float | None) -> Answer:
        with self._slots:
            if not self._pace.wait(until):
                raise self._unavailable(ask, reason(PullFault.TOO_LONG), None, 0)
            ends = time.monotonic() + self._patience.deadline
            with total_deadline(ends if until is None else min(ends, until)):
                return self._sent(ask)

    def _sent(self, ask: Ask) -> Answer:
        """One attempt, library errors turned into ours and cut, since they may quote what was sent."""
        fault, status = reason(PullFault.UNREACHABLE), None
        try:
            request = self._client.build_request(
                ask.method, ask.url, params=ask.params or None, headers=ask.headers, data=ask.form, json=ask.document
            )
            response = self._client.send(request, stream=True)
            try:
                status = response.status_code
                return self._read(ask, response)
            finally:
                response.close()
        except httpcore.TimeoutException:
            fault = reason(PullFault.TIMED_OUT, seconds=self._patience.deadline)
        except httpcore.ConnectError as error:
            if is_certificate_fault(error):
                raise Permanent(
                    Code.PROVIDER_UNAVAILABLE,
                    provider=self._provider,
                    resource=ask.resource,
                    attempts=1,
                    reason=reason(PullFault.CERTIFICATE),
                ) from None
        except httpcore.NetworkError:
            pass
        except httpcore.RemoteProtocolError:
            fault = reason(PullFault.CUT_SHORT)
        except BadBodyError as bad:
            fault = reason(bad.fault, megabytes=MEGABYTES) if bad.fault is PullFault.TOO_LARGE else reason(bad.fault)
            if bad.fault is not PullFault.CUT_SHORT:
                raise self._changed(ask, status, fault) from None
        raise _PassingError(fault, status)

    def _read(self, ask: Ask, response: httpx.Response) -> Answer:
        status = response.status_code
        if status in _OK:
            body = unpacked(response.iter_raw(), response.headers.get("Content-Encoding", ""), MEGABYTES * 1024 * 1024)
            return Answer(status, body, strict_document(body))
        if status in _REDIRECTS:
            raise self._changed(ask, status, reason(PullFault.REDIRECT))
        if status in _REFUSALS and status not in _TRY_AGAIN:
            return Answer(status, _beginning(response))
        fault = reason(PullFault.THROTTLED) if status == 429 else reason(PullFault.SERVER_ERROR, status=status)
        raise _PassingError(fault, status, seconds_asked(response.headers.get("Retry-After"), datetime.now(UTC)))

    def _wait_after(self, failed: _PassingError, tries: int, until: float | None) -> bool | float:
        seconds = self._patience.wait_after(tries, failed.asked)
        if failed.asked is not None and failed.status == 429:
            self._pace.hold(min(failed.asked, self._patience.longest_asked))
        return seconds if until is None or time.monotonic() + seconds < until else False

    def _unavailable(self, ask: Ask, fault: Phrase, status: int | None, attempts: int) -> Transient:
        return Transient(
            Code.PROVIDER_UNAVAILABLE, provider=self._provider, resource=ask.resource, status=status, attempts=attempts, reason=fault
        )

    def _changed(self, ask: Ask, status: int | None, fault: Phrase) -> Permanent:
        return Permanent(Code.PROVIDER_CHANGED, provider=self._provider, resource=ask.resource, status=status, reason=fault)


def _beginning(response: httpx.Response) -> bytes:
    """The first bytes of an error body; one that can't be unpacked says nothing."""
    try:
        return unpacked(response.iter_raw(), response.headers.get("Content-Encoding", ""), _REFUSAL_BYTES)
    except BadBodyError:
        return b""
