"""What is told when something got worse: kinds of concerns in their order, the digest that holds them, and when it is sent again.

A digest has counts, connections, codes and runs, never an employee: who is meant is said by the command that each line names.
Its words are `digest_words`'. May import: `codes`, `pages`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from hr_pipeline.domain import pages

MOST_COMPANIES = 20  # of one digest; the others are counted
MOST_LINES = 6  # of one company

_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
_LONGEST_PAUSE = timedelta(hours=4)


class Kind(StrEnum):
    """What a line is about, the most urgent first."""

    MISSED_NIGHT = "missed_night"  # of no company: nothing ran
    QUARANTINE = "quarantine"  # entered it
    ERROR = "error"
    HOLD = "hold"  # a whole run
    REVIEW = "review"  # a plan waits for its approval
    HELD_EMPLOYEE = "held_employee"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    RECOVERED = "recovered"  # left quarantine: the only good news, since its beginning was told


class Channel(StrEnum):
    """Ways by which a digest travels."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Line:
    """One matter of one connection.

    Attributes:
        kind: What it is about.
        connection_id: None for a missed night, as are `provider` and `vat_number`.
        code: Why; None where there is none.
        times: Employees, conflicts or connections.
        reference: A run (`r17`), or a conflict's number.
        since: When it began.
        next_attempt: When a quarantined connection is tried again.
        dagster_run_id: The run that found it.
        on: The day of its sync run, whose partition shows it; None for a missed night, and of a digest made before there was one.
    """

    kind: Kind
    connection_id: str | None
    provider: str | None
    vat_number: str | None
    code: str | None
    times: int
    reference: str | None
    since: datetime | None
    next_attempt: datetime | None
    dagster_run_id: str | None
    on: date | None = None

    @property
    def command(self) -> str:
        """What to type to see who or what is meant."""
        match self.kind:
            case Kind.MISSED_NIGHT:
                return "hr-pipeline history"
            case Kind.QUARANTINE:
                return f"hr-pipeline connection {self.connection_id}"
            case Kind.RECOVERED:
                return f"hr-pipeline history {self.connection_id}"
            case Kind.CONFLICT:
                return f"hr-pipeline conflict {self.reference}" if self.times == 1 else f"hr-pipeline conflicts {self.connection_id}"
            case Kind.HOLD:
                return f"hr-pipeline outcomes {self.reference} --only counted"
            case Kind.HELD_EMPLOYEE | Kind.REJECTED if self.code:
                return f"hr-pipeline outcomes {self.reference} --only {self.code}"
        return f"hr-pipeline outcomes {self.reference}"

    @property
    def page(self) -> str:
        """Where Dagster shows it, below the address of its UI."""
        match self.kind:
            case Kind.CONFLICT:
                return pages.CONFLICTS
            case Kind.HOLD | Kind.REVIEW | Kind.HELD_EMPLOYEE:
                return pages.HOLDS
        if self.connection_id is None or self.on is None:
            return pages.HISTORY
        return pages.partition_page(self.connection_id, self.on)


@dataclass(frozen=True, slots=True)
class Digest:
    """What got worse since the last one: totals of everything, and the most urgent companies line by line.

    `counts` are employees, conflicts or connections by kind; `companies` and `more` count the companies told and not told of.
    """

    counts: dict[str, int]
    lines: tuple[Line, ...]
    companies: int
    more: int

    def as_document(self) -> dict[str, Any]:
        """JSON-ready; times as ISO text."""
        lines = [
            {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(line).items()} for line in self.lines
        ]
        return {"counts": self.counts, "companies": self.companies, "more": self.more, "lines": lines}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Digest":
        """The digest that `as_document` wrote."""
        lines = tuple(
            Line(
                **{
                    **line,
                    "kind": Kind(line["kind"]),
                    "since": _moment(line["since"]),
                    "next_attempt": _moment(line["next_attempt"]),
                    "on": date.fromisoformat(line["on"]) if line.get("on") else None,
                }
            )
            for line in document["lines"]
        )
        return cls(dict(document["counts"]), lines, document["companies"], document["more"])


def digest_of(lines: Sequence[Line]) -> Digest | None:
    """What is told of these matters, or None when there are none.

    Companies come by their most urgent line, then by how many people are concerned; each keeps its connections together.
    """
    if not lines:
        return None
    by_company = [list(group) for _, group in groupby(sorted(lines, key=_company), key=_company)]
    ranked = sorted((sorted(group, key=_urgency) for group in by_company), key=lambda group: (*_urgency(group[0])[:2], _company(group[0])))
    told = [line for group in ranked[:MOST_COMPANIES] for line in group[:MOST_LINES]]
    counts = {str(kind): sum(line.times for line in lines if line.kind is kind) for kind in Kind}
    companies = sum(group[0].connection_id is not None for group in ranked)
    shown = sum(group[0].connection_id is not None for group in ranked[:MOST_COMPANIES])
    return Digest({kind: times for kind, times in counts.items() if times}, tuple(told), companies, companies - shown)


def delivery_pause(attempts: int) -> timedelta:
    """How long a digest that did not arrive waits, after so many attempts. It is never given up: what is wrong is set right some day."""
    return _PAUSES[attempts - 1] if attempts <= len(_PAUSES) else _LONGEST_PAUSE


def _company(line: Line) -> str:
    """Connections of one company have its VAT number; without one, each is its own."""
    return line.vat_number or line.connection_id or ""


def _urgency(line: Line) -> tuple[int, int, str]:
    return list(Kind).index(line.kind), -line.times, line.code or ""


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
