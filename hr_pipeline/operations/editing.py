"""Edits made on the platform by a person: one field of an account, or people typed in before the first sync.

What is typed is judged as a provider's data is. Who owns a field, and whether it is locked, is `adapters.store.accounts`' question.
May import: `adapters`, `domain`, this room.
"""

import csv
import io
from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from hr_pipeline.adapters.store.accounts import account_no_of, fields_of, import_accounts, set_field
from hr_pipeline.domain.arrow import Array, taken
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import ACCOUNT_FIELDS
from hr_pipeline.domain.identity import people
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.vat import comparable_vat
from hr_pipeline.operations.workplace import Workplace

PLAIN = FieldMapping({name: FieldRule((name,)) for name in ACCOUNT_FIELDS})
IMPORTED = ("vat_number", "email", "first_name", "last_name", "birth_date")
LONGEST_FILE = 64 * 1024**2  # bytes: half a million people, more than anybody types in

_NAMES = ("first_name", "last_name")
_TOGETHER = {"start_date": ("start_date", "exit_date"), "exit_date": ("start_date", "exit_date")}


def edit_account(work: Workplace, reference: str, field: str, text: str) -> str:
    """Set one field of an account; an empty text clears it. Returns the account's id.

    Args:
        work: Where.
        reference: `a17` or an e-mail address.
        field: One of `ACCOUNT_FIELDS`.
        text: As typed; kept in the platform's form (phone in E.164, e-mail with its domain in lower case).

    Raises:
        Refusal: `UNKNOWN_ACCOUNT`, `UNKNOWN_FIELD`, `FIELD_LOCKED`, `FIELD_INVALID`, `EMAIL_TAKEN`.
    """
    with work.store.opened() as database:
        account_no = account_no_of(database, reference)
        known = {row["field"]: row for row in fields_of(database, account_no)}
        if (locked := known.get(field, {})) and locked["locked"]:
            run = locked["set_by"] if locked["set_by"] != "platform" else None
            raise Refusal(Code.FIELD_LOCKED, field=field, provider=locked["owner"], source=locked["source"], run=run)
        if field not in ACCOUNT_FIELDS:
            raise Refusal(Code.UNKNOWN_FIELD, field=field[:63], known=", ".join(ACCOUNT_FIELDS))
        value = text.strip() or None
        value = _judged_value(field, value, {name: known[name]["value"] for name in _TOGETHER.get(field, ())}, work.today)
        set_field(database, account_no, field, value, work.clock())
    return f"a{account_no}"


def import_people(work: Workplace, content: bytes, name: str) -> tuple[int, int]:
    """Take over people whom HR typed in before the first sync; all of a file or nothing. Returns how many it lists and how many are new.

    Args:
        work: Where.
        content: CSV in UTF-8 with the columns `IMPORTED`, `email` and `birth_date` possibly empty.
        name: What to call the file.

    Raises:
        Refusal: `INVALID_FILE` with the line.
    """
    listed = _listed(content, name)
    _check_people(listed, name, work.today)
    with work.store.opened() as database:
        return len(listed), import_accounts(database, listed, work.clock())


def _judged_value(field: str, value: str | None, beside: Mapping[str, str | None], today: date) -> str | None:
    """The value in the platform's form.

    Raises:
        Refusal: `FIELD_INVALID` with the rule it breaks.
    """
    if value is None and field in _NAMES:
        raise Refusal(Code.FIELD_INVALID, field=field, rule="missing")
    values, broken = _judged({**{name: [text] for name, text in beside.items()}, field: [value]}, today)
    for name in (field, *beside):
        if name in broken:
            raise Refusal(Code.FIELD_INVALID, field=field, rule=broken[name][0][1])
    judged = values[field][0].as_py()
    return judged.isoformat() if isinstance(judged, date) else judged


def _judged(columns: Mapping[str, list[str | None]], today: date) -> tuple[dict[str, Array], dict[str, list[tuple[int, str]]]]:
    """Columns of typed text read and judged, and per field the rows that break a rule. What merely would be missing is not asked for."""
    table = pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})
    mapping = FieldMapping({name: PLAIN.rules[name] for name in columns})
    dates = pa.array([today] * table.num_rows, pa.date32())
    read = people(table, mapping, dates, [None], np.zeros(table.num_rows, dtype=np.int64))
    broken: dict[str, list[tuple[int, str]]] = {}
    for finding in read.findings:
        if finding.field is not None and finding.field in columns:
            empty = taken(table[finding.field].combine_chunks(), finding.rows).is_null()
            given = [int(row) for row, is_empty in zip(finding.rows, empty.to_pylist(), strict=True) if not is_empty]
            broken.setdefault(finding.field, []).extend((row, finding.rule.text) for row in given)
    return read.values, {name: sorted(rows) for name, rows in broken.items() if rows}


def _listed(content: bytes, name: str) -> list[dict[str, str | None]]:
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        if set(rows.fieldnames or ()) != set(IMPORTED):
            raise Refusal(Code.INVALID_FILE, file=name, line=1, expected="the columns vat_number, email, first_name, last_name, birth_date")
        listed = [{key: (row[key] or "").strip() or None for key in IMPORTED} for row in rows if _is_whole(row, name, rows.line_num)]
    except (UnicodeDecodeError, csv.Error):
        raise Refusal(Code.INVALID_FILE, file=name, expected="CSV in UTF-8") from None
    for one in listed:
        one["vat_number"] = comparable_vat(one["vat_number"], "BE")
    return listed


def _is_whole(row: Mapping[str | None, object], name: str, line: int) -> bool:
    if None in row or None in row.values():
        raise Refusal(Code.INVALID_FILE, file=name, line=line, expected="as many values as columns")
    return True


def _check_people(listed: list[dict[str, str | None]], name: str, today: date) -> None:
    columns = {key: [one[key] for one in listed] for key in IMPORTED if key != "vat_number"}
    _, broken = _judged(columns, today) if listed else ({}, {})
    for field, rows in broken.items():
        raise Refusal(Code.INVALID_FILE, file=name, line=rows[0][0] + 2, expected=_EXPECTED[field])


_EXPECTED = {
    "email": "an e-mail address in email",
    "first_name": "first_name and last_name",
    "last_name": "first_name and last_name",
    "birth_date": "a past date in birth_date, as YYYY-MM-DD",
}
