"""Securex's API and token endpoint. Only the authentication is public; the resources are our assumption: contracts/securex.md.

May import: `apps`, `companies`, `desk`, `faults`, `travel`.
"""

from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

import orjson
from fastapi import Depends, FastAPI, Form, Path, Query
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from hr_pipeline.sandbox.apps import BEARER, error_responses, provider_app
from hr_pipeline.sandbox.companies import ProviderName, Resource
from hr_pipeline.sandbox.desk import SECUREX_CLIENT, SUBSCRIPTION_KEYS, Desk, Refused
from hr_pipeline.sandbox.faults import Call, Fault
from hr_pipeline.sandbox.travel import JSON, error_response

SECUREX = ProviderName.SECUREX
KEY_HEADER = APIKeyHeader(name="Ocp-Apim-Subscription-Key", auto_error=False)
MISSING_KEY = "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."
INVALID_KEY = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
INVALID_TOKEN = "Unauthorized. Access token is missing, invalid or expired."  # noqa: S105 - words of an error


class Row(BaseModel):
    """Named in camel case on the wire."""

    model_config = ConfigDict(alias_generator=to_camel)


class Employer(Row):
    """An employer for which the integration is available."""

    employer_id: str
    vat_number: str
    name: str
    active: bool


class WorkerRow(Row):
    """A worker of an employer."""

    worker_id: str
    employee_number: str
    first_name: str | None
    last_name: str | None
    birth_date: str | None
    email: str | None
    language: Literal["F", "N", "D", "E"]
    start_date: str | None
    end_date: str | None


class Remuneration(Row):
    """What a worker earns in an occupation."""

    worker_id: str
    occupation: Literal[1, 2]
    pay_type: Literal["monthly", "hourly"]
    gross_amount: Decimal
    currency: str
    weekly_hours: str
    reference_weekly_hours: str
    employer_contribution_percentage: Decimal
    valid_from: str
    valid_to: str | None


class SalaryComponent(Row):
    """Something a worker receives beside the gross amount."""

    worker_id: str
    code: str
    label: str
    amount: Decimal
    currency: str
    frequency: Literal["monthly", "yearly", "once"]
    valid_from: str
    valid_to: str | None


Item = TypeVar("Item")


class Page(Row, Generic[Item]):
    """A page of a list; `totalCount` counts the whole list."""

    items: list[Item]
    page: int
    page_size: int
    total_count: int


class ClientCredentials(BaseModel):
    """What a token is asked with; what is left out is refused as RFC 6749 says."""

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = ""


class Token(BaseModel):
    """An access token."""

    access_token: str
    token_type: str
    expires_in: int


class OAuthError(BaseModel):
    """RFC 6749, 5.2."""

    error: str
    error_description: str


EmployerId = Annotated[str, Path(alias="employerId")]
WorkerId = Annotated[str, Path(alias="workerId")]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
Key = Annotated[str | None, Depends(KEY_HEADER)]
PageNumber = Annotated[int, Query(ge=1)]
PageSize = Annotated[int, Query(ge=1, le=200, alias="pageSize")]
LISTS = ((Resource.WORKERS, Page[WorkerRow]), (Resource.REMUNERATIONS, Page[Remuneration]), (Resource.COMPONENTS, Page[SalaryComponent]))


def oauth_error(error: str, description: str, status: int = 400) -> Refused:
    """An error of a token endpoint, in the words of RFC 6749."""
    return Refused(Response(orjson.dumps({"error": error, "error_description": description}), status, media_type=JSON))


def admit(desk: Desk, call: Call, bearer: HTTPAuthorizationCredentials | None, key: str | None) -> None:
    """Lets a call through the gateway: subscription key first, then the token.

    Raises:
        Refused: 401 or 429.
    """
    desk.arrived(call)
    if key not in SUBSCRIPTION_KEYS or (key == SUBSCRIPTION_KEYS[0] and desk.struck(Fault.PRIMARY_KEY_REVOKED, call)):
        raise Refused(error_response(SECUREX, 401, INVALID_KEY if key else MISSING_KEY))
    if desk.grant(call, bearer.credentials if bearer else "") is None or desk.struck(Fault.CREDENTIAL_REVOKED, call):
        raise Refused(error_response(SECUREX, 401, INVALID_TOKEN, {"WWW-Authenticate": "Bearer"}))


def securex_app(desk: Desk) -> FastAPI:
    """The application behind `SECUREX_BASE_URL` and `SECUREX_TOKEN_URL`."""
    app = provider_app(SECUREX, "Securex (sandbox)", "HR & Payroll API. Authentication as published; the resources are an assumption.")

    @app.post("/oauth2/token", response_model=Token, responses={400: {"model": OAuthError}, 401: {"model": OAuthError}})
    async def token(form: Annotated[ClientCredentials, Form()]) -> Response:
        """A token for the partner's client credentials."""
        call = Call(SECUREX, "token")
        desk.arrived(call)
        if form.grant_type != "client_credentials":
            raise oauth_error("unsupported_grant_type", "Only client_credentials is supported.")
        if (form.client_id, form.client_secret) != SECUREX_CLIENT or desk.struck(Fault.CREDENTIAL_REVOKED, call):
            raise oauth_error("invalid_client", "Client authentication failed.", 401)
        granted = desk.token(SECUREX, None, frozenset())
        return await desk.answer(call, {"access_token": granted, "token_type": "bearer", "expires_in": desk.options.token_seconds})

    @app.get("/employers", response_model=Page[Employer], responses=error_responses(SECUREX, 400, 401, 403, 429))
    async def employers(bearer: Bearer, key: Key, page: PageNumber = 1, size: PageSize = 200) -> Response:
        """Every employer for which the integration is available."""
        call = Call(SECUREX, "employers", page=page)
        admit(desk, call, bearer, key)
        rows = [
            {"employerId": company.company_id, "vatNumber": company.served_vat, "name": company.name, "active": True}
            for company in desk.world.of(SECUREX)
        ]
        limit = min(size, desk.options.page_limit or size)
        start = (page - 1) * limit
        document = {"items": rows[start : start + limit], "page": page, "pageSize": limit, "totalCount": len(rows)}
        return await desk.answer(call, document)

    for resource, model in LISTS:
        _add_list(app, desk, resource, model)
    _add_single(app, desk)
    return app


def _add_single(app: FastAPI, desk: Desk) -> None:
    """One worker by their id."""

    @app.get("/employers/{employerId}/workers/{workerId}", response_model=WorkerRow, responses=error_responses(SECUREX, 401, 403, 404, 429))
    async def worker(employer_id: EmployerId, worker_id: WorkerId, bearer: Bearer, key: Key) -> Response:
        """A worker, whether the list shows them or not."""
        company = desk.world.by_id.get(employer_id)
        call = Call(SECUREX, "worker", company)
        admit(desk, call, bearer, key)
        known = company is not None and company.provider is SECUREX
        row = desk.single(call, employer_id, worker_id, "endDate") if known else None
        if row is None:
            raise Refused(error_response(SECUREX, 404, "Resource not found"))
        return await desk.answer(call, row)


def _add_list(app: FastAPI, desk: Desk, resource: Resource, model: type[BaseModel]) -> None:
    """One of an employer's lists."""

    @app.get(
        f"/employers/{{employerId}}/{resource.value}",
        name=resource.value,
        response_model=model,
        responses=error_responses(SECUREX, 400, 401, 403, 404, 429),
    )
    async def rows(employer_id: EmployerId, bearer: Bearer, key: Key, page: PageNumber = 1, size: PageSize = 200) -> Response:
        """A page of the list."""
        company = desk.world.by_id.get(employer_id)
        call = Call(SECUREX, resource.value, company, page)
        admit(desk, call, bearer, key)
        if company is None or company.provider is not SECUREX:
            raise Refused(error_response(SECUREX, 404, "Resource not found"))
        people, night = desk.world.populations[employer_id], desk.night
        limit = min(size, desk.options.page_limit or size)
        start, total = desk.window(call, (page - 1) * limit, limit, people.count(resource, night))
        document = {"items": people.rows(resource, night, start, start + limit), "page": page, "pageSize": limit, "totalCount": total}
        return await desk.answer(call, document)
