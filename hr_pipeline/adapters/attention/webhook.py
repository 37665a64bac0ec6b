"""One POST to a webhook: signed, to that address only, ended by a deadline. What the receiver answers is not read.

May import: `domain`, `adapters.http`, this room.
"""

import hmac
import time
from hashlib import sha256
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import Any

import httpcore
import httpx
import orjson

from hr_pipeline import __version__
from hr_pipeline.adapters.attention.settings import Webhook
from hr_pipeline.adapters.http.network import DeadlineTransport, is_certificate_fault, total_deadline
from hr_pipeline.domain.attention import Channel
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.delivery_faults import DeliveryFault, fault
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.refusals import Transient

DEADLINE = 15.0  # seconds in all: a sensor's tick has a minute
SIGNATURE = "X-Hr-Pipeline-Signature"  # `sha256=` and the HMAC-SHA256 of the body under the secret, in hexadecimal
DIGEST_ID = "X-Hr-Pipeline-Digest"  # the same however often a digest is sent


def signature(secret: str, body: bytes) -> str:
    """What the signature header says of a body."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"


def post_digest(webhook: Webhook, document: dict[str, Any], message_id: str, certificates: SSLContext, deadline: float = DEADLINE) -> None:
    """Hand a digest to the receiver.

    Raises:
        Transient: `DIGEST_UNDELIVERED` with the reason.
    """
    body = orjson.dumps(document)
    headers = {"Content-Type": "application/json", "User-Agent": f"hr-pipeline/{__version__}", DIGEST_ID: message_id}
    if webhook.secret:
        headers[SIGNATURE] = signature(webhook.secret, body)
    reason = _answered(webhook.url, body, headers, certificates, deadline)
    if reason is not None:
        raise Transient(Code.DIGEST_UNDELIVERED, channel=Channel.WEBHOOK, reason=reason)


def _answered(url: str, body: bytes, headers: dict[str, str], certificates: SSLContext, deadline: float) -> Phrase | None:
    """Why the receiver did not take it, or None."""
    client = httpx.Client(
        transport=DeadlineTransport(certificates, 1),
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )
    try:
        with client, total_deadline(time.monotonic() + deadline), client.stream("POST", url, content=body, headers=headers) as response:
            status = response.status_code
    except httpcore.TimeoutException:
        return fault(DeliveryFault.TIMED_OUT, seconds=round(deadline))
    except httpcore.ConnectError as error:
        return fault(DeliveryFault.CERTIFICATE if is_certificate_fault(error) else DeliveryFault.UNREACHABLE)
    except (httpcore.NetworkError, httpcore.ProtocolError):
        return fault(DeliveryFault.UNREACHABLE)
    if 200 <= status < 300:
        return None
    return fault(DeliveryFault.REDIRECT) if 300 <= status < 400 else fault(DeliveryFault.REFUSED, status=status)
