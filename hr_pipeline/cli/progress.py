"""Progress of long work on stderr: a bar on a terminal, nothing elsewhere. May import: this room."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hr_pipeline.cli.terminal import console

if TYPE_CHECKING:
    from hr_pipeline.operations.pulling import Progress


@contextmanager
def shown_progress(title: str) -> "Iterator[Progress]":
    """Something to report progress to: what is being done, how much of it is done, of how much (0: unknown)."""
    to = console(stderr=True)
    if not to.is_terminal:
        yield lambda *_: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=to, transient=True) as bars:
        tasks = {title: bars.add_task(title, total=None)}

        def report(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None)
            bars.update(tasks[what], completed=done, total=of or None)

        yield report
