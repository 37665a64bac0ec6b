"""Talking to Securex: the token, the two subscription keys, numbered pages and their announced totals.

Every name comes from `contract`. May import: `domain`, `adapters.http`, its neighbours.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from threading import Lock
from urllib.parse import quote

from hr_pipeline.adapters.http import Answer, Ask, Door, Grant, Pace, Patience, SharedToken, header_value
from hr_pipeline.adapters.providers.listing import Listing
from hr_pipeline.adapters.providers.paging import in_order
from hr_pipeline.adapters.providers.proof import ListProof, Row, changed, incomplete, rows_of, sighting
from hr_pipeline.adapters.providers.protocol import Company, Page, PageSink, Pulled
from hr_pipeline.adapters.providers.securex import contract as c
from hr_pipeline.domain.absences import Found, Sighting
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.pull_faults import PullFault, reason
from hr_pipeline.domain.refusals import Permanent, Transient


@dataclass(frozen=True, slots=True)
class SecurexAccess:
    """The partner's credential and where it is used."""

    base_url: str
    token_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    subscription_keys: tuple[str, ...] = field(repr=False)  # primary first


@dataclass(frozen=True, slots=True)
class _Paged:
    """One page of a list, its shape checked."""

    page: Page
    rows: list[Row] = field(repr=False)
    total: int


class SecurexSession:
    """One credential's conversation, for any number of employers at once: all share its token and keys. Thread-safe."""

    def __init__(self, access: SecurexAccess, pace: Pace, patience: Patience) -> None:
        self._access = access
        self._door = Door(c.NAME, (access.base_url, access.token_url), pace, patience, in_flight=c.IN_FLIGHT)
        self._token = SharedToken(self._granted)
        self._key, self._key_lock = access.subscription_keys[0], Lock()
        self._readers = ThreadPoolExecutor(c.IN_FLIGHT, thread_name_prefix="securex-page")

    def close(self) -> None:
        """Release threads and connections."""
        self._readers.shutdown(cancel_futures=True)
        self._door.close()

    def companies(self) -> Sequence[Company]:
        """Every employer the integration is available for.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`, `SNAPSHOT_INCOMPLETE`.
        """
        pages = self._proven_pages(c.EMPLOYERS, "", _proof(c.EMPLOYERS), None)
        return [_company(row) for page in pages for row in page.rows]

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        """Hand every page of one employer to the sink, list by list, and prove that they are all there.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`, `SNAPSHOT_INCOMPLETE`.
        """
        pages = 0
        counts = []
        for listing in (c.WORKERS, c.REMUNERATIONS, c.COMPONENTS):
            proof = _proof(listing)
            for paged in self._proven_pages(listing, company_id, proof, until):
                sink.add(paged.page)
                pages += 1
            counts.append(len(proof))
        employees, pay_records, components = counts
        return Pulled(pages, employees, pay_records, components)

    def sighting(self, company_id: str, external_id: str, until: float | None = None) -> Sighting:
        """Whether Securex knows this worker of the employer, and their last day.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`.
        """
        url = self._access.base_url + c.WORKER.format(employer=quote(company_id, safe=""), person=quote(external_id, safe=""))
        answer = self._authenticated(url, "worker", {}, until, absent=(404,))
        if answer.status == 404:
            return Sighting(Found.GONE)
        said = answer.document if isinstance(answer.document, dict) else {}
        last_day = said.get(c.LAST_DAY)
        return sighting(c.NAME, "worker", said, c.WORKER_ID, external_id, None if last_day == c.OPEN_END else last_day)

    def _proven_pages(self, listing: Listing, company_id: str, proof: ListProof, until: float | None) -> Iterator[_Paged]:
        """Pages of a list in order, proven to be the whole list once the last one was taken.

        The first page says how many there are, by its total and by how many rows the server puts on a page; the others are then read
        several at a time. Each must announce the same total, and none may be empty: a total of millions that isn't true ends there.

        Raises:
            Transient: `SNAPSHOT_INCOMPLETE`.
        """
        path = listing.path.format(employer=quote(company_id, safe=""))
        first = self._paged(listing, path, until, 1)
        numbers = range(2, -(-first.total // max(1, len(first.rows))) + 1)
        others = in_order(self._readers, (partial(self._paged, listing, path, until, number) for number in numbers), 2 * c.IN_FLIGHT)
        for paged in chain((first,), others):
            if paged.total != first.total:
                raise incomplete(c.NAME, listing.resource, PullFault.TOTAL_CHANGED)
            if not paged.rows and first.total:
                raise incomplete(c.NAME, listing.resource, PullFault.TOTAL_DIFFERS, announced=first.total, found=len(proof))
            proof.add(paged.rows)
            yield paged
        proof.check()
        if len(proof) != first.total:
            raise incomplete(c.NAME, listing.resource, PullFault.TOTAL_DIFFERS, announced=first.total, found=len(proof))

    def _paged(self, listing: Listing, path: str, until: float | None, number: int) -> _Paged:
        params = {c.PAGE: str(number), c.PAGE_SIZE: str(c.LARGEST_PAGE)}
        answer = self._authenticated(self._access.base_url + path, listing.resource, params, until)
        rows = rows_of(c.NAME, listing.resource, answer.document, c.ITEMS)
        said = answer.document if isinstance(answer.document, dict) else {}
        total = said.get(c.TOTAL)
        if type(total) is not int or total < 0 or said.get(c.PAGE) != number:
            raise changed(c.NAME, listing.resource, PullFault.SHAPE, expected=f"{c.PAGE}, {c.TOTAL}")
        return _Paged(Page(listing.resource, number, answer.body), rows, total)

    def _authenticated(self, url: str, resource: str, params: dict[str, str], until: float | None, absent: tuple[int, ...] = ()) -> Answer:
        """The answer to a request with token and key; a refused one is renewed or replaced once, and the same request sent again.

        `absent` are the statuses that say that there is nothing, and are the caller's to read.
        """
        token, key = self._token.current(), self._key
        renewed = replaced = False
        while True:
            ask = Ask("GET", url, resource, params, {"Authorization": f"Bearer {token}", c.KEY_HEADER: key})
            answer = self._door.answer(ask, until)
            if answer.status == 401 and c.KEY_REFUSED in answer.body.lower() and not replaced:
                key, replaced = self._other_key(ask, answer, key), True
            elif answer.status == 401 and c.KEY_REFUSED not in answer.body.lower() and not renewed:
                token, renewed = self._token.renewed(token), True
            elif answer.status == 403 and c.QUOTA_REFUSED in answer.body.lower():
                quota = reason(PullFault.QUOTA)
                raise Transient(Code.PROVIDER_UNAVAILABLE, provider=c.NAME, resource=resource, status=403, attempts=1, reason=quota)
            elif answer.status >= 400 and answer.status not in absent:
                raise self._door.refusal(ask, answer)
            else:
                return answer

    def _other_key(self, ask: Ask, answer: Answer, refused: str) -> str:
        """The key to use after one was refused, from then on for everybody.

        Raises:
            Permanent: `CREDENTIAL_REFUSED` when there is no other.
        """
        with self._key_lock:
            if self._key == refused:
                others = [key for key in self._access.subscription_keys if key != refused]
                if not others:
                    raise self._door.refusal(ask, answer)
                self._key = others[0]
            return self._key

    def _granted(self) -> Grant:
        """A new access token (client credentials; RFC 6749 answers 400 or 401 to a refused client).

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`.
        """
        form = {"grant_type": "client_credentials", "client_id": self._access.client_id, "client_secret": self._access.client_secret}
        answer = self._door.answer(Ask("POST", self._access.token_url, "token", form=form))
        if answer.status in (400, 401, 403):
            raise Permanent(Code.CREDENTIAL_REFUSED, provider=c.NAME, resource="token", status=answer.status)
        said = answer.document if isinstance(answer.document, dict) else {}
        token, seconds = said.get("access_token"), said.get("expires_in")
        if not isinstance(token, str):
            raise changed(c.NAME, "token", PullFault.SHAPE, expected="access_token")
        return Grant(header_value(token, provider=c.NAME), float(seconds) if type(seconds) is int and seconds > 0 else None)


def _proof(listing: Listing) -> ListProof:
    return ListProof(c.NAME, listing.resource, listing.required)


def _company(row: Row) -> Company:
    """An employer.

    Raises:
        Permanent: `PROVIDER_CHANGED` when it has no id or name.
    """
    employer, name, vat = row.get(c.EMPLOYER_ID), row.get(c.EMPLOYER_NAME), row.get(c.EMPLOYER_VAT)
    if not isinstance(employer, str) or not isinstance(name, str) or not isinstance(vat, str | None):
        raise changed(c.NAME, c.EMPLOYERS.resource, PullFault.SHAPE, expected=f"{c.EMPLOYER_ID}, {c.EMPLOYER_NAME}, {c.EMPLOYER_VAT}")
    return Company(employer, name, vat, c.COUNTRY, active=row.get(c.EMPLOYER_ACTIVE) is not False)
