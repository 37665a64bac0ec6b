"""What a failing step may say: the catalogue's sentence for what we know, only a kind and a place for what we don't.

Dagster keeps the text and the trace of every exception, so none that may quote a value goes through. May import: `domain`.
"""

import logging
import os
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.refusals import Refusal

log = logging.getLogger(__name__)

REDACTED = "DAGSTER_REDACT_USER_CODE_ERRORS"
NO_MORE = "That is all: the masked error that Dagster speaks of next is this very sentence."  # it can't be kept from adding an error ID


class _Said(dg.Failure):
    """A failure whose sentence is all there is to know, and that is never retried."""

    def __init__(self, message: str, metadata: Mapping[str, Any]) -> None:
        super().__init__(message, metadata=metadata, allow_retries=False)
        if os.environ.get(REDACTED, "").lower() in ("1", "t", "true"):  # as Dagster reads it
            self.args = (f"{message}\n{NO_MORE}",)


class Refused(_Said):
    """A refusal as Dagster may keep it: the catalogue's sentence and the next step. Never retried: a person or the next night tries."""

    def __init__(self, refusal: Refusal, where: str = "") -> None:
        self.refusal = refusal
        said = explained(refusal, "en")
        message = f"{said.message} {said.next} {where}".strip()
        super().__init__(message, {"code": refusal.code.value, "next step": said.next})


class EverythingFailed(_Said):
    """Not one connection of a run went through. Each has its sync run in the store, with its code."""

    def __init__(self, codes: Sequence[str | None]) -> None:
        counted = Counter(code or "everybody needs attention" for code in codes)
        said = ", ".join(f"{code} ({times})" for code, times in counted.most_common())
        message = f"None of the {len(codes)} sync runs went through: {said}. Each partition says what to do next."
        super().__init__(message, {"codes": dict(counted)})


@contextmanager
def plain_failures() -> Iterator[None]:
    """Turn whatever is raised inside into a failure without a history.

    Raises:
        Refused: Also for what nobody foresaw, as `INTERNAL_ERROR` with a reference to the log.
    """
    try:
        yield
    except dg.Failure:
        raise
    except Refusal as refusal:
        failure = Refused(refusal)
    except Exception as error:  # noqa: BLE001 - its text may quote a value
        failure = _unforeseen(error)
    else:
        return
    raise failure from None


def _unforeseen(error: Exception) -> Refused:
    """An exception by its kind, its place and a reference, never by its text."""
    reference = uuid4().hex[:12]
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    log.error("%s (%s)", where, reference)
    return Refused(Refusal(Code.INTERNAL_ERROR, correlation_id=reference), f"({where})")
