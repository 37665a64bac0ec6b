"""One world, told: what its providers list, what its oracle says, and which account of the product is whose.

May import: the oracle and its worlds.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from hr_pipeline_tests.properties.model import FIELDS, Account, Frozen, Person
from hr_pipeline_tests.properties.night import Night
from hr_pipeline_tests.properties.oracle import Oracle
from hr_pipeline_tests.properties.worlds import Providers, Step, World, judged


class Foretold:
    """One world: what its providers list, its oracle, and which account of the product is whose."""

    def __init__(self, world: World) -> None:
        self.world, self.firms = world, dict(world.firms)
        self.providers, self.oracle = Providers(), Oracle(self.firms)
        self.numbers: dict[Account, int] = {}
        self.kept: dict[tuple[str, date], tuple[int, list[Person]]] = {}  # snapshots: when pulled, and who
        self.expected: dict[str, Night] = {}  # by connection, of the last sync
        self.nights: list[Night] = []  # of the last sync
        self.held: dict[str, list[tuple[int, str, Frozen]]] = {}  # by connection: runs of which something was held, and their plans
        self.applied: dict[str, int] = {}  # by connection: newest run that was applied
        self.settled: dict[str, Step] = {}  # connections with a plan that somebody approves or releases today

    def connection(self, letter: str) -> str:
        return f"securex-w{self.world.number}-{letter}"

    def vat(self, company: str) -> str:
        return f"BE{self.world.number:04d}{sum(map(ord, company)):06d}"

    def own(self, one: Mapping[str, Any]) -> dict[str, Any]:
        """With e-mail addresses at the world's own domain."""
        domain = f"@w{self.world.number}.example"
        return {name: value.replace("@example.com", domain) if name == "email" and value else value for name, value in one.items()}

    def people(self, letter: str) -> list[Person]:
        return [judged(self.own(one)) for one in self.providers.listed[letter]]

    def accounts(self) -> dict[int, tuple[Any, ...]]:
        """Every account by its number in the product."""
        rows = {}
        for account in self.oracle.accounts:
            letter, external_id = account.key or (None, None)
            link = (self.connection(letter), external_id) if letter else (None, None)
            values = tuple(account.values[name] for name in FIELDS)
            rows[self.numbers.get(account, 0)] = (self.vat(account.company), *link, account.gross, *values)
        return rows
