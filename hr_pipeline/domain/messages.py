"""The words for each code: what happened, what to do next, who must act; in French, Dutch and English.

Reads `catalogue.toml` beside it, once. Nothing here raises for want of a parameter: a message that fails is worse than a vague one.
Not here: which code applies. May import: `codes`, `phrases`, `refusals`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from hr_pipeline.domain.codes import Code, Owner
from hr_pipeline.domain.phrases import Phrase, Phrased
from hr_pipeline.domain.refusals import Refusal


class Language(StrEnum):
    """Languages of the catalogue."""

    FR = "fr"
    NL = "nl"
    EN = "en"


class Severity(StrEnum):
    """How much a code weighs."""

    ERROR = "error"  # a person or a run did not go through
    WARNING = "warning"  # it went through, somebody should look
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Message:
    """A code in a person's words."""

    code: Code
    message: str
    next: str
    owner: Owner
    severity: Severity

    def as_document(self) -> dict[str, str]:
        """The JSON of a refusal: `{code, message, next}`."""
        return {"code": str(self.code), "message": self.message, "next": self.next}


_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")

# Parameters that name a member of a section of the catalogue, so that a plain text coming out of the store is said in words too.
_SECTIONS = {"field": "fields", "provider": "providers", "factor": "factors"}
_RULES = frozenset({"rule", "reason", "expected", "pid", "date"})


def language_of(text: str | None) -> Language:
    """The language meant by `fr`, `FR`, `nl-BE`, `fr_BE.UTF-8`; English for any other."""
    start = (text or "").strip().casefold()[:2]
    return Language(start) if start in set(Language) else Language.EN


def text(code: Code, lang: str | None, /, **params: object) -> Message:
    """The message of a code.

    Args:
        code: Entry of the catalogue.
        lang: Language, as `language_of` reads it.
        **params: Values for the placeholders; see the catalogue. None counts as not given.
    """
    language = language_of(lang)
    entry = _catalogue()["codes"][code]
    words = entry[language]
    return Message(
        code=code,
        message=_sentence(words["message"], params, language),
        next=_sentence(words["next"], params, language),
        owner=Owner(entry["owner"]),
        severity=Severity(entry["severity"]),
    )


def explained(refusal: Refusal, lang: str | None) -> Message:
    """The message of a refusal."""
    return text(refusal.code, lang, **refusal.params)


def owner_of(code: Code) -> Owner:
    """Who must act on a code."""
    return Owner(_catalogue()["codes"][code]["owner"])


def severity_of(code: Code) -> Severity:
    """How much a code weighs."""
    return Severity(_catalogue()["codes"][code]["severity"])


def field_label(name: str, lang: str | None) -> str:
    """A platform field in a person's words; a name that isn't one stays as it is."""
    return _label("fields", name, language_of(lang))


def provider_label(name: str, lang: str | None) -> str:
    """A provider as it calls itself."""
    return _label("providers", name, language_of(lang))


def owner_label(owner: Owner, lang: str | None) -> str:
    """Who must act, in a person's words."""
    return _label("owners", owner, language_of(lang))


def phrase_label(phrase: Phrased, lang: str | None) -> str:
    """A part of a sentence in a person's words."""
    return _phrase(phrase, language_of(lang))


def rule_label(rule: str, lang: str | None) -> str:
    """A rule that data broke, or the days it is about, in a person's words; numbers are carried over, unknown rules stay in English.

    Args:
        rule: "above 110 %", or "from 2026-09-01 to 2026-10-31".
        lang: Language, as `language_of` reads it.
    """
    language = language_of(lang)
    said = _rules().get(_NUMBER.sub("#", rule), {}).get(language)
    if said is None:
        return rule
    numbers = iter(_NUMBER.findall(rule))
    return _NUMBER.sub(lambda _: _localised(next(numbers, ""), language), str(said))


@cache
def _catalogue() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8"))


@cache
def _rules() -> dict[str, dict[str, str]]:
    """Rules by their English text, whatever numbers it holds."""
    return {_NUMBER.sub("#", rule): said for rule, said in _catalogue()["rules"].items()}


def _label(section: str, name: str, language: Language) -> str:
    words = _catalogue()[section].get(name)
    return str(words[language]) if words else _plain(name)


def _sentence(template: str, params: Mapping[str, object], language: Language) -> str:
    """A template with its parameters, opened by a capital."""
    given = {name: shown for name, value in params.items() if (shown := _param(name, value, language))}
    filled = _filled(template, given, language)
    return filled[:1].upper() + filled[1:]


def _filled(template: str, given: Mapping[str, str], language: Language) -> str:
    """A template filled in: optional parts dropped where they miss a parameter, a neutral word where nothing else stands."""

    def kept(part: re.Match[str]) -> str:
        return part[1] if all(name in given for name in _PLACEHOLDER.findall(part[1])) else ""

    words = _catalogue()["words"]
    return _PLACEHOLDER.sub(
        lambda name: given.get(name[1]) or str(words.get(name[1], words["other"])[language]),
        _OPTIONAL.sub(kept, template),
    )


def _param(name: str, value: object, language: Language) -> str:
    """One parameter in the reader's language; a list's items apart."""
    if isinstance(value, list | tuple | set | frozenset):
        shown = [_param(name, item, language) for item in value]
        return ("; " if any(_is_phrased(item) for item in value) else ", ").join(item for item in shown if item)
    if isinstance(value, str) and not _is_phrased(value):
        if section := _SECTIONS.get(name):
            return _label(section, value, language)
        if name in _RULES:
            return rule_label(_plain(value), language)
    return _shown(value, language)


def _shown(value: object, language: Language) -> str:
    """A value in the reader's language; empty when there is nothing to show."""
    if value is None:
        return ""
    if _is_phrased(value):
        return _phrase(value, language)
    if isinstance(value, Decimal):
        return _localised(f"{value.normalize():f}" if value.is_finite() else str(value), language)
    return value.isoformat() if isinstance(value, date) else _plain(str(value))


def _is_phrased(value: object) -> bool:
    """A `Phrased`, or a bare key of the phrases."""
    key = value if isinstance(value, StrEnum) else getattr(value, "key", None)
    return isinstance(key, StrEnum) and type(key).__name__ in _catalogue()["phrases"]


def _phrase(value: Any, language: Language) -> str:
    phrase = Phrase(value, {}) if isinstance(value, StrEnum) else value
    said = _catalogue()["phrases"][type(phrase.key).__name__][phrase.key]
    # Names inside a phrase are a technician's (a mapping file's) and are repeated as they are written there.
    given = {name: shown for name, value in phrase.params.items() if (shown := _shown(value, language))}
    return _filled(str(said[language]), given, language)


def _localised(number: str, language: Language) -> str:
    """A plain decimal number with the language's decimal mark."""
    return number if language is Language.EN else number.replace(".", ",")


def _plain(value: str) -> str:
    """A text without control characters: a terminal or a log would obey them."""
    return "".join(c if unicodedata.category(c)[0] != "C" else " " for c in value).strip()
