"""The catalogue is complete, says the same in three languages, and rendering it never fails."""

import ast
import re
import tomllib
from collections import Counter
from datetime import date
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hr_pipeline
from hr_pipeline.domain import rules, schemas
from hr_pipeline.domain.absences import Found, Rung
from hr_pipeline.domain.codes import Code, Owner
from hr_pipeline.domain.conflict_words import Answered, ConflictWord
from hr_pipeline.domain.delivery_faults import DeliveryFault
from hr_pipeline.domain.digest_words import DigestWord
from hr_pipeline.domain.evidence import Verdict
from hr_pipeline.domain.fields import FIELDS
from hr_pipeline.domain.guards import Factor
from hr_pipeline.domain.mapping import KnownKind, MappingProblem, ProblemKind
from hr_pipeline.domain.messages import (
    Language,
    Severity,
    explained,
    field_label,
    language_of,
    owner_label,
    owner_of,
    rule_label,
    severity_of,
    text,
)
from hr_pipeline.domain.outcomes import CHANGED_BESIDE
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.standings import PersonWord, Standing, Step
from hr_pipeline.domain.vat import VatFault

CATALOGUE: dict[str, Any] = tomllib.loads(resources.files("hr_pipeline.domain").joinpath("catalogue.toml").read_text("utf-8"))
LANGUAGES = tuple(str(language) for language in Language)
PHRASE_KEYS: tuple[type[StrEnum], ...] = (
    *(VatFault, ProblemKind, KnownKind, PullFault, Rung, Found, Verdict, ConflictWord, Answered),
    *(DeliveryFault, DigestWord, Standing, Step, PersonWord),
)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
OPTIONAL = re.compile(r"\[[^\[\]]*\]")
NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


def placeholders(template: str) -> tuple[Counter[str], list[frozenset[str]]]:
    """All placeholders, and those of each optional part."""
    return Counter(PLACEHOLDER.findall(template)), sorted(
        (frozenset(PLACEHOLDER.findall(o)) for o in OPTIONAL.findall(template)), key=sorted
    )


def code_rules() -> set[str]:
    """Every rule that data can break, from the code that judges it."""
    judged = [check.rule for judge in schemas.judges() for check in judge.checks.values()]
    missing = [rule for judge in schemas.judges() for rule in judge.missing.values()]
    named = [rule for rule in vars(rules).values() if isinstance(rule, rules.Rule)]
    return {rule.text for rule in (*judged, *missing, *named)}


def raised() -> list[tuple[str, Code, set[str]]]:
    """Every refusal raised with a literal code anywhere in the package: place, code, names of its parameters."""
    found = []
    for path in sorted(Path(hr_pipeline.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Name("Refusal" | "Permanent" | "Transient"), [ast.Attribute(ast.Name("Code"), code), *_], keywords):
                    found.append((f"{path.name}:{node.lineno}", Code(code), {str(k.arg) for k in keywords}))
    return found


def test_every_refusal_gives_the_parameters_its_sentence_cannot_do_without() -> None:
    sites = raised()
    assert len(sites) > 20
    lacking = []
    for place, code, given_names in sites:
        whole = "".join(OPTIONAL.sub("", sentence) for sentence in CATALOGUE["codes"][code]["en"].values())
        needed = set(PLACEHOLDER.findall(whole)) - set(CATALOGUE["words"]) - given_names
        lacking += [f"{place} {code} {sorted(needed)}"] if needed and "None" not in given_names else []
    assert lacking == []


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    assert set(CATALOGUE["codes"]) == {str(code) for code in Code}


@pytest.mark.parametrize("code", Code)
def test_every_code_has_an_owner_a_weight_and_three_languages_that_say_what_to_do_next(code: Code) -> None:
    entry = CATALOGUE["codes"][code]
    assert set(entry) == {"owner", "severity", *LANGUAGES}
    assert owner_of(code) in Owner
    assert severity_of(code) in Severity
    for lang in LANGUAGES:
        assert set(entry[lang]) == {"message", "next"}
        for sentence in entry[lang].values():
            assert len(sentence) > 10
            assert sentence.rstrip("]").endswith((".", "?"))
    for part in ("message", "next"):
        assert len({entry[lang][part] for lang in LANGUAGES}) == len(LANGUAGES), "a language was copied from another"


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("part", ["message", "next"])
def test_the_same_placeholders_stand_in_all_languages(code: Code, part: str) -> None:
    french, dutch, english = (placeholders(CATALOGUE["codes"][code][lang][part]) for lang in LANGUAGES)
    assert french == dutch == english


@pytest.mark.parametrize("keys", PHRASE_KEYS)
def test_every_phrase_has_three_languages_with_the_same_placeholders(keys: type[StrEnum]) -> None:
    section = CATALOGUE["phrases"][keys.__name__]
    assert set(section) == {str(key) for key in keys}
    for phrase in section.values():
        assert set(phrase) == set(LANGUAGES)
        assert len({str(placeholders(phrase[lang])) for lang in LANGUAGES}) == 1


def test_no_phrases_stand_there_unused() -> None:
    assert set(CATALOGUE["phrases"]) == {keys.__name__ for keys in PHRASE_KEYS}
    assert set(CATALOGUE) == {"codes", "owners", "providers", "factors", "fields", "words", "phrases", "rules"}


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("fields", {f.name for f in FIELDS} | set(CHANGED_BESIDE)),
        ("owners", set(map(str, Owner))),
        ("factors", set(map(str, Factor))),
        ("providers", {"securex", "payfit"}),
    ],
)
def test_labels_are_complete_and_none_is_left_over(section: str, names: set[str]) -> None:
    assert set(CATALOGUE[section]) == names
    assert all(set(label) == set(LANGUAGES) and all(label.values()) for label in CATALOGUE[section].values())


def test_neutral_words_stand_for_placeholders_that_exist() -> None:
    used = {
        name for entry in CATALOGUE["codes"].values() for lang in LANGUAGES for s in entry[lang].values() for name in PLACEHOLDER.findall(s)
    }
    assert set(CATALOGUE["words"]) - {"other"} <= used
    assert all(set(word) == set(LANGUAGES) for word in CATALOGUE["words"].values())


def test_every_rule_the_code_judges_by_is_said_in_french_and_dutch() -> None:
    known = {NUMBER.sub("#", rule) for rule in CATALOGUE["rules"]}
    assert {NUMBER.sub("#", rule) for rule in code_rules()} <= known


def test_no_rule_stands_there_unused() -> None:
    judged = {NUMBER.sub("#", rule) for rule in code_rules()}
    sources = "".join(path.read_text("utf-8") for path in Path(hr_pipeline.__file__).parent.rglob("*.py"))
    assert [rule for rule in CATALOGUE["rules"] if NUMBER.sub("#", rule) not in judged and f'"{rule}"' not in sources] == []


def test_a_rule_keeps_its_numbers_in_translation() -> None:
    for rule, said in CATALOGUE["rules"].items():
        assert {"fr", "nl"} <= set(said) <= set(LANGUAGES)
        assert all(len(NUMBER.findall(said[lang])) == len(NUMBER.findall(rule)) for lang in ("fr", "nl"))
    assert rule_label("above 112.5 %", "fr") == "plus de 112,5 %"
    assert rule_label("above 112.5 %", "nl") == "meer dan 112,5 %"
    assert rule_label("above 112.5 %", "en") == "above 112.5 %"
    assert rule_label("something nobody translated", "fr") == "something nobody translated"


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_message_without_any_parameter_is_a_whole_sentence(code: Code, lang: str) -> None:
    said = text(code, lang)
    for sentence in (said.message, said.next):
        assert not set("{}[]") & set(sentence)
        assert sentence[0].isupper()
        assert "  " not in sentence
        assert not re.search(r" \.(?:\s|$)", sentence)
        assert "None" not in sentence


anything = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.decimals(),
    st.dates(),
    st.sampled_from(VatFault),
    st.sampled_from(Factor),
    st.builds(Phrase, st.sampled_from(VatFault), st.dictionaries(st.sampled_from(["proposal", "digits"]), st.text())),
    st.builds(MappingProblem, st.sampled_from(ProblemKind), st.text(), st.text(), st.text()),
    st.binary(),
)
params = st.dictionaries(
    st.sampled_from(
        ["company", "companies", "reason", "rule", "field", "limit", "problems", "known", "provider", "factor", "extra", "code", "lang"]
    ),
    st.one_of(anything, st.lists(anything, max_size=3), st.tuples(anything)),
)


@given(st.sampled_from(Code), st.one_of(st.none(), st.text(max_size=4), st.sampled_from(LANGUAGES)), params)
def test_no_parameter_makes_a_message_fail(code: Code, lang: str | None, given_params: dict[str, object]) -> None:
    said = text(code, lang, **given_params)
    assert said.message
    assert said.next
    assert all(c.isprintable() or c == "\u00a0" or not ("\x00" <= c <= "\x1f" or c == "\x7f") for c in said.message + said.next)


def test_a_parameter_is_never_read_as_a_template_or_a_terminal_command() -> None:
    said = text(Code.UNKNOWN_CONNECTION, "en", connection="{run} [x] \x1b[31m\n")
    assert said.message == "The connection {run} [x]  [31m does not exist."


def test_parameters_are_said_in_the_reader_s_language() -> None:
    shown = {lang: text(Code.FIELD_INVALID, lang, field="work_regime_pct", rule="above 110 %", provider="payfit") for lang in LANGUAGES}
    assert shown["fr"].message == "La donnée « régime de travail » est inutilisable : plus de 110 %."
    assert shown["nl"].message == "Het gegeven ‘arbeidsregime’ is onbruikbaar: meer dan 110 %."
    assert shown["en"].message == "The field “work regime” cannot be used: above 110 %."
    assert all("PayFit" in said.next for said in shown.values())


def test_an_optional_part_goes_when_its_parameter_is_missing() -> None:
    assert text(Code.FIELD_INVALID, "en", field="email").message == "The field “e-mail address” cannot be used."
    assert text(Code.FIELD_INVALID, "en", field="email", rule=None).message == "The field “e-mail address” cannot be used."
    assert text(Code.FIELD_INVALID, "en").message == "The field “a field” cannot be used."


def test_numbers_and_dates_are_plain() -> None:
    assert "3250,5" in text(Code.HELD_MISSING, "fr", observed=Decimal("3250.50"), limit=2).message
    assert "3250.5" in text(Code.HELD_MISSING, "en", observed=Decimal("3250.50"), limit=2).message
    assert "2025-03-31" in text(Code.SNAPSHOT_NOT_KEPT, "nl", date=date(2025, 3, 31)).message
    assert "×12" in text(Code.HELD_PAY_FACTOR, "fr", observed=5, factor="times_12").message
    assert "×12" in text(Code.HELD_PAY_FACTOR, "fr", observed=5, factor=Factor.TIMES_12).message


@pytest.mark.parametrize(
    ("given_text", "language"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        ("nl-BE", "nl"),
        ("fr_BE.UTF-8", "fr"),
        (" en ", "en"),
        ("de", "en"),
        ("", "en"),
        (None, "en"),
        ("klingon", "en"),
    ],
)
def test_an_unknown_language_falls_back_to_english(given_text: str | None, language: str) -> None:
    assert language_of(given_text) == language


def test_a_refusal_is_explained_with_its_parameters_and_as_a_document() -> None:
    said = explained(Refusal(Code.COMPANY_NOT_FOUND, company="BE0403170701", provider="securex"), "en")
    assert said.as_document() == {
        "code": "COMPANY_NOT_FOUND",
        "message": "Securex opens no active company to us that matches BE0403170701.",
        "next": "Check the VAT number or the id. If it is right, ask the payroll provider to open the integration for this company, "
        "then start the activation again.",
    }
    assert said.owner is Owner.HR_PROVIDER
    assert said.severity is Severity.ERROR


def test_labels_stand_in_three_languages() -> None:
    assert [field_label("birth_date", lang) for lang in LANGUAGES] == ["date de naissance", "geboortedatum", "birth date"]
    assert field_label("contract.startDate", "fr") == "contract.startDate"
    assert owner_label(Owner.NOBODY, "nl") == "niemand"
