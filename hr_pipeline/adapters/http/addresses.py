"""Which addresses something may be sent to, and which texts may travel in a header.

https to a known host, or anything on loopback; the parser is the one that later sends, so that both see the same host.
May import: `domain`.
"""

import ipaddress
from collections.abc import Collection, Iterable, Mapping

import httpx

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.pull_faults import PullFault, reason
from hr_pipeline.domain.refusals import Permanent


def checked_address(url: str, *, provider: str, setting: str, hosts: Collection[str]) -> str:
    """The address without its last slash, when requests may go there.

    Args:
        url: Base address of an API or of a token endpoint.
        provider: Name for the refusal.
        setting: Name of the setting it came from, for the refusal. The address itself is not repeated: it may hold a password.
        hosts: Hosts that may be spoken to over https. Loopback always may, over http too.

    Raises:
        Permanent: `ADDRESS_REFUSED`.
    """
    address = _parsed(url)
    fault = PullFault.MALFORMED if address is None else _fault(address, hosts)
    if fault is not None:
        raise Permanent(
            Code.ADDRESS_REFUSED, provider=provider, setting=setting, host=address.host if address else "", reason=reason(fault)
        )
    return str(address).rstrip("/")


def configured_hosts(environ: Mapping[str, str], variables: Iterable[str]) -> frozenset[str]:
    """Hosts the operator named in the environment: as trusted as the provider's documented ones."""
    addresses = (_parsed(environ[v]) for v in variables if environ.get(v))
    return frozenset(a.host for a in addresses if a is not None and a.host)


def header_value(secret: str, *, provider: str) -> str:
    """A token or key as it may stand in a header, without the line end that a file or a shell adds.

    Raises:
        Permanent: `CREDENTIAL_REFUSED` when it can't be one; the HTTP library would quote it in its own error.
    """
    text = secret.strip()
    if not text or not text.isascii() or not text.isprintable():
        raise Permanent(Code.CREDENTIAL_REFUSED, provider=provider)
    return text


def _parsed(url: str) -> httpx.URL | None:
    try:
        return httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError):
        return None


def _fault(address: httpx.URL, hosts: Collection[str]) -> PullFault | None:
    if address.scheme not in ("http", "https") or not address.host or address.userinfo or address.query or address.fragment:
        return PullFault.MALFORMED
    if _on_loopback(address.host):
        return None
    if address.scheme != "https":
        return PullFault.NOT_HTTPS
    return None if address.host in hosts else PullFault.UNKNOWN_HOST


def _on_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
