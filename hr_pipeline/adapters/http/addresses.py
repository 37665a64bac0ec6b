"""Which addresses something may be sent to, and which texts may travel in a header.

An address comes from the operator's environment or is the provider's documented one; here it must be https, or loopback. The
parser is the one that later sends, so that both see the same host. May import: `domain`.
"""

import ipaddress
import re

import httpx

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.pull_faults import PullFault, reason
from hr_pipeline.domain.refusals import Permanent


def checked_address(url: str, *, provider: str, setting: str) -> str:
    """The address without its last slash, when requests may go there.

    Args:
        url: Base address of an API or of a token endpoint.
        provider: Name for the refusal.
        setting: Variable it came from, for the refusal. The address itself is not repeated: it may hold a password.

    Raises:
        Permanent: `ADDRESS_REFUSED` for anything but https (http to loopback), and for what a base address can't have: user, query,
            fragment.
    """
    try:
        address = httpx.URL(url.strip())
        fault = _fault(address)
    except (httpx.InvalidURL, ValueError):
        raise _refused(provider, setting, "", PullFault.MALFORMED) from None
    if fault is not None:
        raise _refused(provider, setting, address.host, fault)
    return str(address).rstrip("/")


def header_value(secret: str, *, provider: str) -> str:
    """A token or key as it may stand in a header, without the line end that a file or a shell adds.

    Raises:
        Permanent: `CREDENTIAL_REFUSED` when it can't be one; the HTTP library would quote it in its own error.
    """
    text = secret.strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise Permanent(Code.CREDENTIAL_REFUSED, provider=provider)
    return text


def _refused(provider: str, setting: str, host: str, fault: PullFault) -> Permanent:
    return Permanent(Code.ADDRESS_REFUSED, provider=provider, setting=setting, host=host or None, reason=reason(fault))


def _fault(address: httpx.URL) -> PullFault | None:
    host = address.host
    if address.scheme not in ("http", "https") or address.userinfo or address.query or address.fragment:
        return PullFault.MALFORMED
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", host):
            return PullFault.MALFORMED
    return None if loopback or address.scheme == "https" else PullFault.NOT_HTTPS
