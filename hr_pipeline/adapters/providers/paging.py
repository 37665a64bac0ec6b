"""Numbered pages, several at a time, handed on in order. May import: nothing of ours."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

T = TypeVar("T")


def in_order(executor: Executor, calls: Iterable[Callable[[], T]], ahead: int) -> Iterator[T]:
    """Results of the calls in their order, at most `ahead` of them under way or waiting to be taken. Raises what a call raises."""
    waiting: deque[Future[T]] = deque()
    try:
        for call in calls:
            waiting.append(executor.submit(call))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
