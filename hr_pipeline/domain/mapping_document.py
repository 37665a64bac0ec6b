"""The document form of a field mapping: JSON or TOML text to a document, a document to rules, with everything unreadable told at once.

Accepts what `hr-pipeline mapping ID --json` prints. Not here: whether the fields exist (`mapping`). May import: `codes`,
`fields`, `mapping_rules`, `refusals`.
"""

import json
import tomllib

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.mapping_rules import INFORMATIVE, FieldRule, MappingProblem, Policy, ProblemKind, Transform
from hr_pipeline.domain.refusals import Refusal

_LONGEST_QUOTE = 40  # a wrong file may hold anything; only the beginning of a name is ever repeated
_KEYS = frozenset({"sources", "transforms", "policy", "may_clear"})


def document_from_text(text: str) -> dict[str, object]:
    """The document in a mapping file: JSON when it opens with a brace, TOML otherwise.

    Raises:
        Refusal: `INVALID_FILE`; the text itself is never repeated.
    """
    text = text.removeprefix("\ufeff")
    try:
        if text.lstrip().startswith("{"):
            return dict(json.loads(text, object_pairs_hook=_without_duplicates))
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        raise Refusal(Code.INVALID_FILE, expected="JSON or TOML, each field named once") from None


def rules_of_document(document: object) -> tuple[dict[str, FieldRule], list[MappingProblem]]:
    """The rules that could be read, in part where need be, and what could not.

    `document` is `{"fields": {field: rule}}` (other keys beside `fields` are the listing's and ignored) or `{field: rule}`.
    """
    fields = document.get("fields", document) if isinstance(document, dict) else None
    if not isinstance(fields, dict) or not fields:
        return {}, [MappingProblem(ProblemKind.NOT_A_MAPPING)]
    rules: dict[str, FieldRule] = {}
    problems: list[MappingProblem] = []
    for key, value in fields.items():
        name = _quoted(key)
        rules[name], wrong = _rule(name, value)
        problems += wrong
    return rules, problems


def _rule(name: str, value: object) -> tuple[FieldRule, list[MappingProblem]]:
    """One field's rule: in full, or just its source or its list of sources."""
    if isinstance(value, str | list | tuple):
        value = {"sources": value}
    if not isinstance(value, dict):
        return FieldRule(()), [MappingProblem(ProblemKind.NOT_A_MAPPING, name)]
    problems = [
        MappingProblem(ProblemKind.UNKNOWN_KEY, name, _quoted(key), ", ".join(sorted(_KEYS)))
        for key in value
        if key not in _KEYS | INFORMATIVE
    ]
    transforms: list[Transform] = []
    for text in _texts(value.get("transforms")):
        if text in {str(t) for t in Transform}:
            transforms.append(Transform(text))
        else:
            problems.append(MappingProblem(ProblemKind.UNKNOWN_TRANSFORM, name, text))
    policy = value.get("policy", Policy.ALWAYS)
    if policy not in list(Policy):
        problems.append(MappingProblem(ProblemKind.UNKNOWN_POLICY, name, _quoted(policy)))
        policy = Policy.ALWAYS
    may_clear = value.get("may_clear", False)
    if not isinstance(may_clear, bool):
        problems.append(MappingProblem(ProblemKind.NOT_YES_OR_NO, name, "may_clear"))
    sources = _texts(value.get("sources"))
    return FieldRule(sources, tuple(transforms), Policy(str(policy)), may_clear is True), problems


def _texts(value: object) -> tuple[str, ...]:
    """A text or a list of texts, as a tuple without blanks around; null is none."""
    if value is None:
        return ()
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(text for item in items if (text := _quoted(item)))


def _quoted(value: object) -> str:
    """A name as it may be repeated in a message."""
    text = value if isinstance(value, str) else type(value).__name__
    return text.strip()[:_LONGEST_QUOTE]


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object whose keys are all different; the parser would silently keep the last."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key twice")
    return document
