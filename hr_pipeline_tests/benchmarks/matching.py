"""Precision and recall of what is proposed, on generated people: real plans on a real store, beside what is true.

A proposal is an account linked to an employee or named in their conflict. Precision: how many proposals are right. Recall: of the
employees who have an account, how many are linked to it or asked about it. May import: `hr_pipeline`, the tests' small platform, this room.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from rich.table import Table

from hr_pipeline_tests.benchmarks.variations import VARIATIONS, Case, Drawing, Person
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

LEFT = FIRST_NIGHT - timedelta(days=30)
BYSTANDERS = 0.2  # accounts of people whom no list names, per employee


@dataclass(slots=True)
class Tally:
    """What became of the employees of one kind."""

    people: int = 0
    known: int = 0  # those who have an account
    linked: int = 0  # … tied to it
    asked: int = 0  # … asked about it
    doubled: int = 0  # … given a second one
    wrongly_linked: int = 0
    strangers: int = 0  # asked about, though nobody they are asked about is them
    proposals: int = 0
    right: int = 0

    @property
    def precision(self) -> float | None:
        """Right ones among the proposals."""
        return self.right / self.proposals if self.proposals else None

    @property
    def recall(self) -> float | None:
        """Found ones among those who have an account."""
        return (self.linked + self.asked) / self.known if self.known else None

    def add(self, other: "Tally") -> None:
        """Count another one in."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True, slots=True)
class Matching:
    """One generated population and what the plan made of it, by kind of variation."""

    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, Tally]:
        """Those who have an account."""
        return {kind: tally for kind, tally in self.tallies.items() if tally.known}

    @property
    def unknown(self) -> dict[str, Tally]:
        """Those who have none; they may only look like somebody."""
        return {kind: tally for kind, tally in self.tallies.items() if not tally.known}

    @property
    def total(self) -> Tally:
        """Everybody."""
        return total(self.tallies)


def total(tallies: Mapping[str, Tally]) -> Tally:
    """Several kinds together."""
    found = Tally()
    for tally in tallies.values():
        found.add(tally)
    return found


def matched(folder: Path, companies: int, each: int, seed: int) -> Matching:
    """Generate companies with some employees of each kind, synchronise them, and compare with the truth.

    Args:
        folder: Where the store may lie.
        companies: How many.
        each: Employees of each kind in each company.
        seed: Of the random source.
    """
    draw = Drawing(Random(seed))
    platform = Platform(folder)
    ids = [f"securex-{number:03d}" for number in range(companies)]
    worlds = {name: [(kind, case(draw)) for kind, case in VARIATIONS.items() for _ in range(each)] for name in ids}
    for name in ids:
        platform.connect(name, settings=SETTINGS)
    before = {
        name: [_listed(f"before-{n}", one, left=True) for n, one in _accounts(cases, has_left=True)] for name, cases in worlds.items()
    }
    platform.night(before)
    owners = _left_accounts(platform)
    for name, cases in worlds.items():
        typed = _accounts(cases, has_left=False)
        bystanders = [draw.born_perhaps(draw.person()) for _ in range(int(BYSTANDERS * len(cases)))]
        start = platform.value("SELECT count(*) FROM account")
        platform.typed_in(name, [_typed(one) for one in [one for _, one in typed] + bystanders])
        owners |= {start + place: (name, number) for place, (number, _) in enumerate(typed, start=1)}
    now = {name: [_listed(str(n), case.employee) for n, (_, case) in enumerate(cases)] for name, cases in worlds.items()}
    platform.night(now, FIRST_NIGHT + timedelta(days=1))
    return _compared(worlds, _proposals(platform), owners)


def matching_table(found: Matching) -> Table:
    """Kinds of variation, one a line."""
    table = Table(title="Who is proposed for whom", title_justify="left", title_style="bold")
    table.add_column("employees whose account shows", no_wrap=True)
    for title in ("people", "linked", "asked", "second\naccount", "asked about\nstrangers", "precision", "recall"):
        table.add_column(title, justify="right")
    for title, tallies in (("who have an account", found.known), ("who have none", found.unknown)):
        for kind, tally in tallies.items():
            table.add_row(kind, *_cells(tally))
        table.add_row(f"all {title}", *_cells(total(tallies)), style="bold", end_section=True)
    table.add_row("everybody", *_cells(found.total), style="bold")
    return table


def _cells(tally: Tally) -> list[str]:
    counts = [str(n or "") for n in (tally.people, tally.linked, tally.asked, tally.doubled, tally.strangers)]
    return [*counts, *("" if share is None else f"{share:.1%}" for share in (tally.precision, tally.recall))]


def _accounts(cases: list[tuple[str, Case]], *, has_left: bool) -> list[tuple[int, Person]]:
    """Accounts with the number of the case they belong to."""
    return [(n, case.account) for n, (_, case) in enumerate(cases) if case.account is not None and case.has_left is has_left]


def _listed(external_id: str, one: Person, *, left: bool = False) -> dict[str, Any]:
    return person(
        external_id,
        one.first_name,
        one.last_name,
        email=one.email,
        birth_name=one.birth_name,
        birth_date=one.birth_date,
        exit_date=LEFT if left else None,
    )


def _typed(one: Person) -> dict[str, str | None]:
    born = one.birth_date.isoformat() if one.birth_date else None
    return {"first_name": one.first_name, "last_name": one.last_name, "email": one.email, "birth_date": born}


def _left_accounts(platform: Platform) -> dict[int, tuple[str, int]]:
    """Account → the case it belongs to, for those who were synchronised before."""
    rows = platform.rows("SELECT l.account_no, c.connection_id, l.external_id FROM link AS l JOIN connection AS c USING (connection_no)")
    return {row["account_no"]: (row["connection_id"], int(row["external_id"].removeprefix("before-"))) for row in rows}


def _proposals(platform: Platform) -> dict[tuple[str, int], tuple[str, list[int]]]:
    """What became of each employee, and the accounts proposed for them."""
    rows = platform.rows(
        "SELECT c.connection_id, o.external_id, o.outcome, o.account_no, k.candidates FROM outcome AS o JOIN sync_run AS r USING (run_no)"
        " JOIN connection AS c USING (connection_no)"
        " LEFT JOIN conflict AS k ON k.connection_no = r.connection_no AND k.external_id = o.external_id AND o.outcome = 'conflict'"
        " WHERE o.external_id NOT LIKE 'before-%'"
    )
    found = {}
    for row in rows:
        candidates = [int(one["account_id"][1:]) for one in json.loads(row["candidates"] or "[]")]
        accounts = [row["account_no"]] if row["outcome"] == "linked" else candidates
        found[row["connection_id"], int(row["external_id"])] = (row["outcome"], accounts)
    return found


def _compared(
    worlds: Mapping[str, list[tuple[str, Case]]],
    proposals: Mapping[tuple[str, int], tuple[str, list[int]]],
    owners: Mapping[int, tuple[str, int]],
) -> Matching:
    found = Matching({kind: Tally() for kind in VARIATIONS})
    for name, cases in worlds.items():
        for number, (kind, case) in enumerate(cases):
            outcome, accounts = proposals[name, number]
            known = case.account is not None and case.is_one
            right = sum(known and owners.get(account) == (name, number) for account in accounts)
            found.tallies[kind].add(
                Tally(
                    people=1,
                    known=known,
                    linked=outcome == "linked" and right > 0,
                    asked=outcome == "conflict" and right > 0,
                    doubled=outcome == "created" and known,
                    wrongly_linked=outcome == "linked" and not right,
                    strangers=outcome == "conflict" and not right,
                    proposals=len(accounts),
                    right=right,
                )
            )
    return found
