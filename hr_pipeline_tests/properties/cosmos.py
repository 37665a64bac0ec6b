"""Nights over worlds side by side: one sync of everything that is due, as the product does it from the provider to the store.

That companies which share nothing do not disturb each other is proven in passing; and that the order of rows does not matter, since
providers list backwards what the oracles are told. May import: `hr_pipeline`, `days`, the oracle and its worlds.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.health import miscounted_runs, shared_emails
from hr_pipeline.adapters.store.releases import add_release, held_plan
from hr_pipeline.adapters.store.reports import plan_of
from hr_pipeline.adapters.store.snapshots import kept_snapshot
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.pulling import Pulls
from hr_pipeline.operations.syncing import conform, pull, reconcile, select
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.properties.checks import Verdicts, agree, twice, verdicts_of
from hr_pipeline_tests.properties.days import Days
from hr_pipeline_tests.properties.dying import DyingStore, Killed
from hr_pipeline_tests.properties.foretold import Foretold
from hr_pipeline_tests.properties.model import Frozen
from hr_pipeline_tests.properties.worlds import Round, told
from hr_pipeline_tests.small_platform import DATA_TABLES


class Cosmos(Days):
    """Days, and the nights between them."""

    def play(self) -> None:
        """Every round of every world; every third night is interrupted first, and done twice."""
        for number in range(max(len(one.world.rounds) for one in self.worlds)):
            self.day(number)
            self.settle()
            self.night(number, dies_at=7 * number if number % 3 == 1 else None, again=number % 3 == 2)
            self.office.tomorrow()

    def settle(self) -> None:
        """What a guard or a review holds is approved or released, in all worlds at once, as `approve` and `release` do it."""
        wanted: dict[str, date] = {}
        approved: dict[str, str] = {}
        told_to: list[tuple[Foretold, str, str, int, Frozen]] = []
        for one in self.worlds:
            for letter, step in one.settled.items():
                held = [known for known in one.held.get(letter, []) if step.kind == "release" or known[2].code != "HELD_GROSS"]
                if step.kind == "release":
                    waiting = one.oracle.waiting.get(letter)
                    held = held[-1:] if waiting and waiting.code not in ("HELD_REVIEW", "SNAPSHOT_EMPTY") else []
                if held:
                    run_no, plan_id, plan = held[-1 - step.which % 3 % len(held)]
                    wanted[one.connection(letter)] = plan.on
                    told_to.append((one, letter, plan_id, run_no, plan))
                    if step.kind == "approve":
                        approved[one.connection(letter)] = plan_id
        if told_to:
            self._settle(wanted, approved, told_to)
        for one in self.worlds:
            one.settled = {}

    def _settle(self, wanted: dict[str, date], approved: dict[str, str], told_to: list[tuple[Foretold, str, str, int, Frozen]]) -> None:
        with self.work.store.opened() as database, database.transaction():
            snapshots = [kept_snapshot(database, plan_of(database, plan_id)["snapshot_id"]) for _, _, plan_id, _, _ in told_to]
            for one, letter, _, run_no, _ in told_to:
                if one.connection(letter) not in approved:
                    add_release(database, held_plan(database, run_no), "HR", "a test", self.office.now)
        pulls = Pulls(tuple(snapshots))
        selection = select(self.work, list(wanted.items()), Trigger.APPROVAL, approved=approved)
        runs = reconcile(self.work, selection, pulls, conform(self.work, selection, pulls))
        for one, letter, plan_id, _, plan in told_to:
            is_approved = one.connection(letter) in approved
            if not is_approved:
                one.oracle.releases.setdefault(letter, []).append(plan)
            pulled, people = one.kept[letter, plan.on]
            night = one.oracle.night({letter: people}, plan.on, {letter: pulled}, {letter: plan} if is_approved else None)
            one.expected[letter] = night
            if is_approved and letter not in night.holds:
                one.held[letter] = [known for known in one.held[letter] if known[1] != plan_id]
            self.seen[f"{'approve' if is_approved else 'release'} {night.holds.get(letter, 'done')}"] += 1
        self.compare([run.sync_run_id for run in runs])

    def night(self, number: int, *, dies_at: int | None = None, again: bool = False) -> None:
        """One sync of everything that is due; the oracles are told, and both must agree."""
        due = []
        for one, this in self._rounds(number):
            for letter in one.firms:
                self.office.lists(one.connection(letter), [told(one.own(p)) for p in reversed(one.providers.listed[letter])])
            due.append((one, *self._due(one, this if dies_at is None else replace(this, back=0))))  # each day is a transaction of its own
        wanted = [(one.connection(letter), on) for one, on, letters in due for letter in letters]
        runs = self._interrupted(wanted, dies_at) if dies_at is not None else None
        moving: set[Foretold] = set()
        for relaunched in (False, True) if again else (False,):
            before = self._data() if relaunched else {}
            runs = runs or self.sync(wanted)
            for one, on, letters in due:
                self._foretell(one, on, letters)
            self.compare(runs)
            runs = None
            if relaunched:
                agree("tables after a relaunch", self._settled(self._data(), moving), self._settled(before, moving))
            moving = {one for one, _, _ in due if any(night.is_moving for night in one.nights)}
        for one in self.worlds:
            one.oracle.releases = {}

    def _interrupted(self, wanted: Sequence[tuple[str, date]], step: int) -> list[str] | None:
        """The night ends in the middle of its transaction, and nothing has happened; its runs when it took fewer steps."""
        before = self._data()
        dying = replace(self.work, store=DyingStore(self.work.store.path, folders=self.work.store.folders, countdown=[step]))
        try:
            return self.sync(wanted, dying)
        except Killed:
            self.seen["killed"] += 1
        agree("tables after a kill", self._data(), before)
        return None

    def _data(self) -> dict[str, list[dict[str, Any]]]:
        """The platform's data. When an absence under a link that is over ended is the next run's business."""
        over = {"absence": "SEMI JOIN link USING (connection_no, external_id)"}
        with self.work.store.opened() as database:
            return {name: database.rows(f"SELECT * FROM {name} {over.get(name, '')} ORDER BY ALL") for name in DATA_TABLES}

    def _settled(self, tables: dict[str, list[dict[str, Any]]], moving: set[Foretold]) -> dict[str, list[dict[str, Any]]]:
        """Without the worlds in which somebody's decision was carried out just now: what others meet there is seen by the next run."""
        left_out = {number for one in moving for number in one.numbers.values()}
        return {name: [row for row in rows if row["account_no"] not in left_out] for name, rows in tables.items()}

    def _due(self, one: Foretold, this: Round) -> tuple[date, str]:
        """Today for its connections, or a past day for those that have a snapshot of it."""
        past = sorted({on for _, on in one.kept}, reverse=True)
        if this.back and past:
            on = past[(this.back - 1) % len(past)]
            return on, "".join(letter for letter in this.letters if (letter, on) in one.kept)
        return self.office.today, this.letters

    def sync(self, wanted: Sequence[tuple[str, date]], work: Workplace | None = None) -> list[str]:
        """The steps of `operations.syncing.sync`, without publishing; ids of the runs."""
        work = work or self.work
        selection = select(work, wanted, Trigger.NIGHTLY)
        pulls = pull(work, selection, "securex")
        return [run.sync_run_id for run in reconcile(work, selection, pulls, conform(work, selection, pulls))]

    def _foretell(self, one: Foretold, on: date, letters: str) -> None:
        self.pulls += 1
        if on == self.office.today:
            for letter in letters:
                one.kept[letter, on] = (self.pulls, one.people(letter))
        listed = {letter: one.kept[letter, on][1] for letter in letters}
        one.nights = one.oracle.nights(listed, on, {letter: one.kept[letter, on][0] for letter in letters})
        one.expected = {letter: night for night in one.nights for letter in night.listed}

    def compare(self, runs: Sequence[str]) -> None:
        """Outcomes, accounts and what must always hold."""
        with self.work.store.opened() as database:
            found = verdicts_of(database, runs)
            expected: Verdicts = {}
            for one in self.worlds:
                for letter, night in one.expected.items():
                    for place, verdict in night.verdicts.items():
                        if place[0] == letter:
                            key = (one.connection(letter), night.person(place)["external_id"])
                            expected.setdefault(key, Counter())[verdict] += 1
                            self.seen.update(word for word in verdict if word)
            agree("outcomes", found, expected)
            codes = database.rows("SELECT connection_id, code FROM reporting.sync_runs WHERE list_contains(?, sync_run_id)", [list(runs)])
            holds = {one.connection(letter): night.holds.get(letter) for one in self.worlds for letter, night in one.expected.items()}
            agree("runs", {row["connection_id"]: row["code"] for row in codes}, holds)
            self.seen.update(code for code in holds.values() if code)
            self._note_plans(database, runs)
            self._compare_accounts(database)
            self._compare_questions(database)
            numbers = [int(run[1:]) for run in runs]
            assert miscounted_runs(database, numbers) == []
            assert shared_emails(database) == []
            assert twice(database) == []
        for one in self.worlds:
            one.expected = {}

    def _note_plans(self, database: Database, runs: Sequence[str]) -> None:
        rows = database.rows(
            "SELECT connection_id, sync_run_id, plan_id FROM reporting.sync_runs WHERE list_contains(?, sync_run_id)", [list(runs)]
        )
        plans = {row["connection_id"]: (int(row["sync_run_id"][1:]), row["plan_id"]) for row in rows}
        for one in self.worlds:
            for letter in one.expected:
                if letter in one.oracle.waiting:
                    one.held.setdefault(letter, []).append((*plans[one.connection(letter)], one.oracle.waiting[letter]))
            one.applied |= {letter: plans[one.connection(letter)][0] for letter, night in one.expected.items() if letter not in night.holds}

    def _compare_questions(self, database: Database) -> None:
        """Open, decided and deferred conflicts, with the accounts they could be about."""
        rows = database.rows(
            "SELECT connection_id, external_id, code, state, candidates::VARCHAR AS candidates FROM reporting.conflicts WHERE state <> 'closed'"
        )
        found = {
            (row["connection_id"], row["external_id"], row["code"]): (
                row["state"],
                {int(c["account_id"][1:]) for c in json.loads(row["candidates"])},
            )
            for row in rows
        }
        expected = {
            (one.connection(q.key[0]), q.key[1], q.code): (q.state, {one.numbers[a] for a in q.candidates})
            for one in self.worlds
            for q in one.oracle.questions
        }
        agree("questions", found, expected)
