"""A store whose process seems to die in the middle of a transaction, once: the next statement after so many is never made.

A real process that is killed is `adapters/store/test_kills.py`; here it is only one of the things that happen to a world. May import:
`hr_pipeline`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.opening import Store


class Killed(BaseException):
    """The end of the process, as far as the store can tell."""


class DyingDatabase(Database):
    """Counts the statements of its transactions down."""

    def __init__(self, database: Database, countdown: list[int]) -> None:
        super().__init__(database._connection)
        self._countdown, self._is_writing = countdown, False

    def run(self, sql: str, parameters: Sequence[object] | dict[str, object] | None = None) -> None:
        """A statement, if the process lives to see it."""
        if self._is_writing and self._countdown:
            self._countdown[0] -= 1
            if self._countdown[0] < 0:
                self._countdown.clear()
                raise Killed
        super().run(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Where it may happen."""
        with super().transaction():
            self._is_writing = True
            try:
                yield
            finally:
                self._is_writing = False


@dataclass(frozen=True, slots=True)
class DyingStore(Store):
    """Opens the same file as the store it stands for."""

    countdown: list[int] = field(default_factory=list)

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """As `Store.opened`."""
        with Store(self.path, self.key, self.folders, self.patience_seconds).opened() as database:
            yield DyingDatabase(database, self.countdown)
