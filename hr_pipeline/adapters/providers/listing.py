"""A paged list of a provider, described. May import: nothing of ours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listing:
    """Its name, its path below the base address, and the keys that a list with rows has at least once each."""

    resource: str
    path: str
    required: tuple[str, ...]
