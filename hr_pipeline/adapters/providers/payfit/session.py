"""Talking to PayFit: whose token it is, pages by cursor, and what proves that they are all there.

Every name comes from `contract`. May import: `domain`, `adapters.http`, its neighbours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import quote

from hr_pipeline.adapters.http import Answer, Ask, Door, Pace, Patience
from hr_pipeline.adapters.providers.listing import Listing
from hr_pipeline.adapters.providers.paging import side_by_side
from hr_pipeline.adapters.providers.payfit import contract as c
from hr_pipeline.adapters.providers.proof import ListProof, Row, changed, incomplete, rows_of, sighting
from hr_pipeline.adapters.providers.protocol import Company, Page, PageSink, Pulled
from hr_pipeline.domain.absences import Found, Sighting
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent, Refusal
from hr_pipeline.domain.vat import vat_of_siren


@dataclass(frozen=True, slots=True)
class PayfitAccess:
    """One company's token and where it is used."""

    base_url: str
    oauth_url: str
    token: str = field(repr=False)


class PayfitSession:
    """One token's conversation. A token belongs to exactly one company."""

    def __init__(self, access: PayfitAccess, pace: Pace, patience: Patience) -> None:
        self._access = access
        self._door = Door(c.NAME, (access.base_url, access.oauth_url), pace, patience, in_flight=c.IN_FLIGHT)

    def close(self) -> None:
        """Release connections."""
        self._door.close()

    def companies(self) -> Sequence[Company]:
        """The one company of the token.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`.
        """
        company_id = self._owner(None)
        said = self._door.document(self._ask(c.COMPANY, company_id, "company"))
        name, country = (said.get(c.COMPANY_NAME), said.get(c.COMPANY_COUNTRY)) if isinstance(said, dict) else (None, None)
        if not isinstance(said, dict) or said.get(c.COMPANY_ID) != company_id or not isinstance(name, str):
            raise changed(c.NAME, "company", PullFault.SHAPE, expected=f"{c.COMPANY_ID}, {c.COMPANY_NAME}")
        country = country if isinstance(country, str) else c.COUNTRY
        return [Company(company_id, name, self._french_vat(company_id) if country == "FR" else None, country)]

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        """Hand every page of the company to the sink and prove that they are all there.

        The token's owner is asked first: with another company's token nothing is read. Without the scope for contracts their list
        is left out, and `frames` says so.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `COMPANY_MISMATCH`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`, `SNAPSHOT_INCOMPLETE`.
        """
        owner = self._owner(until)
        if owner != company_id:
            raise Permanent(Code.COMPANY_MISMATCH, provider=c.NAME, company=company_id, companies=(owner,))
        pages = 0
        people, contracts = (ListProof(c.NAME, listing.resource, listing.required) for listing in (c.COLLABORATORS, c.CONTRACTS))
        for page in side_by_side(
            self._proven_pages(c.COLLABORATORS, company_id, people, until), self._proven_pages(c.CONTRACTS, company_id, contracts, until)
        ):
            sink.add(page)
            pages += 1
        return Pulled(pages, len(people), len(contracts), 0)

    def sighting(self, company_id: str, external_id: str, until: float | None = None) -> Sighting:
        """Whether PayFit knows this person of the company, and their last day where a termination is entered.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`.
        """
        ask = self._ask(c.COLLABORATOR, company_id, "collaborator", person=external_id)
        answer = self._door.answer(ask, until)
        if answer.status == 404:
            return Sighting(Found.GONE)
        if answer.status >= 400:
            raise self._door.refusal(ask, answer)
        said = answer.document if isinstance(answer.document, dict) else {}
        return sighting(c.NAME, ask.resource, said, c.PERSON_ID, external_id, said.get(c.TERMINATION))

    def _owner(self, until: float | None) -> str:
        """Company the token belongs to.

        Raises:
            Permanent: `CREDENTIAL_REFUSED` for a token that is no longer active, `PROVIDER_CHANGED`.
        """
        headers = {"Authorization": f"Bearer {self._access.token}"}
        ask = Ask("POST", self._access.oauth_url + c.INTROSPECT, "introspect", headers=headers, document={"token": self._access.token})
        said = self._door.document(ask, until)
        active, owner = (said.get("active"), said.get("company_id")) if isinstance(said, dict) else (None, None)
        if active is False:
            raise Permanent(Code.CREDENTIAL_REFUSED, provider=c.NAME, resource="introspect", status=200)
        if active is not True or not isinstance(owner, str):
            raise changed(c.NAME, "introspect", PullFault.SHAPE, expected="active, company_id")
        return owner

    def _french_vat(self, company_id: str) -> str | None:
        """VAT number that follows from the company's SIREN; null where the credential does not open it or it isn't one."""
        answer = self._door.answer(self._ask(c.COMPANY_FR, company_id, "company-fr"))
        siren = answer.document.get(c.COMPANY_SIREN) if isinstance(answer.document, dict) else None
        try:
            return vat_of_siren(siren).canonical if isinstance(siren, str) else None
        except Refusal:
            return None

    def _proven_pages(self, listing: Listing, company_id: str, proof: ListProof, until: float | None) -> Iterator[Page]:
        """Pages of a list from cursor to cursor, proven to be the whole list once the last one was taken."""
        cursor: str | None = None
        seen: set[str] = set()
        counts: list[tuple[int, object]] = []  # rows of a page, and the count it announced
        for number in count(1):
            answer = self._listed(listing, company_id, cursor, until)
            if answer is None:
                return
            rows, following, announced = _paged(listing, company_id, answer)
            proof.add(rows)
            counts.append((len(rows), announced))
            yield Page(listing.resource, number, answer.body)
            if following is None or not rows:
                break
            if following in seen:
                raise incomplete(c.NAME, listing.resource, PullFault.REPEATED_CURSOR)
            seen.add(following)
            cursor = following
        _check_counts(listing, counts)
        proof.check()

    def _listed(self, listing: Listing, company_id: str, cursor: str | None, until: float | None) -> Answer | None:
        """One page; null for a first page that a missing scope closes.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`; people must always be open to us, and a list that was opened must stay open.
        """
        params = {c.PAGE_SIZE: str(c.LARGEST_PAGE), c.IN_PROGRESS: "true"} | ({c.CURSOR: cursor} if cursor else {})
        ask = self._ask(listing.path, company_id, listing.resource, params)
        answer = self._door.answer(ask, until)
        if answer.status == 403 and listing is c.CONTRACTS and cursor is None:
            return None
        if answer.status >= 400:
            raise self._door.refusal(ask, answer)
        return answer

    def _ask(self, path: str, company_id: str, resource: str, params: dict[str, str] | None = None, person: str = "") -> Ask:
        url = self._access.base_url + path.format(company=quote(company_id, safe=""), person=quote(person, safe=""))
        return Ask("GET", url, resource, params or {}, {"Authorization": f"Bearer {self._access.token}"})


def _paged(listing: Listing, company_id: str, answer: Answer) -> tuple[list[Row], str | None, object]:
    """Rows of a page, the cursor of the next one and the announced count.

    Raises:
        Permanent: `PROVIDER_CHANGED`.
        Transient: `SNAPSHOT_INCOMPLETE` for contracts of another company: which of the rows are ours is no longer sure, and the
            credential itself was just found to be this company's, so it is not a `COMPANY_MISMATCH`.
    """
    rows = rows_of(c.NAME, listing.resource, answer.document, listing.resource)
    meta = answer.document.get(c.META) if isinstance(answer.document, dict) else None
    following = meta.get(c.CURSOR) if isinstance(meta, dict) else None
    if not isinstance(meta, dict) or not isinstance(following, str | None):
        raise changed(c.NAME, listing.resource, PullFault.SHAPE, expected=f"{c.META}.{c.CURSOR}")
    if listing is c.CONTRACTS and any(row.get(c.CONTRACT_COMPANY, company_id) != company_id for row in rows):
        raise incomplete(c.NAME, listing.resource, PullFault.OTHER_COMPANY)
    return rows, following or None, meta.get(c.COUNT)


def _check_counts(listing: Listing, counts: Sequence[tuple[int, object]]) -> None:
    """Hold what was announced against what came. Whether `count` is a page's or the list's is unknown: it must be one of them.

    Raises:
        Transient: `SNAPSHOT_INCOMPLETE`.
    """
    announced = [(rows, said) for rows, said in counts if rows or said is not None]  # an empty last page may say nothing
    total = sum(rows for rows, _ in counts)
    of_pages = all(said == rows for rows, said in announced)
    of_list = all(said == total for _, said in announced)
    silent = all(said is None for _, said in announced)
    if not (of_pages or of_list or silent):
        said = next((said for rows, said in announced if said != rows and isinstance(said, int)), None)
        raise incomplete(c.NAME, listing.resource, PullFault.TOTAL_DIFFERS, announced=said, found=total)
