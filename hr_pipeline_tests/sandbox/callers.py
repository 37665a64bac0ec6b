"""A bare HTTP client of the sandbox: what the servers really send, without any of our adapters in between."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx

from hr_pipeline.sandbox import Sandbox
from hr_pipeline.sandbox.companies import Company, ProviderName

TIMEOUT_SECONDS = 5


class Caller:
    """Calls one sandbox as a partner would, one request at a time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.environment = sandbox.environment
        self.client = httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS)
        self.employer = next((c for c in sandbox.companies if c.provider is ProviderName.SECUREX), None)
        self.customer = next((c for c in sandbox.companies if c.provider is ProviderName.PAYFIT), None)
        self.token = ""

    def __enter__(self) -> Self:
        """Nothing to open."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Releases connections."""
        self.client.close()

    def ask_token(self, **form: str) -> httpx.Response:
        """Asks Securex's token endpoint, with the right credentials unless told otherwise."""
        usual = {
            "grant_type": "client_credentials",
            "client_id": self.environment["SECUREX_CLIENT_ID"],
            "client_secret": self.environment["SECUREX_CLIENT_SECRET"],
        }
        return self.client.post(self.environment["SECUREX_TOKEN_URL"], data=usual | form)

    def securex(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> httpx.Response:
        """Reads a path of Securex's API with a token (asked for once) and the primary key."""
        self.token = self.token or self.ask_token().json()["access_token"]
        usual = {"Authorization": f"Bearer {self.token}", "Ocp-Apim-Subscription-Key": self.environment["SECUREX_SUBSCRIPTION_KEY"]}
        return self.client.get(self.environment["SECUREX_BASE_URL"] + path, params=params, headers=usual | (headers or {}))

    def employer_list(self, resource: str, company: Company | None = None, **params: Any) -> httpx.Response:
        """Reads a page of a list of the first employer, or of another."""
        employer = company or self.employer
        assert employer is not None
        return self.securex(f"/employers/{employer.company_id}/{resource}", **params)

    def payfit(self, path: str, token: str | None = None, **params: Any) -> httpx.Response:
        """Reads a path of PayFit's API with the first customer's key, or another token."""
        return self.client.get(
            self.environment["PAYFIT_BASE_URL"] + path, params=params, headers={"Authorization": f"Bearer {token or self.key()}"}
        )

    def customer_list(self, resource: str, company: Company | None = None, token: str | None = None, **params: Any) -> httpx.Response:
        """Reads a page of a list of the first customer, or of another."""
        customer = company or self.customer
        assert customer is not None
        return self.payfit(f"/companies/{customer.company_id}/{resource}", token or self.key(customer), **params)

    def introspect(self, token: str) -> httpx.Response:
        """Asks PayFit what a token opens."""
        address = f"{self.environment['PAYFIT_OAUTH_URL']}/introspect"
        return self.client.post(address, json={"token": token}, headers={"Authorization": f"Bearer {token}"})

    def key(self, company: Company | None = None) -> str:
        """API key of the first customer, or of another."""
        customer = company or self.customer
        assert customer is not None
        assert customer.key_env is not None
        return self.environment[customer.key_env]

    def everybody(self, company: Company) -> list[dict[str, Any]]:
        """All rows of a company's list of people, page by page as the contract says."""
        rows: list[dict[str, Any]] = []
        if company.provider is ProviderName.SECUREX:
            while True:
                document = self.employer_list("workers", company, page=len(rows) // 200 + 1).json()
                rows += document["items"]
                if len(rows) >= document["totalCount"]:
                    return rows
        token: str | None = ""
        while token is not None:
            document = self.customer_list("collaborators", company, maxResults=50, nextPageToken=token).json()
            rows += document["collaborators"]
            token = document["meta"]["nextPageToken"]
        return rows


def rows_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """Rows of a page of either provider."""
    document = answer.json()
    rows: list[dict[str, Any]] = next(document[key] for key in ("items", "collaborators", "contracts") if key in document)
    return rows


def both(caller: Caller, **params: Any) -> tuple[httpx.Response, httpx.Response]:
    """The people of the first company of each provider."""
    return caller.employer_list("workers", **params), caller.customer_list("collaborators", **params)


Strike = Callable[[str], Caller]  # the fixture `struck`: puts a fault in force, which the test must hit
