"""What a sensor's last look leaves for its next one: a few values, as JSON in Dagster's cursor. It only saves looking.

One that another release wrote, or a hand, has seen nothing. May import: nothing of ours.
"""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

Seen = TypeVar("Seen")


def seen_before(kind: type[Seen], cursor: str | None) -> Seen:
    """What a cursor tells, of a dataclass all of whose fields have defaults."""
    try:
        seen: Seen = TypeAdapter(kind).validate_json(cursor or "{}")
    except ValidationError:
        return kind()
    return seen


def as_cursor(seen: Any) -> str:
    """The same as text."""
    return TypeAdapter(type(seen)).dump_json(seen).decode()
