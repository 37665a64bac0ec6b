"""How fast requests may start: one pace shared by all connections of a provider in this process.

May import: nothing of ours.
"""

import threading
import time


class Pace:
    """Evenly spaced starts, at most `per_second`, for any number of threads; null where no limit is known.

    Even spacing instead of a bucket: a gateway that counts per calendar second is never surprised by two bursts in one.
    """

    def __init__(self, per_second: float | None) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self, until: float | None = None) -> bool:
        """Block until this request may start; False, at once and without using up a start, when that is after `until`."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            if until is not None and start >= until:
                return False
            self._next = start + self._interval
        if start > now:
            time.sleep(start - now)
        return True

    def hold(self, seconds: float) -> None:
        """Nobody starts for that long: the provider said so to one connection (429), and means all of them."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)
