"""Where the work happens: the environment, the opened home, the store and the clock, handed to every operation.

May import: `adapters`, `domain`.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.protocol import Provider
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.domain.nights import BRUSSELS


@dataclass(frozen=True, slots=True)
class Workplace:
    """Everything an operation needs from outside. Tests hand in their own clock and providers."""

    environment: Environment
    store: Store
    providers: Mapping[str, Provider]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def current(cls, environment: Environment | None = None) -> "Workplace":
        """The workplace of this process.

        Raises:
            Refusal: When the environment can't be used; see `Environment`.
        """
        found = environment or Environment.current()
        found.create_home()
        return cls(found, Store(found.store_path, key=found.store_key, folders=(found.home,)), PROVIDERS)

    @property
    def home(self) -> Path:
        """Folder of all state."""
        return self.environment.home

    @property
    def today(self) -> date:
        """Civil date in Brussels, which partitions and effective dates are counted in."""
        return self.clock().astimezone(BRUSSELS).date()

    def new_id(self, kind: str, on: date) -> str:
        """A fresh surrogate id: `snap-20261122-1f0c9a52b7`."""
        return f"{kind}-{on:%Y%m%d}-{secrets.token_hex(5)}"
