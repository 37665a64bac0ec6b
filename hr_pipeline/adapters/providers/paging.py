"""Pages read at the same time and handed on in a fixed order. May import: nothing of ours."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
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


def side_by_side(*lists: Iterator[T]) -> Iterator[T]:
    """Items (never None) of several lists in turns, those of one turn read at the same time. Raises what a list raises.

    For lists in which each page says where the next one is, so that several at a time is one of each.
    """
    with ThreadPoolExecutor(len(lists), thread_name_prefix="page") as executor:
        going = list(lists)
        while going:
            turn = [(listed, executor.submit(next, listed, None)) for listed in going]
            for listed, future in turn:
                item = future.result()
                if item is None:
                    going.remove(listed)
                else:
                    yield item
