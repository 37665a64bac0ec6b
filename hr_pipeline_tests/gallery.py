"""Many small stories in one store: each has companies of its own and a few nights; all of them are synchronised together.

One batch a night for all stories keeps hundreds of cases fast, and proves in passing that companies do not disturb each other. A
story writes its e-mail addresses at `example.com`; each gets a domain of its own. May import: `hr_pipeline`, `people`, `small_platform`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.domain.connections import Limits, Review, Settings
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline_tests.small_platform import EVERYTHING, FIRST_NIGHT, Platform

# Guards on whole runs have tests of their own; among two or three people they would hold everything.
OPEN = Limits(
    missing_pct=Decimal(100),
    new_floor=Decimal(99),
    pay_changed_pct=Decimal(100),
    pay_factor_pct=Decimal(101),
    column_emptied_pct=Decimal(100),
    rejected_pct=Decimal(100),
)
SETTINGS = Settings(review=Review.NEVER, limits=OPEN)
Person = dict[str, Any]


@dataclass(frozen=True)
class Company:
    """One connection of a story. Those of a story that give the same `firm` are connections of one company."""

    group: str | None = None
    firm: str | None = None
    settings: Settings = SETTINGS
    mapping: FieldMapping = EVERYTHING


@dataclass(frozen=True)
class Night:
    """What the providers list, after what HR did during the day: accounts typed in, edited, people left out and taken in."""

    listed: Sequence[Person] | Mapping[str, Sequence[Person]]
    typed_in: Sequence[Mapping[str, str | None]] = ()
    edited: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)  # e-mail → field → value
    left_out: Mapping[str, date | None] = field(default_factory=dict)  # external id → last day
    taken_in: Sequence[str] = ()

    def people(self, letter: str) -> Sequence[Person]:
        """Those one connection lists."""
        return self.listed.get(letter, ()) if isinstance(self.listed, Mapping) else self.listed


@dataclass(frozen=True)
class Story:
    """Connections by letter, nights, and the outcomes of the last night: `"conflict SAME_NAME"` by external id.

    With several connections the ids are `letter:id`.
    """

    nights: Sequence[Night]
    expected: Mapping[str, str]
    companies: Mapping[str, Company] = field(default_factory=lambda: {"a": Company()})


@dataclass
class Told:
    """What became of a story: outcomes of its last night and of a relaunch, runs of both, and its connection ids."""

    connections: dict[str, str]
    outcomes: dict[str, str] = field(default_factory=dict)
    again: dict[str, str] = field(default_factory=dict)
    runs: dict[str, SyncRun] = field(default_factory=dict)
    runs_again: dict[str, SyncRun] = field(default_factory=dict)


class Gallery:
    """All stories, told in one platform."""

    def __init__(self, platform: Platform, stories: Mapping[str, Story]) -> None:
        self.platform = platform
        self.stories = stories
        self.told = {title: Told(_connections(number, story)) for number, (title, story) in enumerate(stories.items())}
        self._connect()
        self.changed_by_relaunch: list[str] = []
        for number in range(max(len(story.nights) for story in stories.values())):
            on = FIRST_NIGHT + timedelta(days=number)
            self._days(number)
            for title, (runs, outcomes) in self._synchronised(
                {t: s.nights[number] for t, s in stories.items() if number < len(s.nights)}, on
            ).items():
                self.told[title].runs, self.told[title].outcomes = runs, outcomes
            self._relaunch({t: s.nights[number] for t, s in stories.items() if number + 1 == len(s.nights)}, on)

    def _connect(self) -> None:
        with self.platform.store.opened() as database:
            for title, story in self.stories.items():
                for letter, company in story.companies.items():
                    connection_id = self.told[title].connections[letter]
                    number = connection_id.split("-")[1]
                    vat = f"BE9{number[1:4]}{sum(map(ord, company.firm)):06d}" if company.firm else None
                    group = f"{company.group} {number}" if company.group else None
                    self.platform.connect_in(
                        database, connection_id, group=group, vat=vat, settings=company.settings, mapping=company.mapping
                    )

    def _days(self, number: int) -> None:
        for title, story in self.stories.items():
            if number < len(story.nights):
                self._day(title, story.nights[number])

    def _day(self, title: str, night: Night) -> None:
        first = next(iter(self.told[title].connections.values()))
        if night.typed_in:
            self.platform.typed_in(first, [own(one, first) for one in night.typed_in])
        for email, values in night.edited.items():
            self.platform.edit(own({"email": email}, first)["email"], **own(values, first))
        for external_id, until in night.left_out.items():
            self.platform.leave_out(first, external_id, until)
        for external_id in night.taken_in:
            self.platform.take_in(first, external_id)

    def _relaunch(self, nights: Mapping[str, Night], on: date) -> None:
        """Once more the same snapshots of the stories that end here, on the same day."""
        before = self.platform.data()
        for title, (runs, outcomes) in self._synchronised(nights, on).items():
            self.told[title].runs_again, self.told[title].again = runs, outcomes
        after = self.platform.data()
        self.changed_by_relaunch += [table for table in before if before[table] != after[table]]

    def _synchronised(self, nights: Mapping[str, Night], on: date) -> dict[str, tuple[dict[str, SyncRun], dict[str, str]]]:
        """One batch over all these nights; runs by letter and outcomes, by title."""
        listed, of = {}, {}
        for title, night in nights.items():
            connections = self.told[title].connections
            for letter, connection_id in connections.items():
                listed[connection_id] = [own(one, next(iter(connections.values()))) for one in night.people(letter)]
                of[connection_id] = (title, letter)
        runs = self.platform.night(listed, on)
        outcomes = self._outcomes(runs, of)
        by_letter: dict[str, dict[str, SyncRun]] = {}
        for connection_id, run in runs.items():
            title, letter = of[connection_id]
            by_letter.setdefault(title, {})[letter] = run
        return {title: (by_letter[title], outcomes.get(title, {})) for title in nights}

    def _outcomes(self, runs: Mapping[str, SyncRun], of: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
        rows = self.platform.rows(
            "SELECT connection_id, external_id, outcome, code FROM reporting.outcomes WHERE list_contains(?, sync_run_id)",
            [[run.sync_run_id for run in runs.values()]],
        )
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            title, letter = of[row["connection_id"]]
            key = str(row["external_id"]) if len(self.stories[title].companies) == 1 else f"{letter}:{row['external_id']}"
            found.setdefault(title, {})[key] = " ".join(word for word in (row["outcome"], row["code"]) if word)
        return found


def own(values: Mapping[str, Any], connection_id: str) -> dict[str, Any]:
    """The values with e-mail addresses at the domain of the story."""
    domain = f"@{connection_id}.example"
    return {name: value.replace("@example.com", domain) if name == "email" and value else value for name, value in values.items()}


def _connections(number: int, story: Story) -> dict[str, str]:
    return {letter: f"securex-s{number:03d}-{letter}" for letter in story.companies}
