"""Column schemas for the UI: of `employees` from the pandera models, of the views from the store's own schema.

May import: `adapters`, `domain`.
"""

from collections.abc import Collection, Sequence

import dagster as dg

from hr_pipeline.adapters.store.reference import reporting_columns
from hr_pipeline.domain.checks import Judge

_OUR_OWN = ("sync_date", "given_regime_pct")  # columns a schema compares with, not of a person


def judged_columns(of: Sequence[Judge]) -> dg.TableSchema:
    """Columns that pandera checks, each with its rules; a column of two schemas has the rules of both."""
    kinds: dict[str, str] = {}
    due: set[str] = set()
    rules: dict[str, dict[str, None]] = {}
    for judge in of:
        for name, column in judge.schema.columns.items():
            kinds.setdefault(name, str(column.dtype).removesuffix("[pyarrow]").removeprefix("arrow_"))
            if name in judge.missing:
                due.add(name)
        for check in judge.checks.values():
            rules.setdefault(check.field, {})[check.rule.text] = None
    return dg.TableSchema(
        [
            dg.TableColumn(name, kind, _refused(rules.get(name, {})), dg.TableColumnConstraints(nullable=name not in due))
            for name, kind in kinds.items()
            if name not in _OUR_OWN
        ]
    )


def _refused(rules: Collection[str]) -> str:
    return f"Refused or warned of: {'; '.join(rules)}." if rules else ""


def view_columns(view: str) -> dg.TableSchema:
    """Columns of a reporting view."""
    return dg.TableSchema([dg.TableColumn(name, kind) for name, kind in reporting_columns()[view].items()])
