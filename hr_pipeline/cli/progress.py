"""Long work: its progress on stderr (a bar on a terminal, nothing elsewhere), and ending it at once with Ctrl-C. May import: this room."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from hr_pipeline.operations.pulling import Progress

T = TypeVar("T")


def interruptible(work: Callable[[], T]) -> T:
    """The result of something long, done beside the main thread so that Ctrl-C is heard while a provider keeps us waiting.

    What is left undone needs no tidying: pages land whole or not at all, the store commits or rolls back, and the next start takes over
    what a process that ended held.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to who waits
            result.set_exception(error)

    Thread(target=run, name="command", daemon=True).start()
    return result.result()


@contextmanager
def shown_progress(title: str) -> "Iterator[Progress]":
    """Something to report progress to: what is being done, how much of it is done, of how much (0: unknown)."""
    from hr_pipeline.cli.terminal import console

    to = console(stderr=True)
    if not to.is_terminal:
        yield lambda *_: None
        return
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"), TimeElapsedColumn())
    with Bars(*columns, console=to, transient=True) as bars:
        tasks = {title: bars.add_task(title, total=None, count="")}

        def report(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None, count="")
            bars.update(tasks[what], completed=done, total=of or None, count=f"{done}/{of}" if of else str(done))

        yield report
