"""VAT numbers: one canonical form, and which fault a wrong one has.

Rules: synchronisation.md §2, contracts/securex.md ("Belgian facts"); check digits by python-stdnum. Not here: looking the
company up at a provider (`activation`). May import: `codes`, `phrases`, `refusals`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from stdnum.be import vat as be_vat
from stdnum.es import nif as es_vat
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fr import siren as fr_siren
from stdnum.fr import siret as fr_siret
from stdnum.fr import tva as fr_vat
from stdnum.gb import vat as gb_vat

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.refusals import Refusal

if TYPE_CHECKING:
    import pandas as pd  # for types only: every command reads this module, few need pandas

_MODULES = {"BE": be_vat, "ES": es_vat, "FR": fr_vat, "GB": gb_vat}  # the countries of the two providers
_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015\u200b\ufeff]+")  # blanks, dots, hyphens and dashes, and what copying leaves behind
_LONGEST_QUOTE = 30
_BELGIAN_DIGITS = 10


class VatFault(StrEnum):
    """What is wrong with a VAT number; each has a sentence in the catalogue's phrases."""

    OLD_FORM = "old_form"  # nine digits: Belgium, before 2008
    OLD_FORM_CHECK = "old_form_check"  # nine digits, and the 0… form has wrong check digits as well
    TOO_SHORT = "too_short"
    SIREN = "siren"  # a French SIREN or SIRET, from which the VAT number follows
    SIREN_SHAPE = "siren_shape"  # where a SIREN was due
    SHAPE_BE = "shape_be"
    SHAPE_FR = "shape_fr"
    SHAPE_OTHER = "shape_other"
    CHECK_DIGITS = "check_digits"


@dataclass(frozen=True, slots=True)
class VatNumber:
    """A valid VAT number: `BE0403170701`, with the country whose rules it met."""

    canonical: str
    country: str


def vat_number(text: str | None, country: str) -> VatNumber:
    """The VAT number that a text holds.

    Args:
        text: As a person or a provider wrote it; its own country prefix decides.
        country: ISO 3166-1 alpha-2 of the provider, for a number without prefix.

    Raises:
        Refusal: `VAT_MISSING`; `VAT_INVALID` with the number and the `reason` (a phrase).
    """
    prefix, body = _parts(text or "", country)
    if not body:
        raise Refusal(Code.VAT_MISSING)
    fault = _belgian_fault(body) if prefix == "BE" else _other_fault(prefix, body)
    if fault is not None:
        raise Refusal(Code.VAT_INVALID, vat=(text or "").strip()[:_LONGEST_QUOTE], reason=fault)
    return VatNumber(prefix + body, prefix)


def vat_of_siren(siren: str) -> VatNumber:
    """The French VAT number of a company, which follows from its SIREN (or the SIREN inside its SIRET).

    Raises:
        Refusal: `VAT_INVALID` when it is neither.
    """
    digits = _SEPARATORS.sub("", siren)
    try:
        return VatNumber(
            "FR" + fr_siren.to_tva(fr_siren.validate(digits[:9] if fr_siret.is_valid(digits) else digits)).replace(" ", ""), "FR"
        )
    except ValidationError as error:
        fault = VatFault.CHECK_DIGITS if isinstance(error, InvalidChecksum) else VatFault.SIREN_SHAPE
        raise Refusal(Code.VAT_INVALID, vat=siren.strip()[:_LONGEST_QUOTE], reason=Phrase(fault, {})) from None


def comparable_vat(text: str | None, country: str) -> str | None:
    """What two VAT numbers are compared by, for one that a provider wrote: nine Belgian digits count as the 0… form.

    Lenient on purpose (check digits aren't judged): it only ever meets a number that was checked.
    """
    prefix, body = _parts(text or "", country)
    if prefix == "BE" and re.fullmatch(r"[0-9]{9}", body):
        body = "0" + body
    return prefix + body if body else None


def canonical_vat(values: "pd.Series[str]", country: str) -> "pd.Series[str]":
    """Canonical form of each value, null where missing or invalid. Each distinct value is judged once."""
    known = {value: _canonical_or_none(value, country) for value in values.dropna().unique()}
    return values.map(known).astype("str")


def valid_vat(values: "pd.Series[str]", country: str) -> "pd.Series[bool]":
    """Whether each value is a valid VAT number; a missing one isn't."""
    return canonical_vat(values, country).notna()


def _canonical_or_none(text: str, country: str) -> str | None:
    try:
        return vat_number(text, country).canonical
    except Refusal:
        return None


def _parts(text: str, country: str) -> tuple[str, str]:
    """Country and number without separators, in capitals."""
    body = _SEPARATORS.sub("", text).upper()
    if body[:2] in _MODULES:
        return body[:2], body[2:]
    return country.upper(), body


def _belgian_fault(body: str) -> Phrase | None:
    """Ten digits that start with 0 or 1, the last two being 97 − (first eight mod 97)."""
    if not re.fullmatch(r"[0-9]+", body):
        return Phrase(VatFault.SHAPE_BE, {})
    if len(body) == _BELGIAN_DIGITS - 1:
        fault = VatFault.OLD_FORM if _belgian_check_digits_fit("0" + body) else VatFault.OLD_FORM_CHECK
        return Phrase(fault, {"proposal": "0" + body})
    if len(body) < _BELGIAN_DIGITS:
        return Phrase(VatFault.TOO_SHORT, {"digits": len(body)})
    if len(body) > _BELGIAN_DIGITS or body[0] not in "01":
        return Phrase(VatFault.SHAPE_BE, {})
    return None if _belgian_check_digits_fit(body) else Phrase(VatFault.CHECK_DIGITS, {})


def _belgian_check_digits_fit(ten: str) -> bool:
    """As python-stdnum, but only the one pair of the contract: modulo 97, 00, 98 and 99 would pass beside it."""
    return be_vat.is_valid(ten) and int(ten[8:]) == 97 - int(ten[:8]) % 97


def _other_fault(country: str, body: str) -> Phrase | None:
    """France: two key characters and the SIREN. Spain and the United Kingdom: as python-stdnum knows them."""
    if country == "FR" and (fr_siren.is_valid(body) or fr_siret.is_valid(body)):
        return Phrase(VatFault.SIREN, {"proposal": vat_of_siren(body).canonical})
    shape = Phrase(VatFault.SHAPE_FR if country == "FR" else VatFault.SHAPE_OTHER, {})
    module = _MODULES.get(country)
    if module is None or not body.isascii() or not body.isalnum():
        return shape
    try:
        same = module.validate(body) == body
    except InvalidChecksum:
        return Phrase(VatFault.CHECK_DIGITS, {})
    except ValidationError:
        same = False
    return None if same else shape
