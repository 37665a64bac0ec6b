"""The store and the workplace of this process. Listings open the store alone; only what asks a provider needs the whole workplace.

May import: `adapters`, `operations`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hr_pipeline.adapters.environment import Environment

if TYPE_CHECKING:
    from hr_pipeline.adapters.store.database import Database
    from hr_pipeline.operations.workplace import Workplace


@contextmanager
def opened_store() -> "Iterator[Database]":
    """The open store.

    Raises:
        Refusal: When the environment can't be used, or the store not opened.
    """
    from hr_pipeline.adapters.store.database import Store

    found = Environment.current()
    found.create_home()
    with Store(found.store_path, key=found.store_key, folders=(found.home,)).opened() as database:
        yield database


def workplace() -> "Workplace":
    """The workplace, with its providers.

    Raises:
        Refusal: When the environment can't be used.
    """
    from hr_pipeline.operations.workplace import Workplace

    return Workplace.current()
