"""From landed snapshots to staged parts: decoded, mapped, validated, hashed; ready for one plan per part.

Connections that share a provider and a mapping are judged together. A part holds whole connections of one date, about a million people
at most, which bounds memory at no cost (design/store.md). May import: `adapters`, `domain`, this room.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from hr_pipeline.adapters.landing import landed_pages, landing_path
from hr_pipeline.adapters.store.applying import Failure
from hr_pipeline.adapters.store.connections import StoredConnection
from hr_pipeline.adapters.store.snapshots import Snapshot
from hr_pipeline.adapters.store.staging import Stage, StagedCounts
from hr_pipeline.domain.conform import conformed
from hr_pipeline.domain.frames import COMPONENTS, EMPLOYEES, PERIODS, PROBLEMS, Conformed, ProviderFrames
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.pulling import failure_of
from hr_pipeline.operations.workplace import Workplace

PART_PEOPLE = 1_000_000
CHUNK_PEOPLE = 200_000  # judged at once: what validation holds in memory

Listed = tuple[StoredConnection, Snapshot]


@dataclass(frozen=True, slots=True)
class Part:
    """One staged part: snapshots of one date with their counts, by snapshot id."""

    number: int
    date: date
    snapshots: tuple[Snapshot, ...]
    counts: dict[str, StagedCounts]


@dataclass(frozen=True, slots=True)
class Staging:
    """All parts of a sync, in the order they must be reconciled, and the snapshots that could not be read.

    `problems` counts what validation found: (code, field, rule, blocking) → people.
    """

    parts: tuple[Part, ...]
    failures: tuple[Failure, ...]
    problems: dict[tuple[str, str, str, bool], int]

    @property
    def employees(self) -> int:
        """People staged."""
        return sum(count.employees for part in self.parts for count in part.counts.values())


def staged(work: Workplace, stage: Stage, listed: Sequence[Listed]) -> Staging:
    """Conform and validate snapshots into parts, oldest date first. A snapshot that can't be read is a failure of its own."""
    parts: list[Part] = []
    failures: list[Failure] = []
    found: dict[tuple[str, str, str, bool], int] = {}
    for on in sorted({snapshot.date for _, snapshot in listed}):
        of_date = sorted((one for one in listed if one[1].date == on), key=lambda one: one[0].number)
        for batch in _ranges(of_date, PART_PEOPLE):
            judged = list(_judged(work, batch, failures))
            unread = {failure.snapshot_id for failure in failures}
            readable = [one for one in batch if one[1].snapshot_id not in unread]
            if readable:
                frames = _joined(judged)
                by_connection = stage.write(len(parts), frames, {stored.connection_id: stored.number for stored, _ in readable})
                counts = {snapshot.snapshot_id: by_connection[stored.connection_id] for stored, snapshot in readable}
                parts.append(Part(len(parts), on, tuple(snapshot for _, snapshot in readable), counts))
                _count(frames.problems, found)
    return Staging(tuple(parts), tuple(failures), found)


def _ranges(listed: Sequence[Listed], people: int) -> Iterator[list[Listed]]:
    """Whole connections in runs of at most so many people, or one connection that is larger."""
    batch: list[Listed] = []
    size = 0
    for one in listed:
        if batch and size + one[1].employees > people:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one[1].employees
    if batch:
        yield batch


def _judged(work: Workplace, batch: Sequence[Listed], failures: list[Failure]) -> Iterator[Conformed]:
    alike: dict[tuple[str, str], list[Listed]] = {}
    for one in batch:
        alike.setdefault((one[0].connection.provider, one[0].mapping.digest()), []).append(one)
    for group in alike.values():
        for chunk in _ranges(group, CHUNK_PEOPLE):
            frames = list(_decoded(work, chunk, failures))
            if frames:
                settings = {stored.connection_id: stored.connection.settings for stored, _ in chunk}
                yield conformed(_joined_frames(frames), chunk[0][0].mapping, settings, chunk[0][1].date)


def _decoded(work: Workplace, chunk: Sequence[Listed], failures: list[Failure]) -> Iterator[ProviderFrames]:
    for stored, snapshot in chunk:
        path = landing_path(work.home, stored.connection_id, snapshot.snapshot_id)
        try:
            pages = landed_pages(path, work.store.key, snapshot.content_hash)
            yield work.providers[stored.connection.provider].frames(stored.connection_id, pages, snapshot.date)
        except Refusal as refusal:
            failures.append(failure_of(stored.number, snapshot.date, refusal, snapshot.snapshot_id))


def _joined_frames(frames: Sequence[ProviderFrames]) -> ProviderFrames:
    return ProviderFrames(*(pa.concat_tables([getattr(f, name) for f in frames]) for name in ("identity", "pay", "components")))


def _joined(parts: Sequence[Conformed]) -> Conformed:
    schemas = {"employees": EMPLOYEES, "components": COMPONENTS, "problems": PROBLEMS, "periods": PERIODS}
    return Conformed(
        **{name: pa.concat_tables([schema.empty_table(), *(getattr(p, name) for p in parts)]) for name, schema in schemas.items()}
    )


def _count(problems: pa.Table, found: dict[tuple[str, str, str, bool], int]) -> None:
    grouped = problems.group_by(["code", "field", "rule", "blocking"]).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        key = (row["code"], row["field"] or "", row["rule"] or "", bool(row["blocking"]))
        found[key] = found.get(key, 0) + row["count_all"]


def lookup(connections: Iterable[StoredConnection], snapshots: Iterable[Snapshot]) -> list[Listed]:
    """Snapshots with their connections."""
    by_number = {one.number: one for one in connections}
    return [(by_number[snapshot.connection_no], snapshot) for snapshot in snapshots]
