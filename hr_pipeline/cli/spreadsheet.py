"""CSV files for spreadsheets: whole or not there, readable by their owner alone, and without formulas.

May import: `adapters.private_files`, `domain`, this room.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hr_pipeline.adapters.private_files import PartFile, room_needed
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bool:
    """Write rows under these columns in UTF-8; lists with semicolons. Returns whether a file was replaced.

    Raises:
        Refusal: `INVALID_FILE` when nothing can be written there, `DISK_FULL`.
    """
    try:
        replaced = path.exists()
        if replaced and not path.is_file():  # a folder, or a device that a rename would replace
            raise _not_writable(path)
        with room_needed():
            part = PartFile(path.absolute())
            try:
                with io.TextIOWrapper(part.file, encoding="utf-8", newline="", write_through=True) as text:
                    writer = csv.writer(text)
                    writer.writerow(columns)
                    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
                    part.publish()
            finally:
                part.discard()
    except (OSError, ValueError):
        raise _not_writable(path) from None
    return replaced


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return f"'{value}"
    return value


def _not_writable(path: Path) -> Refusal:
    return Refusal(Code.INVALID_FILE, file=path.name[:63] or None, expected="a place where a file can be written")
