"""Many companies pulled at once: a bounded number at a time, one pace per provider, and no failure that reaches another company.

What a pull is, is the provider's session's business; what becomes of the pages is the sink's. May import: `domain`,
`adapters.providers.protocol`.
"""

import logging
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from hr_pipeline.adapters.providers.protocol import Page, PageSink, Provider, Pulled, Session
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.pull_faults import PullFault, reason
from hr_pipeline.domain.refusals import Refusal, Transient

log = logging.getLogger(__name__)

_Credential = tuple[str, tuple[tuple[str, str], ...]]

WORKERS = 16
COMPANY_SECONDS = 1800.0  # one company, from its first request to its last page: half an hour is 70 000 people at PayFit's limit


@dataclass(frozen=True, slots=True)
class Target:
    """A company to pull. `secrets` as the provider's `session` wants them; those that are equal share one session."""

    connection_id: str
    provider: Provider = field(repr=False)
    company_id: str
    secrets: Mapping[str, str] = field(repr=False)


def pulled(
    targets: Sequence[Target],
    sink_for: Callable[[Target], PageSink],
    *,
    workers: int = WORKERS,
    company_seconds: float = COMPANY_SECONDS,
    progress: Callable[[Target, Page], None] | None = None,
) -> Iterator[tuple[Target, Pulled | Refusal]]:
    """Each target with what its pull amounted to, or why it failed, as they end.

    Pages go to the sinks as they arrive, so that memory does not grow with a company. A sink whose target failed holds part of a
    company and is its owner's to discard. When the caller stops taking results, pulls under way end at their next page.

    Args:
        targets: Companies, of any providers.
        sink_for: Where a target's pages go; called in the thread that pulls it.
        workers: Companies at a time.
        company_seconds: Longest pull of one company; then `PROVIDER_UNAVAILABLE`.
        progress: Told of every page kept. Called from several threads.
    """
    sessions = Sessions(targets)
    stopped = threading.Event()

    def one(target: Target) -> Pulled | Refusal:
        try:
            with sessions.lent(target) as session:
                sink = _Watched(target, sink_for(target), progress, stopped)
                return session.pull(target.company_id, sink, until=time.monotonic() + company_seconds)
        except Refusal as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - whatever it is, it is one company's
            return internal_error(target, error)

    executor = ThreadPoolExecutor(max(1, min(workers, len(targets))), thread_name_prefix="pull")
    try:
        futures = {executor.submit(one, target): target for target in targets}
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    finally:
        stopped.set()
        executor.shutdown(cancel_futures=True)
        sessions.close()


class _Watched:
    """A sink that reports its pages, and ends the pull once nobody waits for its result."""

    def __init__(self, target: Target, sink: PageSink, progress: Callable[[Target, Page], None] | None, stopped: threading.Event) -> None:
        self._target, self._sink, self._progress, self._stopped = target, sink, progress, stopped

    def add(self, page: Page) -> None:
        """Keep one page."""
        if self._stopped.is_set():
            raise Transient(Code.PROVIDER_UNAVAILABLE, provider=self._target.provider.name, reason=reason(PullFault.TOO_LONG))
        self._sink.add(page)
        if self._progress is not None:
            self._progress(self._target, page)


class Sessions:
    """One session per credential, opened when first needed and closed after its last company."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._lock = threading.Lock()
        self._open: dict[_Credential, Session] = {}
        self._left = Counter(_credential(target) for target in targets)

    @contextmanager
    def lent(self, target: Target) -> Iterator[Session]:
        """The session of a target's credential. Raises what the provider's `session` raises."""
        credential = _credential(target)
        try:
            with self._lock:
                if credential not in self._open:
                    self._open[credential] = target.provider.session(target.secrets)
                session = self._open[credential]
            yield session
        finally:
            with self._lock:
                self._left[credential] -= 1
                done = None if self._left[credential] else self._open.pop(credential, None)
            if done is not None:
                done.close()

    def close(self) -> None:
        """Close what targets that were never pulled would have used too."""
        while self._open:
            self._open.popitem()[1].close()


def _credential(target: Target) -> _Credential:
    return target.provider.name, tuple(sorted(target.secrets.items()))


def internal_error(target: Target, error: Exception) -> Refusal:
    """The refusal for what nobody foresaw. Its text may hold anything, so only its kind and where it came from are logged."""
    correlation_id = uuid4().hex[:12]
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    log.error("pull of %s failed: %s at %s (%s)", target.connection_id, type(error).__name__, place, correlation_id)
    return Refusal(Code.INTERNAL_ERROR, correlation_id=correlation_id, connection=target.connection_id)
