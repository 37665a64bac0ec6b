"""Many companies pulled at once: a bounded number at a time, one pace per provider, and no failure that reaches another company.

What a pull is, is the provider's session's business; what becomes of the pages is the sink's. May import: `domain`,
`adapters.providers.protocol`.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from uuid import uuid4

from hr_pipeline.adapters.providers.protocol import Page, PageSink, Provider, Pulled, Session
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

log = logging.getLogger(__name__)

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
    sessions = _Sessions(targets)
    stopped = threading.Event()

    def one(target: Target) -> Pulled | Refusal:
        try:
            sink = _Watched(target, sink_for(target), progress, stopped)
            with sessions.of(target) as session:
                return session.pull(target.company_id, sink, until=time.monotonic() + company_seconds)
        except Refusal as refusal:
            return refusal
        except Exception as error:  # whatever it is, it is one company's
            return _internal_error(target, error)

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
    """A sink that reports its pages, and refuses them once nobody waits for the result."""

    def __init__(self, target: Target, sink: PageSink, progress: Callable[[Target, Page], None] | None, stopped: threading.Event) -> None:
        self._target, self._sink, self._progress, self._stopped = target, sink, progress, stopped

    def add(self, page: Page) -> None:
        if self._stopped.is_set():
            raise Refusal(Code.NOTHING_TO_DO)
        self._sink.add(page)
        if self._progress is not None:
            self._progress(self._target, page)


class _Sessions:
    """One session per credential, opened when first needed and closed after its last company."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[object, ...], Session] = {}
        self._left: dict[tuple[object, ...], int] = {}
        for target in targets:
            self._left[_credential(target)] = self._left.get(_credential(target), 0) + 1

    def of(self, target: Target) -> "_Borrowed":
        return _Borrowed(self, target)

    def opened(self, target: Target) -> Session:
        with self._lock:
            key = _credential(target)
            if key not in self._open:
                self._open[key] = target.provider.session(target.secrets)
            return self._open[key]

    def given_back(self, target: Target) -> None:
        with self._lock:
            key = _credential(target)
            self._left[key] -= 1
            session = None if self._left[key] else self._open.pop(key, None)
        if session is not None:
            session.close()

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()


def _credential(target: Target) -> tuple[object, ...]:
    return (id(target.provider), *sorted(target.secrets.items()))


def _internal_error(target: Target, error: Exception) -> Refusal:
    """The refusal for what nobody foresaw. Its text may hold anything, so only its kind and where it came from are logged."""
    reference = uuid4().hex[:12]
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    log.error("pull of %s failed: %s at %s (%s)", target.connection_id, type(error).__name__, where, reference)
    return Refusal(Code.INTERNAL_ERROR, correlation_id=reference, connection=target.connection_id)
