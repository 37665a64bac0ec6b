"""What a terminal is given: tables that fit, names as data (no control characters, no markup).

May import: nothing of ours. Imported by commands only when they speak to a person, since rich takes a while.
"""

import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

BRUSSELS = ZoneInfo("Europe/Brussels")
WIDE = 160  # columns where nobody says how many there are, such as in a pipe
MOST_ROWS = 500  # in a table; all of them are in the JSON

STYLES = {
    "success": "green",
    "partial": "yellow",
    "error": "bold red",
    "ok": "green",
    "warning": "yellow",
    "failed": "bold red",
    "conflict": "yellow",
    "rejected": "red",
    "held": "magenta",
    "created": "green",
    "linked": "green",
    "updated": "cyan",
    "transferred": "cyan",
    "stopped": "dim",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        elastic: May be cut short when room is scarce; ids never are.
        spare: Left out, the highest first, when the table is still too wide; 0 is never left out.
    """

    title: str
    right: bool = False
    elastic: bool = False
    spare: int = 0


def console(*, stderr: bool = False) -> Console:
    """A console that interprets nothing in what it prints."""
    width = shutil.get_terminal_size((WIDE, 40)).columns
    return Console(file=sys.stderr if stderr else sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def plain(value: object) -> str:
    """Any value as one line of text without characters that a terminal would obey."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(BRUSSELS):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "".join(" " if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in str(value)).strip()


def word(value: object) -> Text:
    """A status or outcome: coloured, and legible without colour."""
    text = plain(value)
    return Text(text.replace("_", " "), style=STYLES.get(text, ""))


def say(to: Console, *parts: object, style: str = "") -> None:
    """One line, never broken: what is printed can be copied."""
    to.print(Text(" ".join(plain(part) for part in parts), style=style), soft_wrap=True)


def show_table(to: Console, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """A table that fits the console: first elastic columns are cut short, then spare ones left out."""
    cells = [[one if isinstance(one, Text) else Text(plain(one)) for one in row] for row in rows]
    kept = _kept(columns, cells, to.width)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place in kept:
        column = columns[place]
        table.add_column(column.title, justify="right" if column.right else "left", no_wrap=not column.elastic)
    for row in cells:
        for cell in row:
            cell.no_wrap, cell.overflow = True, "ellipsis"
        table.add_row(*(row[place] for place in kept))
    to.print(table)


def show_rows(to: Console, columns: Sequence[Column], rows: Sequence[Sequence[object]], rest: str) -> None:
    """A table of at most so many rows; how to see the rest is said below it."""
    show_table(to, columns, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        say(to, f"… and {len(rows) - MOST_ROWS} more: {rest}", style="dim")


def show_facts(to: Console, facts: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line."""
    listed = [(name, plain(value)) for name, value in facts]
    longest = max((cell_len(name) for name, _ in listed), default=0)
    for name, value in listed:
        to.print(Text(name.ljust(longest + 2), style="bold") + Text(value or "-"), soft_wrap=True)


def _kept(columns: Sequence[Column], cells: Sequence[Sequence[Text]], width: int) -> list[int]:
    """Places of the columns that fit when elastic ones are as narrow as is still legible."""
    narrow = 12

    def need(place: int) -> int:
        widest = max([cell_len(columns[place].title), *(row[place].cell_len for row in cells)])
        return min(widest, narrow) if columns[place].elastic else widest

    kept = list(range(len(columns)))
    spare = sorted((place for place in kept if columns[place].spare), key=lambda place: -columns[place].spare)
    total: Callable[[], int] = lambda: sum(need(place) + 2 for place in kept)  # noqa: E731 - of `kept` as it is by then
    for place in spare:
        if total() > width:
            kept.remove(place)
    return kept
