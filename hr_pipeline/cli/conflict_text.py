"""One conflict as a person reads it: what is asked, why each account is a candidate, and commands to paste.

Fields by name, never by value. May import: `adapters.store` for its rows, `domain`, `terminal`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from hr_pipeline.adapters.store.prospects import Prospects
from hr_pipeline.adapters.store.questions import ADDRESS_IN_USE
from hr_pipeline.cli.terminal import plain, say
from hr_pipeline.domain.conflict_words import ConflictWord
from hr_pipeline.domain.decisions import Choice, ConflictState
from hr_pipeline.domain.evidence import BASE_FIELD, BEARERS_FIELD, Verdict
from hr_pipeline.domain.messages import field_label, phrase_label, rule_label
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline.domain.phrases import Phrase

Row = Mapping[str, Any]

_STATES = {
    ConflictState.OPEN: ConflictWord.OPEN,
    ConflictState.DECIDED: ConflictWord.DECIDED_STATE,
    ConflictState.DEFERRED: ConflictWord.DEFERRED,
    ConflictState.CLOSED: ConflictWord.CLOSED,
}
_CHOICES = {
    Choice.LINK: ConflictWord.CHOOSE_LINK,
    Choice.CREATE: ConflictWord.CHOOSE_CREATE,
    Choice.TRANSFER: ConflictWord.CHOOSE_TRANSFER,
    Choice.EXCLUDE: ConflictWord.CHOOSE_EXCLUDE,
    Choice.DEFER: ConflictWord.CHOOSE_DEFER,
}
_STYLES = {Verdict.AGREES: "green", Verdict.ALIKE: "yellow", Verdict.DIFFERS: "red", Verdict.UNKNOWN: "dim"}
_PARTS = {"number": "employee_number"}  # what the store calls a part, where the platform calls the field otherwise


def show_one(to: Console, conflict: Row, now: Prospects, lang: str) -> None:
    """Print everything about a conflict, and a command for each of the decisions it leaves."""
    state = _said(_state(conflict, now), lang)
    say(to, _said(ConflictWord.TITLE, lang, conflict=conflict["conflict_id"], code=conflict["code"], state=state), style="bold")
    _paragraph(to, conflict["message"])
    say(to, "")
    say(to, _said(ConflictWord.EMPLOYEE, lang, employee=conflict["external_id"], connection=conflict["connection_id"]))
    say(to, _said(ConflictWord.SINCE, lang, since=conflict["since"], runs=conflict["runs"]))
    if others := conflict.get("others"):
        named = ", ".join(f"{one['external_id']} ({one['conflict_id']})" for one in others)
        _paragraph(to, _said(ConflictWord.OTHERS, lang, others=named))
    if conflict["changed"]:
        _paragraph(to, _said(ConflictWord.CHANGED, lang, parts=", ".join(part_label(part, lang) for part in conflict["changed"])))
    if conflict["state"] != ConflictState.OPEN and (decision := conflict.get("resolution")):
        _paragraph(to, _decision(decision, lang))
        if decision["applied_by"]:
            _paragraph(to, _said(ConflictWord.APPLIED, lang, run=decision["applied_by"], undo=decision["undone_by"]))
    for candidate in conflict["candidates"]:
        say(to, "")
        _show_candidate(to, candidate, lang)
    if not conflict["candidates"]:
        say(to, "")
        _paragraph(to, _said(ConflictWord.NO_CANDIDATE, lang))
    say(to, "")
    if now.offered:
        _show_commands(to, conflict["conflict_id"], now.offered, lang)
    for sentence, command in _not_offered(conflict, now, lang):
        _paragraph(to, sentence)
        if command:
            say(to, f"  hr-pipeline {command}")


def _state(conflict: Row, now: Prospects) -> ConflictWord:
    """The state; a decision whose accounts changed since will not be applied, and is not said to be."""
    waits = conflict["state"] == ConflictState.DECIDED and conflict["resolution"]["choice"] != Choice.EXCLUDE
    return ConflictWord.VOID_STATE if waits and (now.changed or now.gone) else _STATES[ConflictState(conflict["state"])]


def _not_offered(conflict: Row, now: Prospects, lang: str) -> list[tuple[str, str | None]]:
    """Why a decision that the code allows is not offered, a sentence per reason, and the command that helps."""
    lines: list[tuple[str, str | None]] = []
    if now.gone:
        lines.append((_said(ConflictWord.GONE, lang, accounts=", ".join(now.gone)), None))
    if now.changed:
        parts = ", ".join(part_label(part, lang) for part in now.changed)
        lines.append((_said(ConflictWord.SINCE_CHANGED, lang, parts=parts), None))
    if lines:
        lines.append((_said(ConflictWord.SYNC_FIRST, lang), f"sync {conflict['connection_id']}"))
    if now.only_address:
        lines.append((_said(ConflictWord.ONLY_ADDRESS, lang, choices=", ".join(now.only_address)), None))
    for one in now.obstacles:
        taken = one.reason == ADDRESS_IN_USE
        word = ConflictWord.ADDRESS_TAKEN if taken else ConflictWord.REFUSED
        choices, reason = ", ".join(one.choices), rule_label(one.reason, lang)
        said = _said(word, lang, choices=choices, account=one.account_id, reason=reason)
        lines.append((said, f"account {one.account_id} set email …" if taken else None))
    return lines


def part_label(part: str, lang: str) -> str:
    """One of the parts a question rests on (`employee.email`, `a17.link`) in words."""
    whose, _, name = part.partition(".")
    words = {"name": ConflictWord.NAME, "link": ConflictWord.LINK}
    label = _said(words[name], lang) if name in words else field_label(_PARTS.get(name, name), lang)
    return _said(ConflictWord.PART_EMPLOYEE if whose == "employee" else ConflictWord.PART_ACCOUNT, lang, part=label, account=whose)


def _show_candidate(to: Console, candidate: Row, lang: str) -> None:
    """The waterfall of one candidate: from where everybody starts to the score."""
    heading = _said(ConflictWord.CANDIDATE, lang, account=candidate["account_id"], score=candidate["score"])
    name = " ".join(filter(None, (candidate.get("first_name"), candidate.get("last_name"))))
    say(to, f"{heading} — {plain(name)}" if name else heading, style="bold")
    lines = [
        (*_step(step, candidate["name_bearers"], lang), int(step["weight"]), Verdict(step["verdict"]))
        for step in candidate.get("steps", [])
    ]
    labels = [label for label, *_ in lines] + [_said(ConflictWord.SCORE, lang)]
    told = [words for _, words, *_ in lines]
    label_width, told_width = max(map(cell_len, labels)), max(map(cell_len, told), default=0)
    for label, words, weight, verdict in lines:
        points = f"{weight:+d}" if weight else "·"
        say(to, f"  {_padded(label, label_width)}  {_padded(words, told_width)}  {points:>4}", style=_STYLES[verdict] if words else "")
    say(to, f"  {_padded(labels[-1], label_width)}  {_padded('', told_width)}  {candidate['score']:>4}", style="bold")
    if candidate.get("company"):
        dates = {"ends": candidate["employment_ends"], "starts": candidate["employment_starts"]}
        word = ConflictWord.EMPLOYMENT if all(dates.values()) else ConflictWord.COMPANY
        _paragraph(to, _said(word, lang, company=candidate["company"], **dates), indent="  ")


def _step(step: Row, bearers: int, lang: str) -> tuple[str, str]:
    """Label and finding of one step."""
    if step["field"] == BASE_FIELD:
        return _said(ConflictWord.BASE, lang), ""
    if step["field"] == BEARERS_FIELD:
        if step["verdict"] != Verdict.AGREES:
            return _said(ConflictWord.COMMON, lang), _said(ConflictWord.OTHER_NAME, lang)
        word = ConflictWord.ONLY_BEARER if bearers <= 1 else ConflictWord.BEARERS
        return _said(ConflictWord.COMMON, lang), _said(word, lang, bearers=bearers)
    return field_label(step["field"], lang), phrase_label(Phrase(Verdict(step["verdict"]), {}), lang)


def _show_commands(to: Console, number: int, decisions: Sequence[tuple[Choice, str | None]], lang: str) -> None:
    """Commands to paste, with what each means beside it, or below where the terminal is narrow."""
    say(to, _said(ConflictWord.POSSIBLE, lang), style="bold")
    commands = [" ".join(filter(None, ("hr-pipeline resolve", str(number), choice, account))) for choice, account in decisions]
    meanings = [_said(_CHOICES[choice], lang) for choice, _ in decisions]
    widest = max(map(len, commands))
    beside = widest + max(map(cell_len, meanings)) + len("    # ") <= to.width
    for command, meaning in zip(commands, meanings, strict=True):
        if beside:
            say(to, f"  {command.ljust(widest)}  # {meaning}")
        else:
            say(to, f"  {command}")
            say(to, f"      # {meaning}")
    say(to, _said(ConflictWord.WHY, lang), style="dim")


def _decision(decision: Row, lang: str) -> str:
    decided: datetime = decision["decided_at"]
    said = {"choice": decision["choice"], "account": decision["account_id"], "owner": decision["owner"], "reason": decision["reason"]}
    return _said(ConflictWord.DECIDED, lang, **said, date=f"{decided.astimezone(BRUSSELS):%Y-%m-%d}")


def _said(word: ConflictWord, lang: str, **params: object) -> str:
    return phrase_label(Phrase(word, params), lang)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _paragraph(to: Console, text: str, indent: str = "") -> None:
    """Words broken where the terminal ends; nothing in them is meant to be copied."""
    for line in wrap(plain(text), max(to.width, 40), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False):
        say(to, line)
