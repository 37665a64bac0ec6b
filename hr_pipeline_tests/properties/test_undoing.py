"""Undo ∘ apply is the identity on whatever nobody touched since, whatever happened before; and never more than that.

Several worlds share one store; transfers happen by themselves, so that they are undone too.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hr_pipeline.adapters.store.accounts import import_accounts, set_field
from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.exclusions import exclude, include
from hr_pipeline.adapters.store.health import miscounted_runs, shared_emails
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import ACCOUNT_FIELDS
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Policy
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.gallery import own
from hr_pipeline_tests.people import person
from hr_pipeline_tests.properties.plain_worlds import EXAMPLES, FIRMS, SETTINGS_OF, World, connection, text, vat, world_name, worlds
from hr_pipeline_tests.small_platform import EVERYTHING, FIRST_NIGHT, Platform

ONCE = {"phone": "+32470000001", "language": "nl"}  # fields that HR may edit once they were set
MAPPING = FieldMapping(
    {
        **EVERYTHING.rules,
        "exit_date": FieldRule(("exit_date",), may_clear=True),
        **{name: FieldRule((name,), policy=Policy.FIRST_SYNC) for name in ONCE},
    }
)
WORLDS = st.lists(worlds(), min_size=3, max_size=3)


def always_there(night: int) -> dict[str, list[dict[str, Any]]]:
    """In every world: somebody who marries often and somebody who does once (so that an undo of that night keeps the one and reverses the
    other), two whom nothing happens to at the provider (HR edits one of them), and somebody who moves to the other company of the group
    after the first night."""
    here = [
        person("married", "Hilde", f"Wouters {night}"),
        person("marries", "Greet", f"Nys {min(night, 1)}"),
        person("edited", "Ivo", "Baert"),
        person("quiet", "Jef", "Lenaerts"),
    ]
    moves = {"email": "moves@example.com", "birth_date": date(1988, 8, 8)}
    if night == 0:
        return {"a": [*here, person("m", "Gust", "Willems", **moves)]}
    return {"a": here, "c": [person("m", "Gust", "Willems", **moves, start_date=FIRST_NIGHT, gross_amount=Decimal("4000.00"))]}


class Places:
    """The worlds of one example in one store, night after night."""

    def __init__(self, folder: Path, told: Sequence[World]) -> None:
        self.platform = Platform(folder)
        self.worlds = told
        with self.platform.store.opened() as database:
            for w, world in enumerate(told):
                for letter, firm in FIRMS.items():
                    group = f"{firm.group} {w}" if firm.group else None
                    chosen = replace(SETTINGS_OF[letter], automatic_transfer=True)
                    self.platform.connect_in(
                        database, connection(w, letter), group=group, vat=vat(w, letter), settings=chosen, mapping=MAPPING
                    )
                typed = [{"vat_number": vat(w, letter), **own(text(values), world_name(w))} for letter, values in world.typed_in]
                import_accounts(database, typed, self.platform.clock)

    @property
    def last(self) -> int:
        """Number of the last night of any world."""
        return max(len(world.nights) for world in self.worlds) - 1

    def night(self, number: int) -> Iterator[list[SyncRun]]:
        """The batches of one night, date by date."""
        by_date: dict[Any, dict[str, Any]] = {}
        for w, world in enumerate(self.worlds):
            if number < len(world.nights):
                on, listed, excluded = world.told()[number]
                here = by_date.setdefault(on, {})
                also = always_there(number)
                for letter, people in listed.items():
                    here[connection(w, letter)] = [own(one, world_name(w)) for one in [*people, *also.get(letter, [])]]
                self._leave_out(w, excluded)
        for on, snapshots in sorted(by_date.items()):
            yield list(self.platform.night(snapshots, on).values())

    def _leave_out(self, world: int, wanted: set[tuple[str, str]]) -> None:
        wanted = {(connection(world, letter), external_id) for letter, external_id in wanted}
        prefix = connection(world, "")
        with self.platform.store.opened() as database:
            rows = database.rows(
                "SELECT connection_id, external_id FROM reporting.exclusions WHERE ended_at IS NULL AND starts_with(connection_id, ?)",
                [prefix],
            )
            now = {(row["connection_id"], row["external_id"]) for row in rows}
            for connection_id, external_id in now - wanted:
                include(database, connection_id, external_id, self.platform.clock)
            for connection_id, external_id in wanted - now:
                exclude(database, connection_id, external_id, owner="HR", reason="left out", until=None, now=self.platform.clock)

    def undo(self, run: SyncRun) -> str:
        """What became of an undo: its status, or the code it was refused with, in which case nothing changed."""
        before = self.platform.data()
        try:
            return self.platform.undo(run).status.value
        except Refusal as refusal:
            assert self.platform.data() == before
            return refusal.code.value

    def people(self) -> dict[str, dict[str, Any]]:
        """Everybody's fields, pay as one, and where they are linked, by account."""
        columns = ", ".join(f"a.{name}" for name in ACCOUNT_FIELDS)
        rows = self.platform.rows(
            f"SELECT a.account_id, {columns}, a.company, (SELECT (connection_id, external_id) FROM reporting.links AS l"
            " WHERE l.account_id = a.account_id AND l.current) AS link, (SELECT (p.gross_amount, p.currency, p.effective_from)"
            " FROM reporting.pay AS p WHERE p.account_id = a.account_id AND p.current) AS pay FROM reporting.accounts AS a"
        )
        return {row.pop("account_id"): row for row in rows}

    def invariants(self) -> None:
        """What holds after every undo."""
        with self.platform.store.opened() as database:
            assert miscounted_runs(database, [row["run_no"] for row in database.rows("SELECT run_no FROM sync_run")]) == []
            assert shared_emails(database) == []
            assert (
                database.rows(
                    "SELECT 'link' FROM link GROUP BY connection_no, external_id HAVING count(*) > 1"
                    " UNION ALL SELECT 'account' FROM link GROUP BY account_no HAVING count(*) > 1"
                    " UNION ALL SELECT 'stray' FROM link AS l LEFT JOIN account AS a USING (account_no) JOIN connection AS c ON c.connection_no = l.connection_no"
                    " WHERE a.company_no IS DISTINCT FROM c.company_no OR a.connection_no IS DISTINCT FROM l.connection_no"
                    " UNION ALL SELECT 'unlinked' FROM account WHERE connection_no IS NOT NULL AND account_no NOT IN (SELECT account_no FROM link)"
                    " UNION ALL SELECT 'absent' FROM absence WHERE to_run_no IS NULL GROUP BY connection_no, external_id HAVING count(*) > 1"
                )
                == []
            )


def test_runs_taken_back_newest_first_lead_back_to_where_one_started() -> None:
    seen: Counter[str] = Counter()

    @settings(EXAMPLES, max_examples=2)
    @given(WORLDS)
    def whatever_happened(told: list[World]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            places = Places(Path(folder), told)
            steps: list[tuple[dict[str, Any], list[SyncRun]]] = []
            for number in range(places.last + 1):
                before = places.platform.standing()
                for runs in places.night(number):
                    steps.append((before, runs))
                    before = places.platform.standing()
            for before, runs in reversed(steps):
                for run in sorted(runs, key=lambda one: -one.run_no):
                    seen[places.undo(run)] += 1
                after = places.platform.standing()
                assert after == before
            places.invariants()
            results = places.platform.rows(
                "SELECT field, count(*) AS people FROM (SELECT unnest(fields) AS field FROM reversal) GROUP BY field"
            )
            seen.update({row["field"]: row["people"] for row in results})

    whatever_happened()
    assert seen.keys() >= {"success", Code.UNDO_NOTHING, "account", "link", "company", "absence", "email", "exit_date", "gross_amount"}
    assert Code.UNDO_BLOCKED not in seen
    assert "partial" not in seen


def test_an_undo_in_any_order_gives_back_what_was_before_the_run_and_leaves_the_rest_alone() -> None:
    seen: Counter[str] = Counter()

    @settings(EXAMPLES, max_examples=2)
    @given(WORLDS, st.integers(1, 10**6))
    def whatever_happened(told: list[World], seed: int) -> None:
        chance = random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            places = Places(Path(folder), told)
            steps: list[SyncRun] = []
            for number in range(places.last + 1):
                for runs in places.night(number):
                    steps += [run for run in runs if run.counts.ok > run.counts.unchanged]
                if number < places.last:
                    edit(places, chance)
            for run in chance.sample(steps, len(steps)):
                before = places.people()
                said = places.undo(run)
                seen[said] += 1
                compare(places, run, before, places.people(), seen)
                places.invariants()

    whatever_happened()
    assert seen.keys() >= {"success", "partial", "reversed", "kept", Code.UNDO_TOUCHED_BY_RUN, Code.UNDO_TOUCHED_BY_EDIT}


def edit(places: Places, chance: random.Random) -> None:
    """HR corrects what no provider owns by now."""
    with places.platform.store.opened() as database:
        accounts = [row["account_no"] for row in database.rows("SELECT account_no FROM account ORDER BY account_no")]
        always = database.rows("SELECT DISTINCT account_no FROM link WHERE external_id = 'edited'")
        for account_no in {*chance.sample(accounts, min(8, len(accounts))), *(row["account_no"] for row in always)}:
            field, value = chance.choice(sorted(ONCE.items()))
            set_field(database, account_no, field, value, places.platform.clock)


def compare(places: Places, run: SyncRun, before: dict[str, Any], after: dict[str, Any], seen: Counter[str]) -> None:
    """Only what the undo says it reversed has changed, and that is as it was before the run."""
    listed = places.platform.rows(
        "SELECT r.* FROM reporting.reversals AS r WHERE undone_run_id = ? AND sync_run_id = (SELECT 'r' || max(run_no) FROM sync_run)",
        [run.sync_run_id],
    )
    told = places.platform.rows("SELECT account_id, field, old_value FROM reporting.field_changes WHERE sync_run_id = ?", [run.sync_run_id])
    history = {(row["account_id"], row["field"]): row["old_value"] for row in told}  # what was there when the run came, as analysts read it
    seen.update(row["result"] for row in listed)
    seen.update(row["code"] for row in listed if row["code"])
    reversed_fields = {row["account_id"]: set(row["fields"]) for row in listed if row["result"] == "reversed"}
    for account_id in before.keys() | after.keys():
        fields = reversed_fields.get(account_id, set())
        if "account" in fields:
            assert account_id not in after
            continue
        was, now = before[account_id], after[account_id]
        changed = {name for name in was if was[name] != now[name]}
        assert changed <= fields | ({"pay"} if fields & {"gross_amount", "effective_from", "currency"} else set()), (run, account_id)
        for name in changed & set(ACCOUNT_FIELDS):
            assert text({name: now[name]})[name] == history[account_id, name]
