"""An access token that any number of threads share and that one of them renews. May import: nothing of ours."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_MARGIN = 30.0  # seconds before its end at which a token is no longer used


@dataclass(frozen=True, slots=True)
class Grant:
    """A token as it was granted; `seconds` null when its life was not said."""

    token: str = field(repr=False)
    seconds: float | None = None


class SharedToken:
    """The current token; asks for one when first needed, near its end, and when a reader was refused with it."""

    def __init__(self, granted: Callable[[], Grant]) -> None:
        self._granted = granted
        self._lock = threading.Lock()
        self._token: str | None = None
        self._ends = float("inf")

    def current(self) -> str:
        """A token believed to be good. Raises what `granted` raises."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._ends:
                self._renew()
            return self._token or ""

    def renewed(self, refused: str) -> str:
        """The token to use after one was refused: a new one, or the one another thread has got meanwhile."""
        with self._lock:
            if self._token in (refused, None):  # null after a renewal that failed
                self._renew()
            return self._token or ""

    def _renew(self) -> None:
        self._token = None
        grant = self._granted()
        self._token = grant.token
        # A life shorter than the margin would be asked for again at every request.
        self._ends = time.monotonic() + max(grant.seconds - _MARGIN, grant.seconds / 2) if grant.seconds else float("inf")
