"""One conflict as a person reads it: what is asked, its candidates, and commands to paste.

Fields by name; by value only where names were asked for. Not here: a candidate (`candidate_text`). May import: `adapters.store` for its
rows, `domain`, `candidate_text`, `surroundings`, `terminal`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from hr_pipeline.adapters.store.prospects import Prospects
from hr_pipeline.adapters.store.questions import ADDRESS_IN_USE
from hr_pipeline.cli.candidate_text import said, show_candidate, show_listed
from hr_pipeline.cli.surroundings import how_to_sync
from hr_pipeline.cli.terminal import paragraph, say
from hr_pipeline.domain.conflict_words import ConflictWord
from hr_pipeline.domain.decisions import Choice, ConflictState
from hr_pipeline.domain.messages import field_label, rule_label
from hr_pipeline.domain.nights import BRUSSELS

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
_PARTS = {"number": "employee_number"}  # what the store calls a part, where the platform calls the field otherwise


def show_one(to: Console, conflict: Row, now: Prospects, lang: str) -> None:
    """Print everything about a conflict, and a command for each of the decisions it leaves."""
    state = said(_state(conflict, now), lang)
    say(to, said(ConflictWord.TITLE, lang, conflict=conflict["conflict_id"], code=conflict["code"], state=state), style="bold")
    paragraph(to, conflict["message"])
    say(to, "")
    say(to, said(ConflictWord.EMPLOYEE, lang, employee=conflict["external_id"], connection=conflict["connection_id"]))
    say(to, said(ConflictWord.SINCE, lang, since=conflict["since"], runs=conflict["runs"]))
    if others := conflict.get("others"):
        named = ", ".join(f"{one['external_id']} ({one['conflict_id']})" for one in others)
        paragraph(to, said(ConflictWord.OTHERS, lang, others=named))
    if conflict["changed"]:
        paragraph(to, said(ConflictWord.CHANGED, lang, parts=", ".join(part_label(part, lang) for part in conflict["changed"])))
    if conflict["state"] != ConflictState.OPEN and (decision := conflict.get("resolution")):
        paragraph(to, _decision(decision, lang))
        if decision["applied_by"]:
            paragraph(to, said(ConflictWord.APPLIED, lang, run=decision["applied_by"], undo=decision["undone_by"]))
    if ended := conflict.get("ended"):
        paragraph(to, _ended(ended, lang, decided="resolution" in conflict))
    own = _show_listed(to, conflict, lang)
    for candidate in conflict["candidates"]:
        say(to, "")
        show_candidate(to, candidate, lang, own)
    if not conflict["candidates"]:
        say(to, "")
        paragraph(to, said(ConflictWord.NO_CANDIDATE, lang))
    if "listed" not in conflict:
        paragraph(to, said(ConflictWord.LIKENESS_HIDDEN, lang))
    say(to, "")
    if now.offered:
        _show_commands(to, conflict["conflict_id"], now.offered, lang)
    for sentence, command in _not_offered(conflict, now, lang):
        paragraph(to, sentence)
        if command:
            say(to, f"  hr-pipeline {command}")


def _show_listed(to: Console, conflict: Row, lang: str) -> Row | None:
    """The employee's values, to be shown beside those of each candidate; here only where the question is about the list itself."""
    if "listed" not in conflict:
        return None
    listed = conflict["listed"]
    if not listed["people"]:
        say(to, "")
        paragraph(to, said(ConflictWord.NOT_KEPT, lang, date=listed["date"]))
        return None
    if len(listed["people"]) > 1 or not conflict["candidates"]:
        say(to, "")
        say(to, said(ConflictWord.SIDES, lang, date=listed["date"]), style="bold")
        show_listed(to, listed["people"], lang)
    return {**listed["people"][0], "date": listed["date"]}


def _state(conflict: Row, now: Prospects) -> ConflictWord:
    """The state; a decision whose accounts changed since will not be applied, and is not said to be."""
    waits = conflict["state"] == ConflictState.DECIDED and conflict["resolution"]["choice"] != Choice.EXCLUDE
    return ConflictWord.VOID_STATE if waits and (now.changed or now.gone) else _STATES[ConflictState(conflict["state"])]


def _not_offered(conflict: Row, now: Prospects, lang: str) -> list[tuple[str, str | None]]:
    """Why a decision that the code allows is not offered, a sentence per reason, and the command that helps."""
    lines: list[tuple[str, str | None]] = []
    if now.gone:
        lines.append((said(ConflictWord.GONE, lang, accounts=", ".join(now.gone)), None))
    if now.changed:
        parts = ", ".join(part_label(part, lang) for part in now.changed)
        lines.append((said(ConflictWord.SINCE_CHANGED, lang, parts=parts), None))
    if lines:
        lines.append((said(ConflictWord.SYNC_FIRST, lang), how_to_sync(conflict["connection_id"]).removeprefix("hr-pipeline ")))
    if now.only_address:
        lines.append((said(ConflictWord.ONLY_ADDRESS, lang, choices=", ".join(now.only_address)), None))
    for one in now.obstacles:
        taken = one.reason == ADDRESS_IN_USE
        word = ConflictWord.ADDRESS_TAKEN if taken else ConflictWord.REFUSED
        choices, reason = ", ".join(one.choices), rule_label(one.reason, lang)
        refused = said(word, lang, choices=choices, account=one.account_id, reason=reason)
        lines.append((refused, f"account {one.account_id} set email …" if taken else None))
    return lines


def part_label(part: str, lang: str) -> str:
    """One of the parts a question rests on (`employee.email`, `a17.link`) in words."""
    whose, _, name = part.partition(".")
    words = {"name": ConflictWord.NAME, "link": ConflictWord.LINK}
    label = said(words[name], lang) if name in words else field_label(_PARTS.get(name, name), lang)
    return said(ConflictWord.PART_EMPLOYEE if whose == "employee" else ConflictWord.PART_ACCOUNT, lang, part=label, account=whose)


def _show_commands(to: Console, number: int, decisions: Sequence[tuple[Choice, str | None]], lang: str) -> None:
    """Commands to paste, with what each means beside it, or below where the terminal is narrow."""
    say(to, said(ConflictWord.POSSIBLE, lang), style="bold")
    commands = [" ".join(filter(None, ("hr-pipeline resolve", str(number), choice, account))) for choice, account in decisions]
    meanings = [said(_CHOICES[choice], lang) for choice, _ in decisions]
    widest = max(map(len, commands))
    beside = widest + max(map(cell_len, meanings)) + len("    # ") <= to.width
    for command, meaning in zip(commands, meanings, strict=True):
        if beside:
            say(to, f"  {command.ljust(widest)}  # {meaning}")
        else:
            say(to, f"  {command}")
            say(to, f"      # {meaning}")
    say(to, said(ConflictWord.WHY, lang), style="dim")


def _ended(ended: Row, lang: str, *, decided: bool) -> str:
    """When and by which run a conflict was closed, and what became of the employee."""
    at: datetime = ended["at"]
    word = ConflictWord.CLOSED_BY if ended["outcome"] else ConflictWord.CLOSED_UNLISTED
    known = {"run": ended["sync_run_id"], "date": f"{at.astimezone(BRUSSELS):%Y-%m-%d %H:%M}"}
    told = said(word, lang, **known, outcome=ended["outcome"], account=ended["account_id"])
    return told if decided else f"{told} {said(ConflictWord.UNDECIDED, lang)}"


def _decision(decision: Row, lang: str) -> str:
    decided: datetime = decision["decided_at"]
    taken = {"choice": decision["choice"], "account": decision["account_id"], "owner": decision["owner"], "reason": decision["reason"]}
    return said(ConflictWord.DECIDED, lang, **taken, date=f"{decided.astimezone(BRUSSELS):%Y-%m-%d}")
