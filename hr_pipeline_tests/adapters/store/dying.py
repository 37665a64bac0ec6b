"""Processes that die in the middle of a night: run in a process of their own, killed with SIGKILL at a point that the test names.

The product knows nothing of it: a `Database` of the tests counts what is asked of it. May import: `hr_pipeline`, `small_platform`.
"""

import os
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hr_pipeline.adapters.store.applying import Attempt, apply_plans
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A, B = "securex-a", "payfit-b"
MEAL = {"code": "M", "amount": Decimal("10.00"), "currency": "EUR", "frequency": "monthly", "valid_from": FIRST_NIGHT}


def first_night(folder: Path, size: int = 6) -> None:
    """Two companies with people, a conflict, somebody missing: something for every statement to do the night after."""
    platform = Platform(folder)
    platform.connect(A, settings=SETTINGS)
    platform.connect(B, settings=SETTINGS)
    platform.typed_in(A, [{"email": "typed@example.com", "first_name": "Ine", "last_name": "Smets"}])
    people = [person(f"w{i}", components=[MEAL], components_key="one") for i in range(size)]
    platform.night(
        {A: [*people, person("c1", email="same@example.com"), person("c2", email="same@example.com")], B: [person("b1"), person("b2")]}
    )
    platform.night({A: people[:-1], B: [person("b1"), person("b2")]})


def night_to_die_in(size: int = 6) -> dict[str, list[dict[str, Any]]]:
    """Raises, moved addresses, new people, one linked, somebody back, somebody gone, a rejection, a warning, a new conflict."""
    changed = [
        person(f"w{i}", last_name="Maes", gross_amount=Decimal("3100.00"), components=[MEAL], components_key="two") for i in range(size)
    ]
    swapped = [{**changed[0], "email": "w1@example.com"}, {**changed[1], "email": "w0@example.com"}, *changed[2:]]
    new = [person(f"new{i}", warnings=["PHONE_NO_PREFIX"]) for i in range(size)]
    others = [person("typed", "Ine", "Smets"), person("x1", email="twice@example.com"), person("x2", email="twice@example.com")]
    bad = person("bad", reject_code="FIELD_INVALID", reject_field="phone")
    return {A: [*swapped, *new, *others, bad], B: [person("b1", last_name="Dubois")]}


class DyingDatabase(Database):
    """Tells each step of a transaction before it is taken, and kills its own process at the one it was given."""

    def __init__(self, database: Database, said: Connection | None = None, point: int | None = None) -> None:
        super().__init__(database._connection)
        self._said, self._point = said, point
        self.steps: list[str] = []

    def run(self, sql: str, parameters: Sequence[object] | dict[str, object] | None = None) -> None:
        """A statement, if the process lives to see it."""
        self._step(_named(sql))
        super().run(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction whose last step is its commit."""
        with super().transaction():
            self._step("begun")
            yield
            self._step("commit")
        self._step("committed")

    def _step(self, name: str) -> None:
        if self._said is not None and (self._point is None or len(self.steps) == self._point):
            self._said.send(name)
        if len(self.steps) == self._point:
            os.kill(os.getpid(), signal.SIGKILL)
        self.steps.append(name)


def night(folder: Path, size: int = 6, said: Connection | None = None, point: int | None = None) -> list[str]:
    """The third night, told step by step or killed at a point; returns its steps."""
    platform = Platform(folder)
    platform.clock += timedelta(days=2)
    with platform.store.opened() as database:
        planned, stage = platform.planned_in(database, night_to_die_in(size), on=FIRST_NIGHT + timedelta(days=2))
        dying = DyingDatabase(database, said, point)
        apply_plans(dying, planned, Attempt(Trigger.NIGHTLY, platform.clock), platform.clock)
    stage.remove()
    return dying.steps


def _named(sql: str) -> str:
    """The first telling words of a statement."""
    plain = re.sub(r"--[^\n]*\n", "", sql).strip()
    return " ".join(plain.split()[:4])
