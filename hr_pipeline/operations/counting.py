"""What a company's provider lists right now: pulled into memory, judged as a sync would judge it, and counted. Nothing is kept.

Who is shown the counts is `connecting`'s and `preflight`'s business. May import: `adapters`, `domain`, this room.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.adapters.providers.protocol import Page, Provider, Pulled, Session
from hr_pipeline.adapters.pulling import COMPANY_SECONDS
from hr_pipeline.domain.arrow import flat, integers, mask_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.conform import conformed
from hr_pipeline.domain.connections import Settings
from hr_pipeline.domain.fields import Group
from hr_pipeline.domain.frames import Conformed, ProviderFrames
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.operations.pulling import Progress


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose people are counted, and by which rules they are read."""

    connection_id: str
    company_id: str
    mapping: FieldMapping
    settings: Settings
    on: date


@dataclass(frozen=True, slots=True)
class Counted:
    """Something wrong or odd, and how many people it concerns."""

    code: Code
    field: str | None
    rule: str | None
    blocking: bool
    people: int


@dataclass(frozen=True, slots=True)
class Census:
    """One pull, proven complete and judged."""

    pulled: Pulled
    frames: ProviderFrames = field(repr=False)
    judged: Conformed = field(repr=False)

    @property
    def in_scope(self) -> pa.Table:
        """The people who take part, with the schema EMPLOYEES."""
        return self.judged.employees.filter(self.judged.employees["in_scope"])

    @property
    def pay_records(self) -> int:
        """Pay rows of those who take part."""
        return int(pc.sum(self.in_scope["pay_rows"]).as_py() or 0)

    def problems(self) -> list[Counted]:
        """What validation found about those who take part, and pay without a person; errors first, then the most frequent."""
        rows = self.judged.problems
        concerned = pc.or_(pc.is_null(rows["row"]), pc.is_in(rows["row"], value_set=flat(self.in_scope["row"])))
        grouped = rows.filter(pa.array(mask_of(concerned))).group_by(["code", "field", "rule", "blocking"]).aggregate([([], "count_all")])
        found = [Counted(Code(r["code"]), r["field"], r["rule"], bool(r["blocking"]), r["count_all"]) for r in grouped.to_pylist()]
        return sorted(found, key=lambda one: (not one.blocking, -one.people, one.code, one.field or "", one.rule or ""))


def census(session: Session, provider: Provider, subject: Subject, progress: Progress | None = None) -> Census:
    """Everybody the provider lists for a company now.

    Args:
        session: Of a credential that opens the company; stays open.
        provider: Whose pages they are.
        subject: The company and the rules of its connection.
        progress: Told of every page.

    Raises:
        Refusal: Whatever `Session.pull` and `Provider.frames` raise: nothing is counted unless the list is proven complete.
    """
    pages = _Pages(progress)
    pulled = session.pull(subject.company_id, pages, until=time.monotonic() + COMPANY_SECONDS)
    frames = provider.frames(subject.connection_id, pages.kept, subject.on)
    return Census(pulled, frames, conformed(frames, subject.mapping, {subject.connection_id: subject.settings}, subject.on))


def never_sent(frames: ProviderFrames, mapping: FieldMapping) -> list[str]:
    """Mapped platform fields of which no source was sent for anybody, which is what a missing scope looks like."""
    tables = {Group.IDENTITY: frames.identity, Group.PAY: frames.pay, Group.COMPONENT: frames.components}
    of_people = _absent_everywhere(frames.identity)  # where a whole list is closed, its fields are named here
    missing: list[str] = []
    for group, table in tables.items():
        absent = of_people | _absent_everywhere(table)
        missing += [name for name, rule in mapping.of_group(group).items() if absent.issuperset(rule.sources)]
    return missing


@dataclass(slots=True)
class _Pages:
    """A sink that keeps pages in memory."""

    progress: Progress | None
    kept: list[Page] = field(default_factory=list)

    def add(self, page: Page) -> None:
        """Keep one page."""
        self.kept.append(page)
        if self.progress is not None:
            self.progress("pages pulled", len(self.kept), 0)


def _absent_everywhere(table: pa.Table) -> set[str]:
    lists = flat(table["absent"])
    if not len(lists) or lists.null_count:  # a row that misses nothing
        return set()
    names: Sequence[str] = flat(pc.list_flatten(lists)).to_pylist()
    rows = integers(flat(pc.list_parent_indices(lists)))
    counts: dict[str, set[int]] = {}
    for name, row in zip(names, np.asarray(rows).tolist(), strict=True):
        counts.setdefault(name, set()).add(row)
    return {name for name, of_rows in counts.items() if len(of_rows) == len(lists)}
