"""Linked people whom proven complete snapshots no longer list: how sure we are that they left, and what that is enough for.

Missing is never left. Being sure goes up by rungs, and each reaction names the rung it needs; nobody is closed without a rule of the
connection or a person. Source: synchronisation.md §3 (the other direction). May import: `connections`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hr_pipeline.domain.connections import CloseMissing


class Rung(StrEnum):
    """What is known of somebody missing, from the least to the most."""

    ONCE = "absent_once"  # one complete snapshot did not list them
    REPEATED = "absent_repeatedly"  # on as many days in a row as the connection's `missing_runs` says
    GONE = "looked_up_gone"  # asked for by their id, the provider knows nobody
    ENDED = "ended"  # the provider gives a last day: in the last list that had them, or asked for by their id
    SAID = "said"  # a person said so


class Found(StrEnum):
    """What a provider answers when it is asked for one person by their id."""

    GONE = "gone"  # nobody of that id
    THERE = "there"  # known, though its list leaves them out
    ENDED = "ended"  # known, with a last day that has passed
    UNKNOWN = "unknown"  # it did not say


class Reaction(StrEnum):
    """What is done about somebody missing."""

    TELL = "tell"  # counted in the run and listed
    ASK = "ask"  # a person should look
    CLOSE_BY_RULE = "close_by_rule"
    CLOSE_BY_PERSON = "close_by_person"


# What the provider itself says of one person outranks how often a list left them out.
CERTAINTY = tuple(Rung)
LEFT = (Rung.GONE, Rung.ENDED, Rung.SAID)  # rungs that say they left, and not just that a list lacks them


@dataclass(frozen=True, slots=True)
class Sighting:
    """The answer about one person. `last_day` where the provider gives one, inclusive."""

    found: Found
    last_day: date | None = None

    def on(self, today: date) -> "Sighting":
        """The answer as it reads on a day: who is known with a last day before it has ended."""
        if self.found is Found.THERE and self.last_day is not None and self.last_day < today:
            return Sighting(Found.ENDED, self.last_day)
        return self


def rung(times: int, missing_runs: int, found: Found | None, last_day: date | None, *, said: bool) -> Rung:
    """The highest rung somebody missing has reached.

    Args:
        times: Days in a row on which complete snapshots did not list them: several syncs of one day count once.
        missing_runs: The connection's K.
        found: What the provider answered when asked for them alone; None: not asked.
        last_day: A last day that the provider gave, whenever it is.
        said: A person closed them.
    """
    if said:
        return Rung.SAID
    if found is Found.ENDED or last_day is not None:
        return Rung.ENDED
    if found is Found.GONE:
        return Rung.GONE
    return Rung.REPEATED if times >= missing_runs else Rung.ONCE


def asks_for_somebody(times: int, missing_runs: int, found: Found | None, last_day: date | None) -> bool:
    """Whether a person should look at somebody missing whose account is open. `rung`'s arguments."""
    return rung(times, missing_runs, found, last_day, said=False) in needed(Reaction.ASK, CloseMissing.NEVER)


def closes_next(times: int, missing_runs: int, close_missing: CloseMissing, found: Found | None, last_day: date | None) -> bool:
    """Whether the connection's rule closes them in the next night that lacks them too, as things stand. `rung`'s arguments."""
    if times + 1 < missing_runs or found is Found.THERE:
        return False
    known_end = last_day if found is Found.ENDED else None
    return rung(times + 1, missing_runs, found, known_end, said=False) in needed(Reaction.CLOSE_BY_RULE, close_missing)


def needed(reaction: Reaction, close_missing: CloseMissing) -> tuple[Rung, ...]:
    """The rungs that are enough for a reaction, under a connection's rule; none: it never happens.

    A closing by rule also needs the K snapshots, so that one strange night closes nobody; and nobody is closed by rule whom the
    provider, asked for them alone, still knows without a last day.
    """
    if reaction is Reaction.ASK:
        return CERTAINTY[1:]
    if reaction is Reaction.CLOSE_BY_RULE:
        return {CloseMissing.NEVER: (), CloseMissing.LOOKED_UP: (Rung.GONE, Rung.ENDED), CloseMissing.ABSENT: CERTAINTY[1:4]}[close_missing]
    return CERTAINTY
