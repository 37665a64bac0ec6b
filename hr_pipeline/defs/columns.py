"""Column schemas for the UI: of snapshots from the provider, of `employees` from the pandera models, of the views from the store's schema.

May import: `adapters`, `domain`.
"""

from collections.abc import Collection, Sequence

import dagster as dg

from hr_pipeline.adapters.providers.protocol import Provider
from hr_pipeline.adapters.store.reference import column_meanings, reporting_columns
from hr_pipeline.domain.checks import Judge
from hr_pipeline.domain.fields import Group

_TABLES = {Group.IDENTITY: "person", Group.PAY: "pay rows", Group.COMPONENT: "salary components"}
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
    """Columns of a reporting view, each with what it means."""
    meanings = column_meanings()[view]
    return dg.TableSchema([dg.TableColumn(name, kind, meanings[name]) for name, kind in reporting_columns()[view].items()])


def provider_columns(provider: Provider) -> dg.TableSchema:
    """Fields that a provider sends, flattened, as a mapping names them."""
    return dg.TableSchema(
        [
            dg.TableColumn(one.name, one.type.value, one.description or f"Of the {_TABLES[one.group]}.", _due(one.required))
            for one in provider.fields
        ]
    )


def _due(required: bool) -> dg.TableColumnConstraints:
    return dg.TableColumnConstraints(nullable=not required)


PLAN_COLUMNS = dg.TableSchema(
    [
        dg.TableColumn("connection_id", "VARCHAR", "Connection that the plan is of."),
        dg.TableColumn("plan_id", "VARCHAR", "The frozen plan, as `hr-pipeline approve` names it."),
        dg.TableColumn("external_id", "VARCHAR", "The provider's id of the employee."),
        dg.TableColumn("outcome", "VARCHAR", "What the employee would become: created, updated, conflict, rejected, held …"),
        dg.TableColumn("code", "VARCHAR", "Why, where somebody must look."),
        dg.TableColumn("field", "VARCHAR", "Platform field the code is about."),
        dg.TableColumn("account_id", "VARCHAR", "Account that it is about; none of somebody new."),
        dg.TableColumn("changed", "VARCHAR[]", "Fields that would change."),
    ]
)
