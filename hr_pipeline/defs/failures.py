"""What a failing step may say: the catalogue's sentence for what we know, only a kind and a place for what we don't.

Dagster keeps the text and the trace of every exception, so none that may quote a value goes through. May import: `domain`.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import dagster as dg

from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import explained, text
from hr_pipeline.domain.refusals import Refusal

log = logging.getLogger(__name__)


@contextmanager
def plain_failures() -> Iterator[None]:
    """Turn whatever is raised inside into a `dg.Failure` without a history.

    Raises:
        dg.Failure: Never retried: the next night, or a person, tries again.
    """
    try:
        yield
    except dg.Failure:
        raise
    except Refusal as refusal:
        failure = refused(refusal)
    except Exception as error:  # noqa: BLE001 - its text may quote a value
        failure = _unexpected(error)
    else:
        return
    raise failure from None


def refused(refusal: Refusal) -> dg.Failure:
    """A refusal in the catalogue's words."""
    said = explained(refusal, "en")
    return _failure(refusal.code, said.message, said.next)


def everything_failed(runs: Sequence[SyncRun]) -> dg.Failure:
    """What a run says of which not one connection went through."""
    codes = Counter(run.verdict.code.value if run.verdict.code else "every employee needs attention" for run in runs)
    said = ", ".join(f"{code} ({times}×)" if times > 1 else code for code, times in codes.most_common())
    return dg.Failure(f"Not one of {len(runs)} connections could be synchronised: {said}.", metadata={"codes": dict(codes)}, allow_retries=False)


def _unexpected(error: Exception) -> dg.Failure:
    reference = uuid4().hex[:12]
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("%s at %s:%s (%s)", type(error).__name__, Path(frame.filename).name, frame.lineno, reference)
    said = text(Code.INTERNAL_ERROR, "en", correlation_id=reference)
    return _failure(Code.INTERNAL_ERROR, f"{said.message} ({type(error).__name__} at {Path(frame.filename).name}:{frame.lineno})", said.next)


def _failure(code: Code, message: str, following: str) -> dg.Failure:
    return dg.Failure(f"{message} {following}".strip(), metadata={"code": code.value, "next": following}, allow_retries=False)
