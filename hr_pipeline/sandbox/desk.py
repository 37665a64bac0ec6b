"""What the endpoints share: the night, the faults in force, counters, limits, tokens, and the one way out of every endpoint.

One event loop serves everything, so nothing here is locked; the night and the faults may be replaced from any thread.
May import: everything of the sandbox but the applications and the server.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import Counter
from dataclasses import dataclass

import orjson
from starlette.responses import Response

from hr_pipeline.sandbox.companies import Company, ProviderName
from hr_pipeline.sandbox.effects import BODY_FAULTS, DOCUMENT_FAULTS, Document, Struck
from hr_pipeline.sandbox.faults import CREDENTIAL, DOORS, SINGLES, Call, Fault, FaultBoard, Order
from hr_pipeline.sandbox.options import SandboxOptions
from hr_pipeline.sandbox.people import Row
from hr_pipeline.sandbox.travel import ANSWER_FAULTS, JSON, RATE_LIMIT_WORDS, error_response
from hr_pipeline.sandbox.world import World

SECUREX_CLIENT = ("sandbox-securex", "sandbox-securex-secret")
PAYFIT_CLIENT = ("sandbox-payfit", "sandbox-payfit-secret")
SUBSCRIPTION_KEYS = ("sandbox-primary-key", "sandbox-secondary-key")
ALL_SCOPES = (
    "collaborators:read",
    "collaborators:contracts:read",
    "collaborators:personal:read",
    "contracts:read",
    "contracts:time-information:read",
)


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    """Ends a request with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(frozen=True, slots=True)
class Grant:
    """What a bearer token opens. `company` None: every employer (Securex)."""

    provider: ProviderName
    company: Company | None
    scopes: frozenset[str]
    expires: float  # on the monotonic clock


class Window:
    """Calls in the current second of the clock, against a limit."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.second = 0
        self.taken = 0

    def remaining(self) -> int:
        """Takes one call; how many are left in this second, negative when there was none."""
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.taken = second, 0
        self.taken += 1
        return (self.limit or 0) - self.taken


class Desk:
    """State of one running sandbox."""

    def __init__(self, options: SandboxOptions) -> None:
        self.world = World(options)
        self.requests: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()
        self.grants: dict[str, Grant] = {}
        self._windows = {
            ProviderName.SECUREX: Window(options.securex_calls_per_second),
            ProviderName.PAYFIT: Window(options.payfit_reads_per_second),
        }
        self.arrange(options)
        for company in self.world.of(ProviderName.PAYFIT):
            self.grants[api_key(company, options.seed)] = Grant(ProviderName.PAYFIT, company, frozenset(ALL_SCOPES), float("inf"))

    def arrange(self, options: SandboxOptions) -> None:
        """Puts another night or other faults in force, the script's own faults of the night among them.

        Raises:
            ValueError: A fault aims at what isn't there.
        """
        night = options.night
        written = ((script.faults[night - 1], script.company.company_id) for script in self.world.roster if night <= 2)
        board = FaultBoard((*options.faults, *(f"{fault}:{company_id}" for fault, company_id in written if fault)), self.hits)
        known = {label for company in self.world.companies for label in (company.company_id, company.name)} | set(ProviderName)
        if stray := {target for order in board.orders for target in order.targets} - known - CREDENTIAL - DOORS - SINGLES:
            raise ValueError(f"no provider, resource or company is called {', '.join(sorted(stray))}")
        self.options, self.board, self.night = options, board, night

    def token(self, provider: ProviderName, company: Company | None, scopes: frozenset[str]) -> str:
        """A new access token, in the shape of a signed JWT."""
        claims = {"iss": f"sandbox-{provider.value}", "iat": int(time.time()), "exp": int(time.time()) + self.options.token_seconds}
        parts = [{"typ": "JWT", "alg": "HS256"}, claims | {"jti": secrets.token_hex(8)}]
        unsigned = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        signature = hmac.digest(b"sandbox", unsigned.encode(), hashlib.sha256)
        token = f"{unsigned}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
        self.grants[token] = Grant(provider, company, scopes, time.monotonic() + self.options.token_seconds)
        return token

    def grant(self, call: Call, token: str) -> Grant | None:
        """What a token opens at the call's provider, unless it is unknown, has expired or expires with this call."""
        grant = self.grants.get(token)
        expiring = next((order for order in self.board.orders if order.fault is Fault.TOKEN_EXPIRES), None)
        ages = grant is not None and grant.expires < float("inf")
        if expiring and ages and call.page == int(expiring.value) and self.struck(Fault.TOKEN_EXPIRES, call):
            del self.grants[token]
            return None
        return grant if grant and grant.provider is call.provider and grant.expires > time.monotonic() else None

    def arrived(self, call: Call) -> dict[str, str]:
        """Counts a request and takes it from the provider's limit; headers that say what is left.

        Raises:
            Refused: 429 beyond the limit.
        """
        self.requests[f"{call.provider.value} {call.resource}"] += 1
        window = self._windows[call.provider]
        if window.limit is None or call.resource in DOORS:
            return {}
        remaining = window.remaining()
        securex = call.provider is ProviderName.SECUREX
        headers = {} if securex else {"X-RateLimit-Limit-Second": str(window.limit), "X-RateLimit-Remaining-Second": str(max(0, remaining))}
        if remaining < 0:
            late = {"Retry-After": "1"} if securex else headers
            raise Refused(error_response(call.provider, 429, RATE_LIMIT_WORDS[call.provider], late))
        return headers

    def struck(self, fault: Fault, call: Call) -> Order | None:
        """The order by which this fault strikes this call, counted."""
        return self.board.strike(fault, call)

    def window(self, call: Call, offset: int, limit: int, total: int) -> tuple[int, int]:
        """Where a page starts and how many rows there are, once rows came or went between two pages."""
        if self.struck(Fault.ROW_INSERTED, call):
            return offset - 1, total + 1
        if self.struck(Fault.ROW_DELETED, call):
            return offset + 1, total - 1
        if call.provider is ProviderName.SECUREX and self.struck(Fault.REPEATED_CURSOR, call):
            return offset - limit, total
        return offset, total

    def single(self, call: Call, company_id: str, ref: str, last_day: str) -> Row | None:
        """One person's row by their id, None when nobody is known by it; `last_day` is the key of the last day of employment."""
        if self.struck(Fault.NO_SINGLE_READS, call):
            return None
        people = self.world.populations[company_id]
        if person := people.alone(ref, self.night):
            return person.identity_rows()[0]
        gone = people.alone(ref, self.night, unlisted=True)
        order = self.struck(Fault.UNLISTED_KNOWN, call) if gone else None
        return gone.identity_rows()[0] | ({last_day: order.value} if order.value else {}) if gone and order else None

    async def answer(self, call: Call, document: Document, headers: dict[str, str] | None = None) -> Response:
        """The answer to a call, with whatever faults are in force done to it: document, bytes, travel, in this order."""
        if self.options.latency_seconds:
            await asyncio.sleep(self.options.latency_seconds)
        in_force = {order.fault for order in self.board.orders}
        for fault in (f for f in DOCUMENT_FAULTS if f in in_force):
            if order := self.struck(fault, call):
                DOCUMENT_FAULTS[fault](document, self._struck(order, call))
        body = orjson.dumps(document)
        for content_fault in (f for f in BODY_FAULTS if f in in_force):
            if self.struck(content_fault, call):
                body = BODY_FAULTS[content_fault](body)
        for travel_fault in (f for f in ANSWER_FAULTS if f in in_force):
            if order := self.struck(travel_fault, call):
                return ANSWER_FAULTS[travel_fault](self._struck(order, call), body)
        return Response(body, headers=headers, media_type=JSON)

    def _struck(self, order: Order, call: Call) -> Struck:
        return Struck(order, call, self.world, self.night, self.hits[order.fault.value])


def api_key(company: Company, seed: int) -> str:
    """A PayFit customer's API key, the same for the same sandbox."""
    return "pf-sandbox-" + hashlib.sha256(f"{seed} {company.company_id}".encode()).hexdigest()[:32]
