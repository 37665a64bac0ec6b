"""What a message may repeat of what somebody typed: an id and a date, when they have the form of one.

Anything else may be anything, a password in the wrong field too, and Dagster keeps what a message says. May import: nothing of ours.
"""

import re

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
DATE_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def repeated_id(text: str) -> str | None:
    """An id that was typed, of whatever kind; None when none can look like it."""
    return text if re.fullmatch(ID_PATTERN, text) else None


def repeated_date(text: str) -> str | None:
    """A date that was typed, also one that no calendar has; None when it is not written as one (`YYYY-MM-DD`)."""
    return text if re.fullmatch(DATE_PATTERN, text) else None
