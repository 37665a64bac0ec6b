"""PayFit's OAuth consent: the address a person opens, and the code that comes back turned into a token.

The listener for the code and the check of `state` belong to `connect`. There is no refresh token: an expired one is asked for again.
May import: `domain`, `adapters.http`, its neighbours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from hr_pipeline.adapters.http import Ask, Door, Pace, Patience, checked_address, header_value
from hr_pipeline.adapters.providers.payfit import contract as c
from hr_pipeline.adapters.providers.proof import changed
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent


@dataclass(frozen=True, slots=True)
class Consent:
    """What a company granted. `company_id` and `seconds` may not be said; `session.companies()` tells the company for sure."""

    token: str = field(repr=False)
    company_id: str | None
    seconds: float | None


def authorisation_url(secrets: Mapping[str, str], *, redirect_uri: str, state: str) -> str:
    """The address at which a company's administrator consents.

    Args:
        secrets: `client_id`, `oauth_url` (default: production).
        redirect_uri: Where PayFit sends the code.
        state: Unguessable; must come back unchanged.

    Raises:
        Permanent: `ENVIRONMENT_INCOMPLETE`, `ADDRESS_REFUSED`.
    """
    _require(secrets, "client_id")
    query = {
        "client_id": secrets["client_id"],
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "state": state,
        "scope": " ".join(c.SCOPES),
    }
    return f"{_oauth_url(secrets)}{c.AUTHORIZE}?{urlencode(query)}"


def granted_consent(
    secrets: Mapping[str, str],
    *,
    code: str,
    redirect_uri: str,
    patience: Patience | None = None,
) -> Consent:
    """The token a code stands for. Sent once only: a code is good for one use.

    Args:
        secrets: `client_id`, `client_secret`, `oauth_url` (default: production).
        code: As PayFit sent it to the redirect address.
        redirect_uri: The one the code was asked with.
        patience: Limits of the request.

    Raises:
        Permanent: `ENVIRONMENT_INCOMPLETE`, `ADDRESS_REFUSED`, `CREDENTIAL_REFUSED` (the code is refused or expired),
            `PROVIDER_CHANGED`.
        Transient: `PROVIDER_UNAVAILABLE`.
    """
    _require(secrets, "client_id", "client_secret")
    form = {
        "grant_type": "authorization_code",
        "client_id": secrets["client_id"],
        "client_secret": secrets["client_secret"],
        "code": code,
        "redirect_uri": redirect_uri,
    }
    oauth_url = _oauth_url(secrets)
    ask = Ask("POST", oauth_url + c.TOKEN, "token", form=form, once=True)
    door = Door(c.NAME, (oauth_url,), Pace(None), patience or Patience(), in_flight=1)
    try:
        answer = door.answer(ask)
    finally:
        door.close()
    if answer.status in (400, 401, 403):
        raise Permanent(Code.CREDENTIAL_REFUSED, provider=c.NAME, resource="token", status=answer.status)
    said = answer.document if isinstance(answer.document, dict) else {}
    token, company, seconds = said.get("access_token"), said.get("company_id"), said.get("expires_in")
    if not isinstance(token, str):
        raise changed(c.NAME, "token", PullFault.SHAPE, expected="access_token")
    return Consent(
        header_value(token, provider=c.NAME),
        company if isinstance(company, str) else None,
        float(seconds) if type(seconds) is int else None,
    )


def _oauth_url(secrets: Mapping[str, str]) -> str:
    return checked_address(secrets.get("oauth_url") or c.OAUTH_URL, provider=c.NAME, setting=c.ADDRESSES["oauth_url"])


def _require(secrets: Mapping[str, str], *keys: str) -> None:
    if missing := [f"PAYFIT_{key.upper()}" for key in keys if not secrets.get(key)]:
        raise Permanent(Code.ENVIRONMENT_INCOMPLETE, provider=c.NAME, variables=", ".join(missing))
