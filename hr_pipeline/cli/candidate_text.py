"""Why an account is a candidate, step by step; asked for names, with the values of both sides beside each other.

Values are folded, never cut: a decision rests on the last letter too. May import: `domain`, `terminal`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from hr_pipeline.cli.terminal import folded, paragraph, plain, say
from hr_pipeline.domain.conflict_words import ConflictWord
from hr_pipeline.domain.evidence import BASE_FIELD, BEARERS_FIELD, Verdict
from hr_pipeline.domain.messages import field_label, phrase_label
from hr_pipeline.domain.phrases import Phrase

Row = Mapping[str, Any]

GAP = "  "
NARROWEST_VALUE = 12
_STYLES = {Verdict.AGREES: "green", Verdict.ALIKE: "yellow", Verdict.DIFFERS: "red", Verdict.UNKNOWN: "dim"}
_NO_EVIDENCE = ("birth_name", "start_date", "exit_date")  # they weigh nothing, and tell a person a lot
_OF_A_PERSON = ("first_name", "last_name", "birth_name", "email", "birth_date", "employee_number", "phone", "start_date", "exit_date")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a waterfall. Without `values`, `words` have the room of the values too."""

    label: str
    words: str = ""
    points: str = ""
    values: tuple[str, ...] = ()
    style: str = ""


def show_candidate(to: Console, candidate: Row, lang: str, listed: Row | None = None) -> None:
    """The waterfall of one candidate: from where everybody starts to the score.

    Args:
        to: Where.
        candidate: With the account's `values` when names were asked for.
        lang: Language.
        listed: The employee's values, with the `date` of their list; None when they are not kept, or not asked for.
    """
    heading = said(ConflictWord.CANDIDATE, lang, account=candidate["account_id"], score=candidate["score"])
    name = " ".join(filter(None, (candidate.get("first_name"), candidate.get("last_name"))))
    say(to, f"{heading} — {plain(name)}" if name else heading, style="bold")
    sides = [side for side in (listed, candidate.get("values")) if side]
    titles = [said(ConflictWord.LIST_COLUMN, lang, date=listed["date"])] if listed else []
    titles += [str(candidate["account_id"])] if candidate.get("values") else []
    score = _Line(said(ConflictWord.SCORE, lang), points=str(candidate["score"]), style="bold")
    _print(to, [*([_Line("", values=tuple(titles), style="dim")] if titles else []), *_lines(candidate, sides, lang), score])
    if candidate.get("company"):
        dates = {"ends": candidate["employment_ends"], "starts": candidate["employment_starts"]}
        word = ConflictWord.EMPLOYMENT if all(dates.values()) else ConflictWord.COMPANY
        paragraph(to, said(word, lang, company=candidate["company"], **dates), indent="  ")


def show_listed(to: Console, people: Sequence[Row], lang: str) -> None:
    """Employees of one list beside each other, as many to a block as the terminal has room for."""
    names = [name for name in _OF_A_PERSON if any(one[name] for one in people)]
    labels = max((cell_len(field_label(name, lang)) for name in names), default=0)
    at_once = max((to.width - labels - len(GAP)) // (NARROWEST_VALUE + 2 * len(GAP)), 1)
    for start in range(0, len(people), at_once):
        block = people[start : start + at_once]
        lines = [_Line("", values=tuple(plain(one["external_id"]) for one in block), style="dim")]
        _print(to, lines + [_Line(field_label(name, lang), values=_values(block, name)) for name in names])


def said(word: ConflictWord, lang: str, **params: object) -> str:
    """A part of what is said of a conflict."""
    return phrase_label(Phrase(word, params), lang)


def _lines(candidate: Row, sides: Sequence[Row], lang: str) -> list[_Line]:
    lines = [_step(step, candidate["name_bearers"], sides, lang) for step in candidate.get("steps", [])]
    beside = [_Line(field_label(name, lang), values=_values(sides, name)) for name in _NO_EVIDENCE if any(one[name] for one in sides)]
    return [*lines[:-1], *beside, *lines[-1:]]  # the bearers of the name come last


def _step(step: Row, bearers: int, sides: Sequence[Row], lang: str) -> _Line:
    weight, verdict = int(step["weight"]), Verdict(step["verdict"])
    points = f"{weight:+d}" if weight else "·"
    if step["field"] == BASE_FIELD:
        return _Line(said(ConflictWord.BASE, lang), points=points)
    if step["field"] == BEARERS_FIELD:
        word = ConflictWord.OTHER_NAME if verdict != Verdict.AGREES else ConflictWord.ONLY_BEARER if bearers <= 1 else ConflictWord.BEARERS
        return _Line(said(ConflictWord.COMMON, lang), said(word, lang, bearers=bearers), points, style=_STYLES[verdict])
    words = phrase_label(Phrase(verdict, {}), lang)
    return _Line(field_label(step["field"], lang), words, points, _values(sides, step["field"]), _STYLES[verdict])


def _values(sides: Sequence[Row], name: str) -> tuple[str, ...]:
    return tuple(plain(side[name]) or "-" for side in sides)


def _print(to: Console, lines: Sequence[_Line]) -> None:
    """Lines in columns: label, values, words, points."""
    columns = max(len(line.values) for line in lines)
    label, points = max(cell_len(line.label) for line in lines), max(cell_len(line.points) for line in lines)
    words = max((cell_len(line.words) for line in lines if line.values or not columns), default=0)
    around = len(GAP) * (2 + columns + bool(words) + bool(points)) - len(GAP) + label + words + points
    widths = _shared([max(cell_len(line.values[place]) for line in lines if line.values) for place in range(columns)], to.width - around)
    spanning = max((cell_len(line.words) for line in lines if not line.values), default=0)
    whole = sum(width + len(GAP) for width in widths) + words
    wider = max(min(spanning, to.width - around + sum(widths) + words) - whole, 0)
    whole, words = whole + wider, words + wider
    for line in lines:
        parts = [*zip(line.values, widths, strict=True), (line.words, words)] if line.values else [(line.words, whole)]
        cells = [folded(text, max(width, 1)) if line.values else wrap(text, max(whole, 20)) or [""] for text, width in parts]
        for nth in range(max(map(len, cells))):
            shown = [_padded(cell[nth] if nth < len(cell) else "", width) for cell, (_, width) in zip(cells, parts, strict=True)]
            first = (line.label, line.points) if nth == 0 else ("", "")
            say(to, GAP + GAP.join([_padded(first[0], label), *shown, first[1].rjust(points)]).rstrip(), style=line.style)


def _shared(widest: Sequence[int], room: int) -> list[int]:
    """The room shared out: who needs little leaves it to the others."""
    given = [0] * len(widest)
    for nth, place in enumerate(sorted(range(len(widest)), key=lambda place: widest[place])):
        given[place] = min(widest[place], max(room // (len(widest) - nth), NARROWEST_VALUE))
        room -= given[place]
    return given


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
