"""PayFit's OAuth host: a consent page, tokens for authorisation codes, introspection. Contract: contracts/payfit.md.

May import: `apps`, `companies`, `desk`, `faults`, `payfit`, `securex` (RFC 6749 errors), `travel`.
"""

import secrets
import time
from dataclasses import dataclass
from html import escape
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, FastAPI, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel
from starlette.responses import Response

from hr_pipeline.sandbox.apps import BEARER, error_responses, provider_app
from hr_pipeline.sandbox.companies import Company, ProviderName
from hr_pipeline.sandbox.desk import ALL_SCOPES, PAYFIT_CLIENT, Desk, Refused
from hr_pipeline.sandbox.faults import Call, Fault
from hr_pipeline.sandbox.payfit import company_of
from hr_pipeline.sandbox.securex import ClientCredentials, OAuthError, Token, oauth_error
from hr_pipeline.sandbox.travel import error_response

PAYFIT = ProviderName.PAYFIT
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CODE_SECONDS = 600


class CompanyToken(Token):
    """An access token and the company it opens."""

    company_id: str


class Introspection(BaseModel):
    """What is known of a token; only `active` when it is not."""

    active: bool
    scope: str | None = None
    company_id: str | None = None
    token_type: str | None = None


class IntrospectionRequest(BaseModel):
    """The token to look at."""

    token: str


@dataclass(frozen=True, slots=True)
class Code:
    """An authorisation code: single use, bound to where it was sent."""

    company: Company
    scopes: frozenset[str]
    redirect_uri: str
    expires: float


class AuthorizationRequest(BaseModel):
    """What the consent page is opened with, and carries along."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    state: str = ""
    scope: str = ""


class Decision(AuthorizationRequest):
    """What the customer chose on it."""

    company_id: str = ""
    decision: str = ""


class CodeExchange(ClientCredentials):
    """What a token is asked with."""

    code: str = ""
    redirect_uri: str = ""


def check_request(request: AuthorizationRequest) -> None:
    """Refuses what must not be sent anywhere: unknown clients, and addresses beyond this machine.

    Raises:
        Refused: 400, shown to the person instead of a redirection (RFC 6749, 4.1.2.1).
    """
    address = urlsplit(request.redirect_uri)
    if request.client_id != PAYFIT_CLIENT[0]:
        raise Refused(error_response(PAYFIT, 400, "Unknown client_id"))
    if address.scheme != "http" or address.hostname not in LOOPBACK:
        raise Refused(error_response(PAYFIT, 400, "redirect_uri must be a loopback address"))
    if request.response_type != "code":
        raise Refused(error_response(PAYFIT, 400, "response_type must be code"))


def consent_page(request: AuthorizationRequest, companies: tuple[Company, ...]) -> str:
    """The page on which a customer chooses the company and agrees."""
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in request.model_dump().items())
    choices = "".join(f'<option value="{company.company_id}">{escape(company.name)}</option>' for company in companies)
    wanted = "".join(f"<li>{escape(scope)}</li>" for scope in request.scope.split())
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>PayFit (sandbox): authorise</title>
<h1>PayFit (sandbox)</h1><p>hr-pipeline asks to read:</p><ul>{wanted}</ul>
<form method="post">{hidden}<label>Company <select name="company_id">{choices}</select></label>
<button name="decision" value="approve">Authorise</button> <button name="decision" value="deny">Refuse</button></form></html>"""


def oauth_app(desk: Desk) -> FastAPI:
    """The application behind `PAYFIT_OAUTH_URL`."""
    app = provider_app(PAYFIT, "PayFit OAuth (sandbox)", "Authorisation code flow without refresh tokens, and introspection.")
    codes: dict[str, Code] = {}
    _add_consent(app, desk, codes)
    _add_token(app, desk, codes)
    _add_introspection(app, desk)
    return app


def _add_consent(app: FastAPI, desk: Desk, codes: dict[str, Code]) -> None:
    """The page on which a customer agrees, and where its form goes."""

    @app.get("/authorize", response_class=HTMLResponse, responses=error_responses(PAYFIT, 400))
    async def authorize(request: Annotated[AuthorizationRequest, Query()]) -> HTMLResponse:
        """The consent page."""
        desk.arrived(Call(PAYFIT, "authorize"))
        check_request(request)
        return HTMLResponse(consent_page(request, desk.world.of(PAYFIT)))

    @app.post("/authorize", response_class=RedirectResponse, status_code=303, responses=error_responses(PAYFIT, 400))
    async def decide(request: Annotated[Decision, Form()]) -> RedirectResponse:
        """Sends the person back with a code, or with `access_denied`."""
        check_request(request)
        company = desk.world.by_id.get(request.company_id)
        answer = {"error": "access_denied"}
        if request.decision == "approve" and company is not None and company.provider is PAYFIT:
            scopes = frozenset(request.scope.split()) & frozenset(ALL_SCOPES)
            code = secrets.token_urlsafe(16)
            codes[code] = Code(company, scopes, request.redirect_uri, time.monotonic() + CODE_SECONDS)
            answer = {"code": code}
        separator = "&" if urlsplit(request.redirect_uri).query else "?"
        return RedirectResponse(f"{request.redirect_uri}{separator}{urlencode(answer | {'state': request.state})}", 303)


def _add_token(app: FastAPI, desk: Desk, codes: dict[str, Code]) -> None:
    """Tokens for authorisation codes."""

    @app.post("/token", response_model=CompanyToken, responses={400: {"model": OAuthError}, 401: {"model": OAuthError}})
    async def token(form: Annotated[CodeExchange, Form()]) -> Response:
        """A token for a code, once."""
        call = Call(PAYFIT, "token")
        desk.arrived(call)
        if (form.client_id, form.client_secret) != PAYFIT_CLIENT or desk.struck(Fault.CREDENTIAL_REVOKED, call):
            raise oauth_error("invalid_client", "Client authentication failed.", 401)
        if form.grant_type != "authorization_code":
            raise oauth_error("unsupported_grant_type", "Only authorization_code is supported.")
        known = codes.pop(form.code, None)
        if known is None or known.redirect_uri != form.redirect_uri or known.expires < time.monotonic():
            raise oauth_error("invalid_grant", "The code is unknown, used, expired or was sent elsewhere.")
        granted = desk.token(PAYFIT, known.company, known.scopes)
        document = {
            "access_token": granted,
            "token_type": "bearer",
            "expires_in": desk.options.token_seconds,
            "company_id": known.company.company_id,
        }
        return await desk.answer(call, document)


def _add_introspection(app: FastAPI, desk: Desk) -> None:
    """What is known of a token."""

    @app.post("/introspect", response_model=Introspection, responses=error_responses(PAYFIT, 400, 401, 403))
    async def introspect(body: IntrospectionRequest, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Response:
        """Whether a token is valid, for which company and scopes."""
        opened = desk.grants.get(body.token)
        call = Call(PAYFIT, "introspect", opened.company if opened else None)
        grant = desk.grant(call, body.token)
        desk.arrived(call)
        if bearer is None:
            raise Refused(error_response(PAYFIT, 401, "Unauthorized"))
        revoked = desk.struck(Fault.CREDENTIAL_REVOKED, call)
        if revoked and revoked.value != "inactive":
            raise Refused(error_response(PAYFIT, int(revoked.value), "Unauthorized" if revoked.value == "401" else "Forbidden"))
        if grant is None or revoked:
            return await desk.answer(call, {"active": False})
        document = {
            "active": True,
            "scope": " ".join(sorted(grant.scopes)),
            "company_id": company_of(desk, grant, "introspect").company_id,
            "token_type": "bearer",
        }
        return await desk.answer(call, document)
