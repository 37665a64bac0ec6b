"""Which of the companies that a credential opens is the one to connect.

Pure matching; asking the provider is an adapter's work, keeping the connection the store's. Source: synchronisation.md §2.
May import: `codes`, `refusals`, `text`, `vat`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.text import folded
from hr_pipeline.domain.vat import VatNumber, comparable_vat


@dataclass(frozen=True, slots=True)
class Employer:
    """A company as a provider knows it."""

    company_id: str
    name: str
    vat_number: str | None  # as the provider writes it, not yet normalised; null where it gives none
    country: str  # ISO 3166-1 alpha-2
    active: bool = True


def matched_company(
    companies: Sequence[Employer],
    *,
    vat: VatNumber | None = None,
    company_id: str | None = None,
    name: str | None = None,
    one_company_credential: bool = False,
) -> Employer:
    """The one company meant.

    What was given must all be true of it: the id and the VAT number. The name only chooses among several companies when nothing
    else was given, since a company is seldom called the same at the provider. Inactive companies count as not found.

    Args:
        companies: What the credential opens.
        vat: Checked VAT number.
        company_id: The provider's id.
        name: What the person calls the company.
        one_company_credential: The credential belongs to exactly one company (PayFit), so that another one is a
            mismatch, and a company of which the provider gives no VAT number is taken at the person's word.

    Raises:
        Refusal: `COMPANY_NOT_FOUND`, `COMPANY_AMBIGUOUS` with the `companies` to choose from, `COMPANY_MISMATCH`.
    """
    opened = [c for c in companies if c.active]
    found = opened
    if company_id is not None:
        found = [c for c in found if c.company_id == company_id]
    if vat is not None:
        by_vat = [c for c in found if _bears(c, vat, trusting=one_company_credential)]
        if company_id is not None and found and not by_vat:
            raise _mismatch(vat, company_id, found)
        found = by_vat
    if not found and opened and one_company_credential:
        raise _mismatch(vat, company_id, opened)
    if len(found) > 1 and vat is None and company_id is None and name is not None:
        found = [c for c in found if folded(c.name) == folded(name)] or found
    if not found:
        raise Refusal(Code.COMPANY_NOT_FOUND, company=_asked(vat, company_id, name), found=len(opened))
    if len(found) > 1:
        raise Refusal(Code.COMPANY_AMBIGUOUS, company=_asked(vat, company_id, name), companies=_listed(found))
    return found[0]


def _bears(company: Employer, vat: VatNumber, *, trusting: bool) -> bool:
    """Whether the company has that VAT number, both sides normalised."""
    theirs = comparable_vat(company.vat_number, company.country)
    return trusting if theirs is None else theirs == vat.canonical


def _asked(vat: VatNumber | None, company_id: str | None, name: str | None) -> str | None:
    """What was asked for, as the person would recognise it."""
    return (vat.canonical if vat else None) or company_id or name


def _listed(companies: Sequence[Employer]) -> tuple[str, ...]:
    """Ids and names, in the order of the ids."""
    return tuple(f"{c.company_id} ({c.name})" for c in sorted(companies, key=lambda c: c.company_id))


def _mismatch(vat: VatNumber | None, company_id: str | None, theirs: Sequence[Employer]) -> Refusal:
    """The credential, or the id, is another company's than the one asked for."""
    return Refusal(Code.COMPANY_MISMATCH, company=_asked(vat, None, None) or company_id, companies=_listed(theirs))
