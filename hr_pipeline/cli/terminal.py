"""What a terminal is given: tables that fit, names as data (no control characters, no markup).

May import: `domain.nights`. Imported by commands only when they speak to a person, since rich takes a while.
"""

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import wrap

from rich import box
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hr_pipeline.domain.nights import BRUSSELS

WIDE = 160  # columns where nobody says how many there are, such as in a pipe
NARROWEST, NARROWEST_ID, GAP = 12, 18, 2
NARROWEST_CODE = 26  # any one code whole; of several, the rest may be cut
NARROWEST_NAME = 14  # of a company, or of several fields: words whole, one a line
NARROWEST_DAY = 10  # a day whole, its time below it
NARROWEST_STATUS = 16  # `waits for review` whole
LAST_RESORT = 4  # an elastic column's width before anything that is needed to act is cut
FOLD_BEHIND = "-@,/"  # where a folded id goes on in the next line
MOST_ROWS = 500  # in a table; all of them are in the JSON
_UNBROKEN = "\ue000"  # a character that `plain` lets nothing else have

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
    "waits for review": "yellow",
    "was held": "dim",
    "created": "green",
    "linked": "green",
    "updated": "cyan",
    "transferred": "cyan",
    "stopped": "dim",
    "reversed": "green",
    "kept": "yellow",
    "impossible": "red",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        elastic: May be cut short at its end when room is scarce.
        identity: Folded when there is no other way, never cut: an id that somebody may have to type, a value, or a sentence. With a
            `narrowest` of its own it is folded before any spare column goes, without one after.
        spare: Left out, the highest first, when the table is still too wide; 0 is never left out.
        narrowest: Below which an elastic column is not cut unless nothing else helps, and one with ids or sentences not folded.
    """

    title: str
    right: bool = False
    elastic: bool = False
    identity: bool = False
    spare: int = 0
    narrowest: int = NARROWEST

    def least(self, widest: int) -> int:
        """The width below which the column says nothing any more."""
        gives_way = self.elastic or (self.identity and self.narrowest != NARROWEST)
        return min(widest, self.narrowest) if gives_way else widest


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
    return "".join(" " if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in str(value))


def alone(value: object) -> str:
    """A value that stands under no column title: a moment says whose clock it is told by."""
    return f"{plain(value)} (Brussels)" if isinstance(value, datetime) else plain(value)


def word(value: object) -> Text:
    """A status or outcome: coloured, and legible without colour."""
    text = plain(value)
    return Text(text.replace("_", " "), style=STYLES.get(text, ""))


def say(to: Console, *parts: object, style: str = "") -> None:
    """One line, never broken: what is printed can be copied."""
    to.print(Text(" ".join(plain(part) for part in parts), style=style), soft_wrap=True)


def paragraph(to: Console, text: str, indent: str = "", style: str = "") -> None:
    """Words broken where the terminal ends; commands in backquotes stay whole, so that they can be copied."""
    kept = re.sub("`[^`]*`", lambda command: command[0].replace(" ", _UNBROKEN), plain(text))
    lines = wrap(kept, max(to.width, 40), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
    for line in lines:
        say(to, line.replace(_UNBROKEN, " "), style=style)


def show_table(to: Console, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """A table that fits the console: one line a row, several where an id has to be folded."""
    cells = [[one if isinstance(one, Text) else Text(plain(one).strip()) for one in row] for row in rows]
    widths = fitting_widths(columns, [[cell.cell_len for cell in row] for row in cells], to.width)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for place, width in widths.items():
        table.add_column(columns[place].title[:width], justify="right" if columns[place].right else "left", no_wrap=True, width=width)
    for row in cells:
        ids = {place: folded(row[place].plain, width) for place, width in widths.items() if columns[place].identity}
        lines = max((len(one) for one in ids.values()), default=1)
        table.add_row(
            *(
                Text("\n".join(ids[place]), style=row[place].style) if place in ids else _cut(row[place], width, lines)
                for place, width in widths.items()
            )
        )
    to.print(table)


def show_rows(to: Console, columns: Sequence[Column], rows: Sequence[Sequence[object]], rest: str) -> None:
    """A table of at most so many rows; how to see the rest is said below it."""
    show_table(to, columns, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        say(to, f"… and {len(rows) - MOST_ROWS} more: {rest}", style="dim")


def show_facts(to: Console, facts: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line."""
    listed = [(name, alone(value)) for name, value in facts]
    longest = max((cell_len(name) for name, _ in listed), default=0)
    for name, value in listed:
        to.print(Text.assemble((name.ljust(longest + 2), "bold"), value or "-"), soft_wrap=True)


def fitting_widths(columns: Sequence[Column], cells: Sequence[Sequence[int]], width: int) -> dict[int, int]:
    """Width of each column that is shown, by its place, so that all of them fit.

    Spare columns go first, then elastic ones shrink, then ids, then elastic ones to almost nothing: a code or a run is never cut. What is
    left over is given back in the other order.

    Args:
        columns: The columns.
        cells: Widths of the cells, row by row.
        width: Of the console.
    """
    widest = [max([cell_len(column.title), *(row[place] for row in cells)]) for place, column in enumerate(columns)]
    kept = list(range(len(columns)))
    least = {place: columns[place].least(widest[place]) for place in kept}
    for place in sorted((place for place in kept if columns[place].spare), key=lambda place: -columns[place].spare):
        if sum(least[one] + GAP for one in kept) - GAP > width:
            kept.remove(place)
    room = width - sum(least[place] + GAP for place in kept) + GAP
    identities = [place for place in kept if columns[place].identity]
    for place in sorted(identities, key=lambda place: -widest[place]):
        taken = min(max(-room, 0), max(least[place] - max(NARROWEST_ID, columns[place].narrowest), 0))
        least[place] -= taken
        room += taken
    for place in reversed([place for place in kept if columns[place].elastic and columns[place].narrowest == NARROWEST]):
        taken = min(max(-room, 0), max(least[place] - LAST_RESORT, 0))
        least[place] -= taken
        room += taken
    for place in (*identities, *(place for place in kept if columns[place].elastic)):
        given = min(max(room, 0), widest[place] - least[place])
        least[place] += given
        room -= given
    return {place: least[place] for place in kept}


def folded(text: str, width: int) -> list[str]:
    """A text in lines of at most so many cells, whole: broken between words, else behind a hyphen or the like, else anywhere."""
    lines = []
    while cell_len(text) > width:
        head = chop_cells(text, width)[0]
        if text[len(head)] != " ":
            head = head[: head.rfind(" ") + 1] or head[: max(head.rfind(mark) for mark in FOLD_BEHIND) + 1] or head
        lines.append(head.rstrip())
        text = text[len(head) :].lstrip()
    return [*lines, text]


def _cut(cell: Text, width: int, most: int) -> Text:
    """The cell in its column's width and so many lines; an ellipsis stands for what is left out."""
    if cell.cell_len <= width:
        return cell
    lines: list[str] = []
    rest = cell.plain
    while len(lines) < most - 1 and cell_len(rest) > width:
        lines.append(folded(rest, width)[0])
        rest = rest[len(lines[-1]) :].lstrip()
    last = Text(rest)
    last.truncate(width, overflow="ellipsis")
    return Text("\n".join([*lines, last.plain]), style=cell.style)
