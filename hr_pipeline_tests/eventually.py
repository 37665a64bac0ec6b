"""Waiting for what other processes do, with an end. May import: nothing of ours."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], what: str, seconds: float = 90) -> Found:
    """The first answer that is not None or False.

    Raises:
        TimeoutError: None came in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise TimeoutError(f"{what} did not happen within {seconds} s")
