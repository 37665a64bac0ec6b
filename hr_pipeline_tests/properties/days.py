"""Worlds side by side in one store, and what people do in them: each step is done to the product and told to that world's oracle.

Not here: nights (`cosmos`). May import: `hr_pipeline`, the tests' providers, the oracle and its worlds.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from hr_pipeline.adapters.store.accounts import import_accounts, set_field
from hr_pipeline.adapters.store.conflicts import Answer, decide
from hr_pipeline.adapters.store.connections import add_connection
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.exclusions import exclude, include
from hr_pipeline.adapters.store.undoing import Asking, undo_run, undoable_run
from hr_pipeline.domain.connections import Connection, Review, Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.fields import FIELDS as PROVIDER_FIELDS
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Policy
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.operations.listed_provider import Office
from hr_pipeline_tests.properties.checks import accounts_of, agree, foreseen, links_of, text
from hr_pipeline_tests.properties.foretold import Foretold
from hr_pipeline_tests.properties.model import Firm, Question
from hr_pipeline_tests.properties.questions import possible
from hr_pipeline_tests.properties.worlds import AT_PROVIDERS, EDITED, Round, Step, World, picked

POLICIES = {"birth_name": Policy.FIRST_SYNC, "language": Policy.NEVER}
MAPPING = FieldMapping(
    {f.name: FieldRule((f.name,), policy=POLICIES.get(f.name, Policy.ALWAYS), may_clear=f.name == "exit_date") for f in PROVIDER_FIELDS}
)

CHOICES = ("link", "link", "create", "create", "transfer", "transfer", "exclude", "defer", "defer")


class Days:
    """Many worlds in one store, and a calendar that they share."""

    def __init__(self, folder: Path, told_worlds: Sequence[World]) -> None:
        self.office = Office(folder / "home")
        self.work = self.office.work
        self.worlds = [Foretold(world) for world in told_worlds]
        self.seen: Counter[str] = Counter()
        self.pulls = 0
        with self.work.store.opened() as database:
            for one in self.worlds:
                self._connect(database, one)
            for one in self.worlds:
                for letter, value in one.world.typed_in:
                    self._type_in(database, one, Step("type_in", letter, 0, 0, value))

    def _connect(self, database: Database, one: Foretold) -> None:
        for letter, firm in one.firms.items():
            connection_id = one.connection(letter)
            connection = Connection(
                connection_id=connection_id,
                provider="securex",
                company=firm.company,
                vat_number=one.vat(firm.company),
                provider_company_id=connection_id,
                settings=settings_of(firm),
                credential={"kind": "partner"},
                group=f"{firm.group} {one.world.number}" if firm.group else None,
            )
            add_connection(database, connection, MAPPING, self.office.now)

    def day(self, number: int) -> None:
        """The steps of one round, in every world that has it."""
        with self.work.store.opened() as database:
            for one, this in self._rounds(number):
                for step in this.steps:
                    if step.kind in AT_PROVIDERS:
                        one.providers.happen(step)
                    elif step.kind in ("approve", "release"):
                        one.settled[step.letter] = step
                    else:
                        getattr(self, f"_{step.kind}")(database, one, step)

    def _rounds(self, number: int) -> list[tuple[Foretold, Round]]:
        return [(one, one.world.rounds[number]) for one in self.worlds if number < len(one.world.rounds)]

    def _type_in(self, database: Database, one: Foretold, step: Step) -> None:
        values = one.own({name: picked(step.value)[name] for name in ("email", "first_name", "last_name", "birth_date")})
        company = one.firms[step.letter].company
        account = one.oracle.type_in(company, **values)
        added = import_accounts(database, [{"vat_number": one.vat(company), **text(values)}], self.office.now)
        assert added == (account is not None)
        if account:
            one.numbers[account] = int(database.value("SELECT max(account_no) FROM account"))

    def _edit(self, database: Database, one: Foretold, step: Step) -> None:
        account = one.oracle.accounts[step.who % len(one.oracle.accounts)]
        field = EDITED[step.which % len(EDITED)]
        value = ("nl", "fr", None)[step.value % 3] if field == "language" else one.own({field: picked(step.value)[field]})[field]
        refused = one.oracle.edit(account, field, value)
        with foreseen(refused, f"edit of {field} in {one.connection('a')}"):
            set_field(database, one.numbers[account], field, text({field: value})[field], self.office.now)
        self.seen[f"edit {refused or 'done'}"] += 1

    def _exclude(self, database: Database, one: Foretold, step: Step) -> None:
        people = one.providers.listed[step.letter]
        if people:
            external_id = people[step.who % len(people)]["external_id"]
            one.oracle.excluded.add((step.letter, external_id))
            one.oracle.excluded_anew.add((step.letter, external_id))
            exclude(database, one.connection(step.letter), external_id, owner="HR", reason="a test", until=None, now=self.office.now)

    def _include(self, database: Database, one: Foretold, step: Step) -> None:
        out = sorted(key for key in one.oracle.excluded if key[0] == step.letter)
        key = out[step.who % len(out)] if out else (step.letter, "nobody")
        one.oracle.excluded.discard(key)
        with foreseen(None if out else "NOT_EXCLUDED", one.connection(key[0])):
            include(database, one.connection(key[0]), str(key[1]), self.office.now)

    def _resolve(self, database: Database, one: Foretold, step: Step) -> None:
        """Somebody answers a question, sensibly or not."""
        questions = one.oracle.questions
        if not questions:
            return
        open_ended = [q for q in questions if not q.code.startswith("DUPLICATE_")] if step.value % 5 else []
        question = (open_ended or questions)[step.who % len(open_ended or questions)]
        sensible = possible(question.code, linked=question.key in one.oracle.links)
        choice = CHOICES[step.which % len(CHOICES)] if step.value % 4 == 0 else [*sensible[:2], *sensible][step.which % (2 + len(sensible))]
        among = [*(None,) * 4, *question.candidates, *one.oracle.accounts][: 4 + step.value % 9]
        account = among[step.value // 8 % len(among)]
        refused = one.oracle.resolve(question, choice, account, self.office.today)
        answer = Answer(Choice(choice), "HR", one.numbers[account] if account else None)
        with foreseen(refused, f"{choice} for {question.code} {question.key[1]} of {one.connection(question.key[0])}"):
            decide(database, self._conflict_no(database, one, question), answer, self.office.today, self.office.now)
        self.seen[f"{choice} {refused or 'done'}"] += 1

    def _undo(self, database: Database, one: Foretold, step: Step) -> None:
        """The newest run of a connection is taken back."""
        if step.letter not in one.oracle.runs:
            return
        refused = one.oracle.undo(step.letter)
        asking = Asking("HR", "a test", self.office.now, self.office.today)
        with foreseen(refused, f"undo in {one.connection(step.letter)}"):
            undo_run(database, undoable_run(database, f"r{one.applied[step.letter]}"), asking)
        self.seen[f"undo {refused or 'done'}"] += 1
        self._compare_accounts(database)

    def _conflict_no(self, database: Database, one: Foretold, question: Question) -> int:
        key = [one.connection(question.key[0]), question.key[1], question.code]
        sql = "SELECT conflict_id FROM reporting.conflicts WHERE connection_id = ? AND external_id = ? AND code = ? AND state <> 'closed'"
        return int(database.value(sql, key))

    def _compare_accounts(self, database: Database) -> None:
        numbers = links_of(database)
        found = accounts_of(database)
        expected: dict[int, tuple[Any, ...]] = {}
        for one in self.worlds:
            for account in one.oracle.accounts:
                if account.key and account not in one.numbers:
                    one.numbers[account] = numbers[one.connection(account.key[0]), account.key[1]]
            expected |= one.accounts()
        agree("accounts", found, expected)


def settings_of(firm: Firm) -> Settings:
    """The settings that make the rules ask what the firm says."""
    limits = SETTINGS.limits
    if firm.most_missing is not None:
        limits = replace(limits, missing_pct=Decimal(0), missing_floor=Decimal(firm.most_missing))
    return replace(
        SETTINGS,
        limits=limits,
        review=Review.ALWAYS if firm.reviewed else Review.NEVER,
        employee_number_unique=firm.unique_numbers,
        link_on_birth_date=firm.links_on_birth_date,
        automatic_transfer=firm.automatic_transfer,
    )
