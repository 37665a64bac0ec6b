"""People asked for one by one at their provider, because its list no longer has them.

A path that nobody offers answers 404 for everybody. So nothing is concluded before somebody who is listed was found the same way.
May import: `domain`, `adapters.pulling`, `adapters.providers.protocol`.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from hr_pipeline.adapters.providers.protocol import Session, SingleReader
from hr_pipeline.adapters.pulling import WORKERS, Sessions, Target, internal_error
from hr_pipeline.domain.absences import Found, Sighting
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Refusal

log = logging.getLogger(__name__)

SECONDS = 300.0  # for all people of one company
MOST_FAILURES = 3  # then the provider is left in peace, and nobody else is asked about


@dataclass(frozen=True, slots=True)
class Question:
    """Whom to ask for at one company. `listed` are a few whom its list had: one found is the proof that single people can be asked for."""

    target: Target
    external_ids: tuple[str, ...]
    listed: tuple[str, ...]


def looked_up(
    questions: Sequence[Question], *, workers: int = WORKERS, seconds: float = SECONDS
) -> Iterator[tuple[Question, dict[str, Sighting] | Refusal]]:
    """Each question with what was found, or why nothing was, as they end. Who could not be asked about is left out.

    Args:
        questions: Companies, of any providers.
        workers: Companies at a time; the people of one are asked for one after the other.
        seconds: Longest look-up of one company.
    """
    sessions = Sessions([question.target for question in questions])

    def one(question: Question) -> dict[str, Sighting] | Refusal:
        try:
            with sessions.lent(question.target) as session:
                return _answers(session, question, time.monotonic() + seconds)
        except Refusal as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - whatever it is, it is one company's
            return internal_error(question.target, error)

    executor = ThreadPoolExecutor(max(1, min(workers, len(questions))), thread_name_prefix="look-up")
    try:
        futures = {executor.submit(one, question): question for question in questions}
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    finally:
        executor.shutdown(cancel_futures=True)
        sessions.close()


def _answers(session: Session, question: Question, until: float) -> dict[str, Sighting]:
    """What is said of each person.

    Raises:
        Refusal: `LOOK_UP_NOT_OFFERED`, or what the first request met.
    """
    company = question.target.company_id
    not_offered = Permanent(Code.LOOK_UP_NOT_OFFERED, provider=question.target.provider.name, connection=question.target.connection_id)
    if not isinstance(session, SingleReader):
        raise not_offered
    try:
        if not any(session.sighting(company, one, until).found is Found.THERE for one in question.listed):
            raise not_offered
    except Permanent as refusal:
        if refusal.params.get("status") in (None, 401) and refusal.code is not Code.PROVIDER_CHANGED:
            raise
        raise not_offered from None
    found: dict[str, Sighting] = {}
    failures = 0
    for external_id in question.external_ids:
        try:
            found[external_id] = session.sighting(company, external_id, until)
        except Refusal as refusal:
            log.info("look-up of one person at %s: %s", question.target.connection_id, refusal.code)
            found[external_id] = Sighting(Found.UNKNOWN)
            failures += 1
            if failures == MOST_FAILURES:
                break
    return found
