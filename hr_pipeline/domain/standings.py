"""Where one employee stands now, as a person would say it: the question of whoever asks why somebody did not come through.

A run's outcome is what happened that night; a standing also knows what was decided since, and what no outcome tells: absences, undos,
accounts without an employee. The sentences live in `catalogue.toml` under `[phrases.Standing]` and `[phrases.Step]`. May import: `codes`,
`outcomes`, `decisions`.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import ConflictState
from hr_pipeline.domain.outcomes import Outcome


class Standing(StrEnum):
    """Where somebody stands."""

    SYNCHRONISED = "synchronised"
    LEFT = "left"  # linked, and past the last day that the provider gave
    CONFLICT = "conflict"
    DECIDED = "decided"
    UPCOMING = "upcoming"  # a transfer that is decided and waits for its day
    DEFERRED = "deferred"
    REJECTED = "rejected"
    HELD = "held"
    FAILED = "failed"
    EXCLUDED = "excluded"
    OUT_OF_SCOPE = "out_of_scope"
    PENDING = "pending"  # what kept them back is over, and no sync has been since
    MISSING = "missing"
    MISSING_HELD = "missing_held"  # not in the newest list, which is held
    CLOSED_MISSING = "closed_missing"
    FROZEN = "frozen"  # linked, not listed, and never concluded about
    UNDONE = "undone"
    MOVED = "moved"  # their account goes on under another id, or in another company
    NOT_LISTED = "not_listed"  # seen once, never linked
    UNDECIDED = "undecided"  # in a list that no sync has decided about
    UNLINKED = "unlinked"  # an account that no provider's employee is linked to


class Step(StrEnum):
    """What to do next: by the values of `Standing`, where the code of an outcome does not say it."""

    SYNCHRONISED = "synchronised"
    LEFT = "left"
    CONFLICT = "conflict"
    DECIDED = "decided"
    REJECTED = "rejected"
    EXCLUDED = "excluded"
    OUT_OF_SCOPE = "out_of_scope"
    MISSING = "missing"
    CLOSED_MISSING = "closed_missing"
    UNDONE = "undone"
    UNDONE_DECIDED = "undone_decided"  # … with the decision about a conflict that had made the link
    MOVED = "moved"
    NOT_LISTED = "not_listed"
    UNLINKED = "unlinked"
    CANDIDATE = "candidate"  # an unlinked account that a conflict proposes
    CONNECTION = "connection"  # first of all where nothing of the connection comes through


class PersonWord(StrEnum):
    """What is said around a standing."""

    SEVERAL = "several"
    NEXT = "next"
    OWNER = "owner"
    NAMES_HIDDEN = "names_hidden"
    FAILED_SINCE = "failed_since"
    STOPPED = "stopped"
    ONE_OF_THEM = "one_of_them"


_OF_OUTCOME = {
    Outcome.REJECTED: Standing.REJECTED,
    Outcome.HELD: Standing.HELD,
    Outcome.FAILED: Standing.FAILED,
    Outcome.OUT_OF_SCOPE: Standing.OUT_OF_SCOPE,
    Outcome.EXCLUDED: Standing.PENDING,  # and nobody leaves them out any more
    Outcome.CONFLICT: Standing.PENDING,  # and the question is closed
}
_OF_CONFLICT = {
    ConflictState.OPEN: Standing.CONFLICT,
    ConflictState.DECIDED: Standing.DECIDED,
    ConflictState.DEFERRED: Standing.DEFERRED,
}


def standing_of(facts: Mapping[str, Any], today: date) -> Standing:
    """Where somebody stands.

    Args:
        facts: As `adapters.store.people.standings` tells them.
        today: Civil date.
    """
    if facts["connection_id"] is None:
        return Standing.UNLINKED
    if facts["excluded"]:
        return Standing.EXCLUDED
    if facts["code"] == Code.TRANSFER_UPCOMING and (not facts["conflict"] or facts["conflict"]["state"] == ConflictState.DECIDED):
        return Standing.UPCOMING
    if facts["conflict"]:
        return _OF_CONFLICT[ConflictState(facts["conflict"]["state"])]
    if facts["outcome"] in _OF_OUTCOME:
        return _OF_OUTCOME[Outcome(facts["outcome"])]
    return _linked(facts, today) if facts["is_linked"] else _unlinked(facts)


def _linked(facts: Mapping[str, Any], today: date) -> Standing:
    if missing := facts["missing"]:
        return Standing.MISSING if missing["state"] == "open" else Standing.CLOSED_MISSING
    if facts["missing_held"]:
        return Standing.MISSING_HELD
    if facts["exit_date"] is not None and facts["exit_date"] < today:
        return Standing.LEFT
    return Standing.FROZEN if facts["is_absent"] else Standing.SYNCHRONISED


def _unlinked(facts: Mapping[str, Any]) -> Standing:
    if facts["ended"]:
        return Standing.UNDONE if facts["ended"]["reason"] == "undo" else Standing.MOVED
    return Standing.UNDECIDED if facts["in_list"] else Standing.NOT_LISTED
