"""Field mappings: what is refused when one is saved, its document form, its digest."""

import json
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import BY_NAME, FIELDS, FieldType, Group, ProviderField
from hr_pipeline.domain.mapping import (
    TRANSFORM_TYPES,
    FieldMapping,
    FieldRule,
    MappingProblem,
    Policy,
    ProblemKind,
    Transform,
    checked_mapping,
    document_from_text,
    listed_mapping,
    mapping_from_document,
    mapping_problems,
)
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.refusals import Refusal

ID, PAY = Group.IDENTITY, Group.PAY
PROVIDER = (
    ProviderField("id", FieldType.TEXT, ID),
    ProviderField("first", FieldType.TEXT, ID),
    ProviderField("last", FieldType.TEXT, ID),
    ProviderField("email.work", FieldType.EMAIL, ID),
    ProviderField("email.home", FieldType.EMAIL, ID),
    ProviderField("start", FieldType.DATE, ID),
    ProviderField("end", FieldType.DATE, ID),
    ProviderField("letter", FieldType.CHOICE, ID),
    ProviderField("start", FieldType.DATE, PAY),
    ProviderField("amount", FieldType.DECIMAL, PAY),
    ProviderField("fte", FieldType.DECIMAL, PAY),
    ProviderField("hours", FieldType.DECIMAL, PAY),
    ProviderField("currency", FieldType.CHOICE, PAY),
    ProviderField("kind", FieldType.CHOICE, PAY),
)
RULES = {
    "external_id": FieldRule(("id",)),
    "first_name": FieldRule(("first",), (Transform.STRIP, Transform.TITLE)),
    "last_name": FieldRule(("last",)),
    "email": FieldRule(("email.work", "email.home"), (Transform.LOWER,)),
    "start_date": FieldRule(("start",)),
    "exit_date": FieldRule(("end",), (Transform.OPEN_END,), may_clear=True),
    "language": FieldRule(("letter",), (Transform.LANGUAGE_LETTER,), Policy.FIRST_SYNC),
    "work_regime_pct": FieldRule(("fte",), (Transform.FRACTION_TO_PERCENTAGE,)),
    "weekly_hours": FieldRule(("hours",)),
    "effective_from": FieldRule(("start",)),
}
MAPPING = FieldMapping(RULES)


def without(name: str) -> FieldMapping:
    return FieldMapping({n: rule for n, rule in RULES.items() if n != name})


def having(name: str, rule: FieldRule) -> FieldMapping:
    return FieldMapping({**RULES, name: rule})


def kinds(mapping: FieldMapping) -> list[tuple[ProblemKind, str]]:
    return [(p.key, p.field) for p in mapping_problems(mapping, PROVIDER)]


def refusal_of(document: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        mapping_from_document(document, PROVIDER)
    assert caught.value.code is Code.MAPPING_REFUSED
    return caught.value


def problems_of(document: object) -> list[tuple[ProblemKind, str, str]]:
    problems = refusal_of(document).params["problems"]
    assert isinstance(problems, tuple)
    assert all(isinstance(p, MappingProblem) for p in problems)
    return [(p.key, p.field, p.found) for p in problems]


def document_with(name: str, rule: object) -> dict[str, object]:
    fields = MAPPING.as_document()["fields"]
    assert isinstance(fields, dict)
    return {"fields": {**fields, name: rule}}


def test_a_mapping_without_problems_is_itself() -> None:
    assert mapping_problems(MAPPING, PROVIDER) == []
    assert checked_mapping(MAPPING, PROVIDER) is MAPPING


@pytest.mark.parametrize("name", ["external_id", "first_name", "last_name", "email", "start_date"])
def test_each_mandatory_field_must_be_mapped(name: str) -> None:
    assert kinds(without(name)) == [(ProblemKind.MANDATORY_UNMAPPED, name)]


@pytest.mark.parametrize(
    ("name", "rule", "kind"),
    [
        ("nickname", FieldRule(("first",)), ProblemKind.UNKNOWN_PLATFORM_FIELD),
        ("birth_name", FieldRule(("maiden",)), ProblemKind.UNKNOWN_PROVIDER_FIELD),
        ("birth_name", FieldRule(("amount",)), ProblemKind.WRONG_GROUP),
        ("reference_hours", FieldRule(("id",)), ProblemKind.WRONG_GROUP),
        ("birth_date", FieldRule(("first",)), ProblemKind.WRONG_TYPE),
        ("birth_name", FieldRule(("start",)), ProblemKind.WRONG_TYPE),
        ("email", FieldRule(("email.work", "first")), ProblemKind.WRONG_TYPE),
        ("work_regime_pct", FieldRule(("fte",)), ProblemKind.WRONG_TYPE),
        ("language", FieldRule(("letter",)), ProblemKind.WRONG_TYPE),
        ("birth_name", FieldRule(("last",), (Transform.OPEN_END,)), ProblemKind.TRANSFORM_TYPE),
        ("work_regime_pct", FieldRule(("fte",), (Transform.FRACTION_TO_PERCENTAGE,) * 2), ProblemKind.TRANSFORM_TYPE),
        ("birth_name", FieldRule(()), ProblemKind.NO_SOURCE),
        ("email", replace(RULES["email"], policy=Policy.NEVER), ProblemKind.MANDATORY_NEVER),
        ("email", replace(RULES["email"], may_clear=True), ProblemKind.MANDATORY_CLEARS),
    ],
)
def test_each_kind_of_wrong_rule_is_named_with_its_field(name: str, rule: FieldRule, kind: ProblemKind) -> None:
    assert kinds(having(name, rule)) == [(kind, name)]


def test_a_field_that_means_nothing_alone_needs_its_companions() -> None:
    assert kinds(having("gross_amount", FieldRule(("amount",)))) == [
        (ProblemKind.COMPANION_UNMAPPED, "currency"),
        (ProblemKind.COMPANION_UNMAPPED, "pay_type"),
    ]
    whole = {**RULES, "gross_amount": FieldRule(("amount",)), "currency": FieldRule(("currency",)), "pay_type": FieldRule(("kind",))}
    assert mapping_problems(FieldMapping(whole), PROVIDER) == []


def test_a_mapping_with_problems_is_refused_with_all_of_them() -> None:
    with pytest.raises(Refusal) as caught:
        checked_mapping(FieldMapping({"email": RULES["email"]}), PROVIDER)
    assert caught.value.code is Code.MAPPING_REFUSED
    assert [str(p) for p in mapping_problems(without("email"), PROVIDER)] == ["mandatory unmapped email"]
    for name in ("external_id", "first_name", "last_name", "start_date"):
        assert name in explained(caught.value, "en").message


def test_one_name_in_two_lists_is_looked_up_in_the_field_s_own_list() -> None:
    assert MAPPING.of_group(PAY).keys() == {"effective_from", "weekly_hours", "work_regime_pct"}
    assert kinds(MAPPING) == []


def test_everything_wrong_is_told_at_once_with_what_exists() -> None:
    document = {
        "fields": {
            "nickname": "first",
            "email": {"sources": ["mail"], "transforms": ["shout"], "policy": "sometimes"},
            "birth_date": "last",
        }
    }
    assert {(kind, field) for kind, field, _ in problems_of(document)} == {
        (ProblemKind.UNKNOWN_TRANSFORM, "email"),
        (ProblemKind.UNKNOWN_POLICY, "email"),
        (ProblemKind.UNKNOWN_PROVIDER_FIELD, "email"),
        (ProblemKind.UNKNOWN_PLATFORM_FIELD, "nickname"),
        (ProblemKind.WRONG_TYPE, "birth_date"),
        *((ProblemKind.MANDATORY_UNMAPPED, name) for name in ("external_id", "first_name", "last_name", "start_date")),
    }
    for lang in ("fr", "nl", "en"):
        said = explained(refusal_of(document), lang)
        for word in ("nickname", "mail", "shout", "sometimes", "birth_date", "external_id"):
            assert word in said.message
        for existing in ("email.home (identity, email)", "employee_number", "fraction_to_percentage", "first_sync"):
            assert existing in said.next


def test_a_rule_may_be_just_its_source_or_its_list_of_sources() -> None:
    read = mapping_from_document(document_with("email", ["email.home", "email.work"]), PROVIDER)
    assert read.rules["email"] == FieldRule(("email.home", "email.work"))
    assert mapping_from_document(document_with("email", "email.home"), PROVIDER).rules["email"] == FieldRule(("email.home",))


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"source": "email.home"}, ProblemKind.UNKNOWN_KEY),
        ({"sources": "email.home", "polcy": "never"}, ProblemKind.UNKNOWN_KEY),
        ({"sources": "email.home", "may_clear": "yes"}, ProblemKind.NOT_YES_OR_NO),
        ({"sources": "email.home", "transforms": [["lower"]]}, ProblemKind.UNKNOWN_TRANSFORM),
        ({"sources": "email.home", "policy": None}, ProblemKind.UNKNOWN_POLICY),
        ({"sources": []}, ProblemKind.NO_SOURCE),
        ({"sources": [7]}, ProblemKind.UNKNOWN_PROVIDER_FIELD),
        (7, ProblemKind.NOT_A_MAPPING),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(rule: object, kind: ProblemKind) -> None:
    assert kind in {k for k, field, _ in problems_of(document_with("email", rule)) if field == "email"}


@pytest.mark.parametrize("document", [None, [], "email", 7, {}, {"fields": {}}, {"fields": ["email"]}])
def test_a_document_of_another_shape_is_refused(document: object) -> None:
    assert problems_of(document) == [(ProblemKind.NOT_A_MAPPING, "", "")]
    with pytest.raises(Refusal, match="MAPPING_REFUSED"):
        FieldMapping.from_document(document)


def test_what_is_listed_is_taken_back_bare_or_not() -> None:
    listed = json.loads(json.dumps({"connection_id": "payfit-x", **listed_mapping(MAPPING, PROVIDER)}))
    assert listed["fields"]["email"]["source_types"] == ["email", "email"]
    assert listed["fields"]["email"]["mandatory"] is True
    assert mapping_from_document(listed, PROVIDER) == MAPPING
    assert FieldMapping.from_document(listed["fields"]) == MAPPING


def test_a_file_may_be_json_or_toml() -> None:
    toml = '[fields]\nemail = ["email.work"]\n[fields.language]\nsources = "letter"\npolicy = "first_sync"\n'
    expected = {"email": FieldRule(("email.work",)), "language": FieldRule(("letter",), policy=Policy.FIRST_SYNC)}
    assert FieldMapping.from_document(document_from_text(toml)) == FieldMapping(expected)
    text = "\ufeff" + json.dumps(FieldMapping(expected).as_document())
    assert FieldMapping.from_document(document_from_text(text)) == FieldMapping(expected)
    assert tomllib.loads(toml)["fields"]["email"] == ["email.work"]


@pytest.mark.parametrize(
    "text", ["{", "[1, 2]", "just = words = twice", '{"email": "a", "email": "b"}', "[" * 100_000, '{"a":' * 100_000, "\x00", '{"a": NaN']
)
def test_a_file_that_cannot_be_read_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        document_from_text(text)
    assert caught.value.code is Code.INVALID_FILE
    assert caught.value.__cause__ is None


def test_a_wrong_file_is_quoted_no_further_than_the_beginning_of_a_name() -> None:
    said = explained(refusal_of({"x" * 500: "y" * 500}), "en")
    assert "x" * 41 not in said.message
    assert "y" * 41 not in said.message


def test_the_digest_says_what_the_mapping_says() -> None:
    shuffled = FieldMapping(dict(reversed(RULES.items())))
    assert shuffled.digest() == MAPPING.digest()
    assert FieldMapping.from_document(MAPPING.as_document()).digest() == MAPPING.digest()
    for changed in (
        having("email", replace(RULES["email"], sources=("email.home", "email.work"))),
        having("email", replace(RULES["email"], policy=Policy.FIRST_SYNC)),
        having("exit_date", replace(RULES["exit_date"], may_clear=False)),
        without("language"),
    ):
        assert changed.digest() != MAPPING.digest()


rules = st.builds(
    FieldRule,
    st.lists(st.sampled_from([f.name for f in PROVIDER]), min_size=1, max_size=3).map(tuple),
    st.lists(st.sampled_from(Transform), max_size=3).map(tuple),
    st.sampled_from(Policy),
    st.booleans(),
)
mappings = st.dictionaries(st.sampled_from([f.name for f in FIELDS]), rules, min_size=1).map(FieldMapping)


@given(mappings)
def test_any_mapping_survives_its_document(mapping: FieldMapping) -> None:
    assert FieldMapping.from_document(json.loads(json.dumps(mapping.as_document()))) == mapping
    assert FieldMapping.from_document(listed_mapping(mapping, PROVIDER)) == mapping


@given(mappings)
def test_a_mapping_that_passes_ends_in_the_platform_field_s_type(mapping: FieldMapping) -> None:
    for problem_free in (n for n in mapping.rules if not any(p.field == n for p in mapping_problems(mapping, PROVIDER))):
        rule = mapping.rules[problem_free]
        for source in rule.sources:
            (current,) = [f.type for f in PROVIDER if f.name == source and f.group is BY_NAME[problem_free].group]
            for transform in rule.transforms:
                current = TRANSFORM_TYPES[transform][current]
            wanted = BY_NAME[problem_free].type
            assert current is wanted or (wanted, current) in {(FieldType.TEXT, FieldType.CHOICE), (FieldType.HOURS, FieldType.DECIMAL)}


def test_an_unmapped_field_belongs_to_the_platform() -> None:
    assert MAPPING.policy("phone") is Policy.NEVER
    assert MAPPING.policy("language") is Policy.FIRST_SYNC
    assert MAPPING.policy("email") is Policy.ALWAYS


def test_every_transform_states_its_types() -> None:
    assert set(TRANSFORM_TYPES) == set(Transform)
    assert all(TRANSFORM_TYPES[t] for t in Transform)
