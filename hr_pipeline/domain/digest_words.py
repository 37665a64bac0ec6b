"""A digest in a person's words: subject, text, and the structured form for programs. May import: `attention`, `codes`, `messages`, `nights`."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from hr_pipeline.domain.attention import Digest, Kind, Line
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import Language, phrase_label, text
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline.domain.phrases import Phrase

_EXPLAINED = (Kind.QUARANTINE, Kind.ERROR, Kind.HOLD, Kind.REVIEW)  # a whole run: the code's sentence is about it


class DigestWord(StrEnum):
    """Parts of a digest; those of the kinds by the values of `Kind`."""

    SUBJECT = "subject"
    TRIAL = "trial"
    NOTHING = "nothing"
    MORE = "more"
    FOOT = "foot"
    MISSED_NIGHT = "missed_night"
    QUARANTINE = "quarantine"
    ERROR = "error"
    HOLD = "hold"
    REVIEW = "review"
    HELD_EMPLOYEE = "held_employee"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    RECOVERED = "recovered"
    COUNT_MISSED_NIGHT = "count_missed_night"
    COUNT_QUARANTINE = "count_quarantine"
    COUNT_ERROR = "count_error"
    COUNT_HOLD = "count_hold"
    COUNT_REVIEW = "count_review"
    COUNT_HELD_EMPLOYEE = "count_held_employee"
    COUNT_CONFLICT = "count_conflict"
    COUNT_REJECTED = "count_rejected"
    COUNT_RECOVERED = "count_recovered"


def subject(digest: Digest, language: Language, *, trial: bool = False) -> str:
    """One line: how many of each kind."""
    counted = ", ".join(_said(DigestWord(f"count_{kind}"), language, times=times) for kind, times in digest.counts.items())
    said = _said(DigestWord.SUBJECT, language, counted=counted or _said(DigestWord.NOTHING, language))
    return f"{_said(DigestWord.TRIAL, language)} {said}" if trial else said


def body(digest: Digest, language: Language, dagster: str = "") -> str:
    """The text, company by company, with the command that says who is meant, and Dagster's page where its address is known."""
    blocks = [] if digest.lines else [_said(DigestWord.NOTHING, language)]
    for heading, lines in _by_company(digest):
        told = [part for line in lines for part in _told(line, language, dagster)]
        blocks.append("\n".join([heading, *told] if heading else told))
    if digest.more:
        blocks.append(_said(DigestWord.MORE, language, more=digest.more))
    return "\n\n".join([*blocks, _said(DigestWord.FOOT, language)]) + "\n"


def as_rows(digest: Digest, language: Language, dagster: str = "") -> list[dict[str, Any]]:
    """Its lines for a program: the document's, with sentence, command and address."""
    return [
        {
            **row,
            "message": _line(line, language),
            "command": line.command,
            **({"url": f"{dagster}/{line.page}"} if dagster else {}),
        }
        for row, line in zip(digest.as_document()["lines"], digest.lines, strict=True)
    ]


def _by_company(digest: Digest) -> Iterator[tuple[str, list[Line]]]:
    for _, group in groupby(digest.lines, key=lambda line: line.vat_number or line.connection_id):
        lines = list(group)
        ids = ", ".join(dict.fromkeys(line.connection_id for line in lines if line.connection_id))
        yield " · ".join(part for part in (ids, lines[0].vat_number) if part), lines


def _told(line: Line, language: Language, dagster: str) -> Iterator[str]:
    yield f"- {_line(line, language)}"
    yield f"  {line.command}" + (f"  {dagster}/{line.page}" if dagster else "")


def _line(line: Line, language: Language) -> str:
    times = {
        "times": line.times,
        "code": line.code,
        "since": _shown(line.since),
        "next": _shown(line.next_attempt),
        "company": line.connection_id,
    }
    said = _said(DigestWord(str(line.kind)), language, **times)
    if line.kind not in _EXPLAINED or line.code is None:
        return said
    return f"{said} {text(Code(line.code), language, provider=line.provider, connection=line.connection_id).message}"


def _shown(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(BRUSSELS):%Y-%m-%d %H:%M}" if moment else None


def _said(word: DigestWord, language: Language, **params: object) -> str:
    return phrase_label(Phrase(word, params), language)
