"""The two providers as the smallest servers that keep their contracts, each with the faults its adapter must survive.

A test changes rows and settings on the object; what it can't reach so, it does in `meddle`. The sandbox is the fuller picture.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from hr_pipeline.adapters.http import Patience
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.adapters.providers.servers import Reaction, Reply, ScriptedServer, Seen, document

QUICK = Patience(deadline=5.0, first_wait=0.001, longest_wait=0.002, longest_asked=0.05)
Row = dict[str, Any]
Meddle = Callable[[Seen, Row], Row | Reaction]
PRIMARY, SECONDARY = "primary-key", "secondary-key"


class Kept:
    """A sink that keeps its pages in memory."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def add(self, page: Page) -> None:
        """Keep one page."""
        self.pages.append(page)


def fault_of(refusal: Refusal) -> PullFault:
    """The reason inside a refusal."""
    phrase = refusal.params["reason"]
    assert isinstance(phrase, Phrase)
    assert isinstance(phrase.key, PullFault)
    return phrase.key


def untouched(seen: Seen, said: Row) -> Row:
    """Meddles with nothing."""
    return said


def worker(number: int, **changes: object) -> Row:
    """A worker of Securex."""
    row = {
        "workerId": str(number),
        "employeeNumber": f"{number:05}",
        "firstName": "Zoé",
        "lastName": f"Lefèvre {number}",
        "birthDate": "1991-03-07",
        "email": f"zoe.{number}@example.org",
        "language": "F",
        "startDate": "2019-09-01",
        "endDate": None,
    }
    return row | changes


def remuneration(number: int, **changes: object) -> Row:
    """A remuneration of Securex."""
    row = {
        "workerId": str(number),
        "occupation": 1,
        "payType": "monthly",
        "grossAmount": "3250.50",
        "currency": "EUR",
        "weeklyHours": "30:24",
        "referenceWeeklyHours": "38:00",
        "employerContributionPercentage": "27.50",
        "validFrom": "2024-01-01",
        "validTo": "9999-12-31",
    }
    return row | changes


def component(number: int, **changes: object) -> Row:
    """A salary component of Securex."""
    row = {
        "workerId": str(number),
        "code": "MEAL",
        "label": "Chèques-repas",
        "amount": "120.00",
        "currency": "EUR",
        "frequency": "monthly",
        "validFrom": "2024-01-01",
        "validTo": None,
    }
    return row | changes


class FakeSecurex(ScriptedServer):
    """One employer, `E1`. A token is good until `expired` says otherwise."""

    def __init__(self, people: int = 0) -> None:
        super().__init__(self._answer)
        self.rows: dict[str, list[Row]] = {
            "employers": [{"employerId": "E1", "vatNumber": "BE 0403.170.701", "name": "Brasserie Invention", "active": True}],
            "workers": [worker(number) for number in range(people)],
            "remunerations": [remuneration(number) for number in range(people)],
            "salary-components": [component(number) for number in range(0, people, 2)],
        }
        self.unlisted: list[Row] = []  # workers known one by one whom the list leaves out
        self.largest_page = 200
        self.keys = {PRIMARY, SECONDARY}
        self.granted = 0
        self.good_token = ""
        self.refuse_client = False
        self.grant: Row | None = None  # instead of a token
        self.meddle: Meddle = untouched

    @property
    def secrets(self) -> dict[str, str]:
        """What a session is opened with."""
        return {
            "base_url": f"{self.url}/api",
            "token_url": f"{self.url}/token",
            "client_id": "client",
            "client_secret": "client-secret",
            "subscription_key": PRIMARY,
            "subscription_key_secondary": SECONDARY,
        }

    def revoke_token(self) -> None:
        """The token in use is no longer good."""
        self.good_token = "none"

    def asked(self, resource: str) -> list[str]:
        """Numbers of the pages asked for, in the order of arrival."""
        return [seen.query["page"] for seen in self.requests if seen.path.endswith(resource)]

    def _answer(self, seen: Seen) -> Reaction:
        if seen.path == "/token":
            return self._token(seen)
        if seen.headers.get("ocp-apim-subscription-key") not in self.keys:
            return document({"statusCode": 401, "message": "Access denied due to invalid subscription key. Make sure to …"}, 401)
        resource = seen.path.rsplit("/", 1)[1]
        if "/workers/" in seen.path:
            return self._single(seen, resource)
        number, size = int(seen.query["page"]), min(int(seen.query["pageSize"]), self.largest_page)
        rows = self.rows[resource]
        said: Row = {"items": rows[size * (number - 1) : size * number], "page": number, "pageSize": size, "totalCount": len(rows)}
        met = self.meddle(seen, said)
        if seen.headers.get("authorization") != f"Bearer {self.good_token}":
            return document({"message": "Unauthorized"}, 401)
        return document(met) if isinstance(met, dict) else met

    def _single(self, seen: Seen, worker_id: str) -> Reaction:
        found = [row for row in (*self.rows["workers"], *self.unlisted) if row["workerId"] == unquote(worker_id)]
        met = self.meddle(seen, found[0] if found else {})
        if seen.headers.get("authorization") != f"Bearer {self.good_token}":
            return document({"message": "Unauthorized"}, 401)
        return (document(met) if met else document({"message": "Resource not found"}, 404)) if isinstance(met, dict) else met

    def _token(self, seen: Seen) -> Reply:
        form = seen.form
        if self.refuse_client or (form["client_id"], form["client_secret"]) != ("client", "client-secret"):
            return document({"error": "invalid_client", "error_description": "…"}, 400)
        if self.grant is not None:
            return document(self.grant)
        self.granted += 1
        self.good_token = f"token-{self.granted}"
        return document({"access_token": self.good_token, "token_type": "bearer", "expires_in": 3600})


COMPANY = "602e441f3e724b4d74a9cc87"
TOKEN = "a-payfit-token"


def collaborator(number: int, **changes: object) -> Row:
    """A collaborator of PayFit."""
    row = {
        "id": f"person-{number}",
        "matricule": f"{number:04}",
        "firstName": "Zoé",
        "lastName": f"Lefèvre {number}",
        "birthName": "Martin",
        "birthDate": "1991-03-07",
        "gender": "woman",
        "nationality": "FR",
        "emails": [
            {"type": "professional", "email": f"Zoe.{number}@Example.com"},
            {"type": "personal", "email": f"zoe.{number}@example.org"},
        ],
        "phoneNumbers": [{"type": "personal", "phoneNumber": "06 12 34 56 78"}],
        "managerId": None,
        "teamName": "Ops",
        "terminationDate": None,
        "contracts": [{"id": f"contract-{number}", "startDate": "2020-03-02", "endDate": None, "status": "ACTIVE"}],
    }
    return row | changes


def contract(number: int, **changes: object) -> Row:
    """A contract of PayFit."""
    row = {
        "contractId": f"contract-{number}",
        "companyId": COMPANY,
        "collaboratorId": f"person-{number}",
        "jobName": "Analyste",
        "status": "ACTIVE",
        "startDate": "2020-03-02",
        "endDate": None,
        "contactEmail": None,
        "standardWeeklyHours": 28,
        "fullTimeEquivalent": 0.8,
        "isFullTime": False,
    }
    return row | changes


class FakePayfit(ScriptedServer):
    """One company and one token."""

    def __init__(self, people: int = 0) -> None:
        super().__init__(self._answer)
        self.rows: dict[str, list[Row]] = {
            "collaborators": [collaborator(number) for number in range(people)],
            "contracts": [contract(number) for number in range(people)],
        }
        self.unlisted: list[Row] = []  # collaborators known one by one whom the list leaves out
        self.owner = COMPANY
        self.active: object = True
        self.country = "FR"
        self.siren: str | None = "443061841"
        self.tokens = {TOKEN}
        self.forbidden: set[str] = set()  # resources a missing scope closes
        self.ends_with: object = None  # the cursor of a last page
        self.meddle: Meddle = untouched

    @property
    def secrets(self) -> dict[str, str]:
        """What a session is opened with."""
        return {
            "base_url": f"{self.url}/api",
            "oauth_url": f"{self.url}/oauth",
            "token": TOKEN,
            "client_id": "client",
            "client_secret": "client-secret",
        }

    def asked(self, resource: str) -> list[str | None]:
        """Cursors asked for, in the order of arrival."""
        return [seen.query.get("nextPageToken") for seen in self.requests if seen.path.endswith(resource)]

    def _answer(self, seen: Seen) -> Reaction:
        resource = seen.path.rsplit("/", 1)[1]
        if seen.path == "/oauth/token":
            met = self.meddle(seen, {"access_token": TOKEN, "token_type": "bearer", "company_id": self.owner, "expires_in": 3600})
        elif seen.headers.get("authorization") not in {f"Bearer {token}" for token in self.tokens}:
            return document({"message": "Unauthorized"}, 401)
        elif resource in self.forbidden:
            return document({"message": "Forbidden"}, 403)
        else:
            met = self.meddle(seen, self._said(seen, resource))
            if met == {} and "/collaborators/" in seen.path:
                return document({"message": "Not found"}, 404)
        return document(met) if isinstance(met, dict) else met

    def _said(self, seen: Seen, resource: str) -> Row:
        if "/collaborators/" in seen.path:
            found = [row for row in (*self.rows["collaborators"], *self.unlisted) if row["id"] == unquote(resource)]
            return found[0] if found else {}
        if resource == "introspect":
            return {"active": self.active, "scope": "a b c", "company_id": self.owner, "token_type": "bearer"}
        if resource not in self.rows:
            about = {"id": resource, "name": "Vélodrome Invention", "country": self.country, "nbActiveContracts": 1}
            return about | ({"siren": self.siren} if "companies-fr" in seen.path else {})
        start, size = int(seen.query.get("nextPageToken") or 0), int(seen.query["maxResults"])
        rows = self.rows[resource][start : start + size]
        following = str(start + size) if start + size < len(self.rows[resource]) else self.ends_with
        return {resource: rows, "meta": {"nextPageToken": following, "count": len(rows)}}


def on_page(resource: str, number: object, change: Callable[[Row], Row | Reaction]) -> Meddle:
    """Meddles with one page of one list: its number, or its cursor."""

    def meddle(seen: Seen, said: Row) -> Row | Reaction:
        place: Mapping[str, str] = seen.query
        here = place.get("page", place.get("nextPageToken"))
        return change(said) if seen.path.endswith(resource) and here == number else said

    return meddle
