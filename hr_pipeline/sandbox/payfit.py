"""PayFit's API: a company, its collaborators, their contracts. Contract: contracts/payfit.md.

The OAuth host is `oauth`. May import: `apps`, `companies`, `desk`, `effects`, `faults`, `payfit_shapes`, `travel`.
"""

import base64
import binascii
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel
from starlette.responses import Response

from hr_pipeline.sandbox.apps import BEARER, error_responses, provider_app
from hr_pipeline.sandbox.companies import Company, ProviderName, Resource
from hr_pipeline.sandbox.desk import Desk, Grant, Refused
from hr_pipeline.sandbox.effects import SCOPED_KEYS, without_keys
from hr_pipeline.sandbox.faults import Call, Fault
from hr_pipeline.sandbox.payfit_shapes import Collaborators, CollaboratorShape, CompanyShape, Contracts, FrenchCompanyShape
from hr_pipeline.sandbox.people import Row
from hr_pipeline.sandbox.travel import error_response

PAYFIT = ProviderName.PAYFIT
NEEDED_SCOPE = {Resource.COLLABORATORS: "collaborators:read", Resource.CONTRACTS: "contracts:read"}


CompanyId = Annotated[str, Path(alias="companyId")]
CollaboratorId = Annotated[str, Path(alias="collaboratorId")]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
MaxResults = Annotated[int, Query(ge=1, le=50, alias="maxResults")]
PageToken = Annotated[str | None, Query(alias="nextPageToken")]
InProgress = Annotated[bool, Query(alias="includeInProgressContracts")]
ERRORS = error_responses(PAYFIT, 400, 401, 403, 404, 429)


def company_of(desk: Desk, grant: Grant, resource: str) -> Company:
    """The company a PayFit token opens: its own, unless the token turns out to be another company's."""
    if grant.company is None:
        raise Refused(error_response(PAYFIT, 401, "Unauthorized"))
    wrong = desk.struck(Fault.OTHER_COMPANY_KEY, Call(PAYFIT, resource, grant.company))
    return desk.world.next_to(grant.company) if wrong else grant.company


def page_token(resource: Resource, offset: int) -> str:
    """The opaque token of the page that starts there."""
    return base64.urlsafe_b64encode(f"{resource.value}:{offset}".encode()).decode()


def page_start(resource: Resource, token: str | None) -> int:
    """Where the page of a token starts.

    Raises:
        Refused: 400; not a token of this list.
    """
    if not token:
        return 0
    try:
        name, _, offset = base64.urlsafe_b64decode(token).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        name, offset = "", ""
    if name != resource.value or not offset.isdigit():
        raise Refused(error_response(PAYFIT, 400, "Invalid nextPageToken"))
    return int(offset)


def admit(
    desk: Desk, resource: str, company_id: str, bearer: HTTPAuthorizationCredentials | None, start: tuple[int, str | None] = (1, None)
) -> tuple[Call, Grant, dict[str, str]]:
    """Lets a request in; `start` is its page number and token. What it may see, and the limit's headers.

    Raises:
        Refused: 401 without a valid credential, 404 for another company's id, 429.
    """
    token = bearer.credentials if bearer else ""
    opened = desk.grants.get(token)
    call = Call(PAYFIT, resource, opened.company if opened else None, *start)
    headers = desk.arrived(call)
    grant = desk.grant(call, token)
    if grant is None or desk.struck(Fault.CREDENTIAL_REVOKED, call):
        raise Refused(error_response(PAYFIT, 401, "Unauthorized", headers))
    if company_of(desk, grant, resource).company_id != company_id:
        raise Refused(error_response(PAYFIT, 404, "Not found", headers))
    return call, grant, headers


def payfit_app(desk: Desk) -> FastAPI:
    """The application behind `PAYFIT_BASE_URL`."""
    app = provider_app(PAYFIT, "PayFit (sandbox)", "Partner API, read only. A credential opens exactly one company.")

    @app.get("/companies/{companyId}", response_model=CompanyShape, responses=ERRORS)
    async def company(company_id: CompanyId, bearer: Bearer) -> Response:
        """The company that the credential opens."""
        call, _, headers = admit(desk, "company", company_id, bearer)
        return await desk.answer(call, _company_document(desk, company_id), headers)

    @app.get("/companies-fr/{companyId}", response_model=FrenchCompanyShape, responses=ERRORS)
    async def french_company(company_id: CompanyId, bearer: Bearer) -> Response:
        """The same, with its French registration numbers."""
        call, _, headers = admit(desk, "company", company_id, bearer)
        known = desk.world.by_id[company_id]
        return await desk.answer(call, _company_document(desk, company_id) | {"siren": known.siren, "siret": known.siret}, headers)

    _add_single(app, desk)
    for resource, model in ((Resource.COLLABORATORS, Collaborators), (Resource.CONTRACTS, Contracts)):
        _add_list(app, desk, resource, model)
    return app


def _add_single(app: FastAPI, desk: Desk) -> None:
    """One collaborator by their id: a path that we assume."""

    @app.get("/companies/{companyId}/collaborators/{collaboratorId}", response_model=CollaboratorShape, responses=ERRORS)
    async def collaborator(company_id: CompanyId, collaborator_id: CollaboratorId, bearer: Bearer) -> Response:
        """A person of the company, whether its list shows them or not."""
        call, grant, headers = admit(desk, "collaborator", company_id, bearer)
        if NEEDED_SCOPE[Resource.COLLABORATORS] not in grant.scopes:
            raise Refused(error_response(PAYFIT, 403, "Forbidden", headers))
        row = desk.single(call, company_id, collaborator_id, "terminationDate")
        if row is None:
            raise Refused(error_response(PAYFIT, 404, "Not found", headers))
        for scope in SCOPED_KEYS.keys() - grant.scopes:
            without_keys([row], SCOPED_KEYS[scope])
        return await desk.answer(call, row, headers)


def _add_list(app: FastAPI, desk: Desk, resource: Resource, model: type[BaseModel]) -> None:
    """One of a company's lists."""

    @app.get(f"/companies/{{companyId}}/{resource.value}", name=resource.value, response_model=model, responses=ERRORS)
    async def rows(
        company_id: CompanyId,
        bearer: Bearer,
        size: MaxResults = 10,
        token: PageToken = None,
        in_progress: InProgress = False,
    ) -> Response:
        """A page of the list."""
        limit = min(size, desk.options.page_limit or size)
        offset = page_start(resource, token)
        call, grant, headers = admit(desk, resource.value, company_id, bearer, (offset // limit + 1, token))
        if NEEDED_SCOPE[resource] not in grant.scopes:
            raise Refused(error_response(PAYFIT, 403, "Forbidden", headers))
        people = desk.world.populations[company_id]
        start, total = desk.window(call, offset, limit, people.count(resource, desk.night, in_progress=in_progress))
        page = people.rows(resource, desk.night, start, start + limit, in_progress=in_progress)
        for scope in SCOPED_KEYS.keys() - grant.scopes:
            without_keys(page, SCOPED_KEYS[scope])
        return await desk.answer(call, _page_document(desk, call, resource, page, start + limit, total), headers)


def _page_document(desk: Desk, call: Call, resource: Resource, page: list[Row], following: int, total: int) -> dict[str, Any]:
    token = page_token(resource, following) if following < total else None
    if desk.struck(Fault.REPEATED_CURSOR, call):
        token = call.cursor
    return {resource.value: page, "meta": {"nextPageToken": token, "count": total if desk.options.payfit_count == "total" else len(page)}}


def _company_document(desk: Desk, company_id: str) -> dict[str, Any]:
    active = desk.world.populations[company_id].active_contracts(desk.night)
    return {"id": company_id, "name": desk.world.by_id[company_id].name, "country": "FR", "nbActiveContracts": active}
