"""Progress of long work on stderr: a bar on a terminal, nothing elsewhere. May import: this room."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hr_pipeline.operations.pulling import Progress


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
