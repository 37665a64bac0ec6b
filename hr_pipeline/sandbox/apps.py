"""What makes a FastAPI application one of a provider's: its error shape, an OpenAPI document that is true, a documentation page offline.

May import: `companies`, `desk`, `travel`.
"""

from typing import Any

import swagger_ui_bundle
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from hr_pipeline.sandbox.companies import ProviderName
from hr_pipeline.sandbox.desk import Refused
from hr_pipeline.sandbox.travel import error_response

OPENAPI_VERSION = "3.0.3"  # the newest that the bundled page displays
BEARER = HTTPBearer(auto_error=False)


class SecurexError(BaseModel):
    """Error of the gateway."""

    statusCode: int  # noqa: N815 - the provider's name
    message: str


class PayFitError(BaseModel):
    """Error of the API."""

    message: str


def error_responses(provider: ProviderName, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declared errors of an endpoint."""
    model = SecurexError if provider is ProviderName.SECUREX else PayFitError
    return {status: {"model": model} for status in statuses}


def provider_app(provider: ProviderName, title: str, description: str) -> FastAPI:
    """An application with `/docs` and `/openapi.json`, whose errors look like the provider's. A malformed request gets 400."""
    app = FastAPI(title=title, description=description, version="sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=str(swagger_ui_bundle.swagger_ui_path)))

    @app.exception_handler(Refused)
    async def refused(_: Request, refusal: Refused) -> Response:
        return refusal.response

    @app.exception_handler(HTTPException)
    async def unknown(_: Request, problem: HTTPException) -> Response:
        return error_response(provider, problem.status_code, problem.detail)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, problem: RequestValidationError) -> Response:
        places = sorted({".".join(map(str, error["loc"])) for error in problem.errors()})
        return error_response(provider, 400, f"Invalid request: {', '.join(places)}")

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> dict[str, Any]:
        return {**as_openapi_3_0(app.openapi()), "openapi": OPENAPI_VERSION, "servers": [{"url": request.scope["root_path"]}]}

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope["root_path"]
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=title,
            swagger_js_url=f"{root}/static/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/static/swagger-ui.css",
            swagger_favicon_url=f"{root}/static/favicon-32x32.png",
        )

    return app


def as_openapi_3_0(node: Any) -> Any:
    """A 3.1 document without what 3.0 doesn't know: a null variant becomes `nullable`."""
    if isinstance(node, list):
        return [as_openapi_3_0(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {key: as_openapi_3_0(value) for key, value in node.items()}
    variants = converted.get("anyOf", [])
    if {"type": "null"} in variants:
        rest = [variant for variant in variants if variant != {"type": "null"}]
        del converted["anyOf"]
        converted |= {"nullable": True, **(rest[0] if len(rest) == 1 else {"anyOf": rest})}
    return converted
