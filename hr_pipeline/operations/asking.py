"""What somebody asks to be connected, and whether its own parts are well-formed: said without asking anybody.

Looking the company up is `connecting`'s. May import: `adapters.providers.protocol`, `domain`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from phonenumbers import SUPPORTED_REGIONS

from hr_pipeline.adapters.providers.protocol import Provider
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import MOST_MISSING_RUNS, CloseMissing, Relation, Review, Settings
from hr_pipeline.domain.mapping import FieldMapping, document_from_text, mapping_from_document
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.vat import VatNumber, vat_number

LONGEST_NAME = 200

# Settings that are on or off; they are given the way limits are (`--set link_on_birth_date=yes`).
SWITCHES = ("employee_number_unique", "link_on_birth_date", "automatic_transfer")
# Settings with values of their own, given the same way (`--set missing_runs=5`).
CHOICES = ("missing_runs", "close_missing")
_SAID = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True, slots=True)
class Activation:
    """What somebody asks to be connected. What is not given stays as it is, or takes its default.

    Attributes:
        vat: As typed. A credential of many companies can't do without; one company's tells its own.
        company_id: The provider's id, to choose among several or to be sure.
        values: Limits and switches by name, as text.
        mapping: Text of a mapping file.
    """

    provider: str
    name: str
    vat: str | None = None
    company_id: str | None = None
    group: str | None = None
    review: Review | None = None
    region: str | None = None
    relations: tuple[Relation, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    mapping: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose own parts are all well-formed."""

    asked: Activation
    name: str
    vat: VatNumber | None
    mapping: FieldMapping | None


def checked_request(provider: Provider, asked: Activation, *, vat_is_due: bool) -> Request:
    """A request that is well-formed in itself.

    Args:
        provider: The one asked for.
        asked: What.
        vat_is_due: The credential opens many companies, so the VAT number must say which.

    Raises:
        Refusal: `VAT_MISSING`, `VAT_INVALID`, `INVALID_SETTING`, `UNKNOWN_LIMIT`, `INVALID_FILE`, `MAPPING_REFUSED`.
    """
    name = " ".join(asked.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refusal(Code.INVALID_SETTING, setting="--name", expected="the company's name, in at most 200 characters")
    if vat_is_due and not (asked.vat or "").strip():
        raise Refusal(Code.VAT_MISSING, company=name)
    with provider_named(asked.provider, company=name):
        vat = vat_number(asked.vat, provider.country) if asked.vat is not None else None
    settings_asked(Settings(), asked)
    mapping = mapping_from_document(document_from_text(asked.mapping), provider.fields) if asked.mapping is not None else None
    return Request(asked, name, vat, mapping)


def settings_asked(base: Settings, asked: Activation) -> Settings:
    """Settings with what was asked for in the place of what was.

    Raises:
        Refusal: `UNKNOWN_LIMIT`, `INVALID_SETTING`.
    """
    switches = {name: _switched(name, text) for name, text in asked.values.items() if name in SWITCHES}
    named = (*SWITCHES, *CHOICES)
    try:
        limits = base.limits.with_values({name: text for name, text in asked.values.items() if name not in named})
    except Refusal as refusal:
        if refusal.code is not Code.UNKNOWN_LIMIT:
            raise
        known = ", ".join((str(refusal.params["known"]), *named))
        raise Refusal(Code.UNKNOWN_LIMIT, limit=refusal.params["limit"], known=known) from None
    return replace(
        base,
        review=asked.review or base.review,
        region=_region(asked.region, base.region),
        relations=tuple(dict.fromkeys(asked.relations)) or base.relations,
        missing_runs=_times(asked.values["missing_runs"]) if "missing_runs" in asked.values else base.missing_runs,
        close_missing=_closing(asked.values["close_missing"]) if "close_missing" in asked.values else base.close_missing,
        limits=limits,
        **switches,
    )


@contextmanager
def provider_named(provider: str, **more: str) -> Iterator[None]:
    """Say in a refusal which provider it is about, where the room it comes from doesn't know."""
    try:
        yield
    except Refusal as refusal:
        raise type(refusal)(refusal.code, **{"provider": provider, **more, **refusal.params}) from None


def _switched(name: str, text: str) -> bool:
    if text.casefold() not in _SAID:
        raise Refusal(Code.INVALID_SETTING, setting=name, expected="yes or no")
    return _SAID[text.casefold()]


def _times(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_MISSING_RUNS):
        raise Refusal(Code.INVALID_SETTING, setting="missing_runs", expected="a whole number from 1 to 365")
    return int(text)


def _closing(text: str) -> CloseMissing:
    if text.casefold() not in set(CloseMissing):
        raise Refusal(Code.INVALID_SETTING, setting="close_missing", expected="never, looked_up or absent")
    return CloseMissing(text.casefold())


def _region(text: str | None, before: str | None) -> str | None:
    if text is None:
        return before
    if text.casefold() == "none":
        return None
    if text.upper() not in SUPPORTED_REGIONS:
        raise Refusal(Code.INVALID_SETTING, setting="--region", expected="a country code such as BE or FR, or none")
    return text.upper()
