"""People whom their provider no longer lists: asking for them one by one, and what a person decides about them.

Providers are asked while the store is closed. Source: synchronisation.md §3 (the other direction). May import: `adapters`, `domain`, this room.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hr_pipeline.adapters.looking_up import Question, looked_up
from hr_pipeline.adapters.pulling import Target
from hr_pipeline.adapters.store.absences import (
    close_missing_person,
    due_for_look_up,
    listed_people,
    missing_people,
    record_sightings,
    reopen_missing_person,
)
from hr_pipeline.adapters.store.connections import StoredConnection, stored_connection
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import CloseMissing
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.workplace import Workplace

log = logging.getLogger(__name__)

MOST_ASKED = 200  # people of one connection in one look-up; the others come next time
MOST_ASKED_NIGHTLY = 50


@dataclass(frozen=True, slots=True)
class LookUp:
    """What a look-up came to: people asked about, what was answered of how many, and who is left for another time."""

    asked: int
    found: dict[str, int]
    left: int


def look_up_missing(work: Workplace, connection_id: str) -> LookUp:
    """Ask the provider for each of a connection's missing people alone, and keep what it answers.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `DISCONNECTED`, `LOOK_UP_NOT_OFFERED`, or what the provider answered.
    """
    with work.store.opened() as database:
        stored = stored_connection(database, connection_id)
        if not stored.connection.active:
            raise Refusal(Code.DISCONNECTED, connection=connection_id)
        due = due_for_look_up(database, stored.number, from_times=0, most=2**31, again=True)
        listed = listed_people(database, stored.number)
    if not due:
        return LookUp(0, {}, 0)
    if not listed:  # nobody to prove with that a 404 means something
        raise Refusal(Code.LOOK_UP_NOT_OFFERED, provider=stored.connection.provider, connection=connection_id)
    [(_, result)] = looked_up([_question(work, stored, due[:MOST_ASKED], listed)])
    if isinstance(result, Refusal):
        raise result
    seen = {external_id: sighting.on(work.today) for external_id, sighting in result.items()}
    with work.store.opened() as database:
        record_sightings(database, stored.number, seen, work.clock())
    found = [sighting.found for sighting in seen.values()]
    return LookUp(len(seen), {kind: found.count(kind) for kind in dict.fromkeys(found)}, len(due) - len(seen))


def look_up_due(work: Workplace, connections: Sequence[StoredConnection]) -> None:
    """Before a night: ask for whom the rule `looked_up` could close in it. What fails is unknown, and the night goes on.

    Whom this night is the K-th without is asked about too, though its snapshot may list them again: then the answer is of no use, and of
    no harm.
    """
    ruled = [one for one in connections if one.connection.settings.close_missing is CloseMissing.LOOKED_UP]
    if not ruled:
        return
    questions: dict[str, tuple[StoredConnection, Question]] = {}
    with work.store.opened() as database:
        for one in ruled:
            enough = one.connection.settings.missing_runs - 1
            due = due_for_look_up(database, one.number, from_times=enough, most=MOST_ASKED_NIGHTLY, again=False)
            listed = listed_people(database, one.number) if due else ()
            if listed:
                try:
                    questions[one.connection_id] = one, _question(work, one, due, listed)
                except Refusal as refusal:
                    log.info("nobody of %s is looked up: %s", one.connection_id, refusal.code)
    answers = list(looked_up([question for _, question in questions.values()])) if questions else []
    with work.store.opened() as database:
        for question, result in answers:
            if isinstance(result, Refusal):
                log.info("nobody of %s is looked up: %s", question.target.connection_id, result.code)
                continue
            stored, _ = questions[question.target.connection_id]
            seen = {external_id: sighting.on(work.today) for external_id, sighting in result.items()}
            record_sightings(database, stored.number, seen, work.clock())


def close_missing(work: Workplace, connection_id: str, external_id: str, *, on: date, owner: str, reason: str) -> dict[str, Any]:
    """Close the account of somebody missing, on a person's word; as `missing_people` tells them then.

    Raises:
        Refusal: As `close_missing_person`.
    """
    with work.store.opened() as database:
        close_missing_person(database, connection_id, external_id, on=on, owner=owner, reason=reason, now=work.clock(), today=work.today)
        return _one(missing_people(database, work.today, connection_id, closed=True), external_id)


def reopen_missing(work: Workplace, connection_id: str, external_id: str, *, owner: str, reason: str) -> dict[str, Any]:
    """Take the closing of somebody missing back, a rule's too; as `missing_people` tells them then.

    Raises:
        Refusal: As `reopen_missing_person`.
    """
    with work.store.opened() as database:
        reopen_missing_person(database, connection_id, external_id, owner=owner, reason=reason, now=work.clock(), today=work.today)
        return _one(missing_people(database, work.today, connection_id, closed=True), external_id)


def _one(people: Sequence[dict[str, Any]], external_id: str) -> dict[str, Any]:
    return next((one for one in people if one["external_id"] == external_id), {})


def _question(work: Workplace, stored: StoredConnection, due: Sequence[str], listed: tuple[str, ...]) -> Question:
    connection = stored.connection
    secrets = work.environment.secrets_for(connection.provider, connection.credential, connection.connection_id)
    target = Target(connection.connection_id, work.providers[connection.provider], connection.provider_company_id, secrets)
    return Question(target, tuple(due), listed)
