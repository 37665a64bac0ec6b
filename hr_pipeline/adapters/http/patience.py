"""How long and how often a request is tried: limits, back-off and what `Retry-After` asks for.

May import: nothing of ours.
"""

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of one request, all in seconds but `attempts`. Source: quality.md ("Transport")."""

    deadline: float = 30.0  # of one attempt, from connecting to the last byte
    attempts: int = 4  # the first and three more
    first_wait: float = 0.5
    longest_wait: float = 8.0
    longest_asked: float = 60.0  # a longer Retry-After is cut to this

    def wait_after(self, attempt: int, asked: float | None) -> float:
        """Seconds before the next attempt: full jitter, or what the provider asked for with a little of it."""
        if asked is not None:
            return min(asked, self.longest_asked) + random.uniform(0, self.first_wait)  # noqa: S311 - spreads load, guards nothing
        return random.uniform(0, min(self.longest_wait, self.first_wait * 2 ** (attempt - 1)))  # noqa: S311 - as above


def seconds_asked(retry_after: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, as a number or an HTTP date; null for anything else, negatives included.

    Args:
        retry_after: The header.
        now: Aware instant.
    """
    text = (retry_after or "").strip()
    if re.fullmatch(r"[0-9]{1,18}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
