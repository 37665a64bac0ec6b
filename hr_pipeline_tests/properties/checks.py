"""What the store says, to be compared with what was foretold, and what must hold whatever happens.

May import: `hr_pipeline`, the oracle's model.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.properties.model import FIELDS

Verdicts = dict[tuple[str, str | None], Counter[tuple[str, str | None]]]  # connection and external id → outcomes


def text(values: Mapping[str, Any]) -> dict[str, str | None]:
    """As a person types it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


@contextmanager
def foreseen(code: str | None, what: str) -> Iterator[None]:
    """What must be refused with this code, or not at all."""
    found, params = None, {}
    try:
        yield
    except Refusal as refusal:
        found, params = refusal.code.value, refusal.params
    assert found == code, f"{what}: refused with {found}, expected {code} {params}"


def verdicts_of(database: Database, runs: Sequence[str]) -> Verdicts:
    """Outcomes of these runs."""
    found: Verdicts = {}
    rows = database.rows(
        "SELECT connection_id, external_id, outcome, code FROM reporting.outcomes WHERE list_contains(?, sync_run_id)", [list(runs)]
    )
    for row in rows:
        found.setdefault((row["connection_id"], row["external_id"]), Counter())[row["outcome"], row["code"]] += 1
    return found


def accounts_of(database: Database) -> dict[int, tuple[Any, ...]]:
    """Company, link, pay and values of every account, by its number."""
    rows = database.rows(
        f"SELECT a.account_id, a.vat_number, l.connection_id, l.external_id, p.gross_amount, {', '.join(f'a.{name}' for name in FIELDS)}"
        " FROM reporting.accounts AS a LEFT JOIN reporting.links AS l ON l.account_id = a.account_id AND l.current"
        " LEFT JOIN reporting.pay AS p ON p.account_id = a.account_id AND p.current"
    )
    return {int(row["account_id"][1:]): tuple(row.values())[1:] for row in rows}


def links_of(database: Database) -> dict[tuple[str, str | None], int]:
    """Who is tied to which account."""
    rows = database.rows("SELECT connection_id, external_id, account_no FROM link JOIN connection USING (connection_no)")
    return {(row["connection_id"], row["external_id"]): row["account_no"] for row in rows}


def twice(database: Database) -> list[dict[str, Any]]:
    """What may be there once only, and is there twice, or in the wrong company."""
    return database.rows(
        "SELECT 'link' AS what FROM link GROUP BY connection_no, external_id HAVING count(*) > 1"
        " UNION ALL SELECT 'account' FROM link GROUP BY account_no HAVING count(*) > 1"
        " UNION ALL SELECT 'stray' FROM link AS l JOIN account AS a USING (account_no) JOIN connection AS c ON c.connection_no = l.connection_no"
        " WHERE a.company_no <> c.company_no OR a.connection_no IS DISTINCT FROM l.connection_no"
        " UNION ALL SELECT 'unlinked' FROM account AS a WHERE a.connection_no IS NOT NULL AND NOT EXISTS (FROM link AS l WHERE l.account_no = a.account_no)"
    )


def agree(what: str, found: Mapping[Any, Any], expected: Mapping[Any, Any]) -> None:
    """Everything is as foretold; whatever is not is told: the world is in the connection's id."""
    wrong = {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)}
    wrong = {
        k: ([r for r in f if r not in e], [r for r in e if r not in f]) if isinstance(f, list) and isinstance(e, list) else (f, e)
        for k, (f, e) in wrong.items()
    }
    assert not wrong, f"{what}, found and expected: {wrong}"
