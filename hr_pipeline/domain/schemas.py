"""The pandera schemas: every rule that a value which could be read must obey, as a named, vectorised check.

One schema each for people, pay rows, the pay taken on a date, and salary components, over pandas frames with Arrow columns.
What could not be read is found by `parsing`; running a schema and telling its findings is `validate`. The same checks describe the
columns and the asset checks in Dagster. Sources: synchronisation.md §3 and §9, contracts/securex.md. May import: `bounds`,
`checks`, `codes`, `connections`, `frames`, `languages`, `rules`.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyarrow as pa

from hr_pipeline.domain.bounds import PayBounds
from hr_pipeline.domain.checks import (
    FieldCheck,
    Frame,
    Judge,
    Verdicts,
    above_zero,
    across,
    at_most,
    in_form,
    judge,
    not_before,
    not_negative,
    one_of,
    shorter_than,
    unusual,
    within_years,
)
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Relation
from hr_pipeline.domain.frames import COMPONENTS, EMPLOYEES
from hr_pipeline.domain.languages import LANGUAGES
from hr_pipeline.domain.rules import EMAIL_MISSING, LONGEST_TEXT, MISSING, TOO_LONG, Rule

_PERSON = ("external_id", "first_name", "last_name", "birth_name", "employee_number", "email", "language", "phone", "relation")
_PERSON_DATES = ("start_date", "birth_date", "exit_date")
_PAY_ROW = ("gross_amount", "currency", "pay_type", "weekly_hours", "reference_hours", "work_regime_pct", "employer_contribution_pct")
_PAY_DATES = ("effective_from", "effective_to")
_PAY = ("gross_amount", "currency", "pay_type", "work_regime_pct", "employer_contribution_pct")

# Platform field → column of COMPONENTS.
COMPONENT_COLUMNS = {
    "component_code": "code",
    "component_label": "label",
    "component_amount": "amount",
    "component_currency": "currency",
    "component_frequency": "frequency",
    "component_from": "valid_from",
    "component_to": "valid_to",
}

_FRACTION = Rule("a fraction where a percentage is due", Code.UNIT_SUSPECT)
_UNACCOMPANIED = Rule("missing beside an amount", Code.FIELD_MISSING)


@lru_cache(maxsize=1)
def people_judge() -> Judge:
    """People: one row per listed employee, plus `sync_date`, the civil date of the sync."""
    kinds = {name: EMPLOYEES.field(name).type for name in (*_PERSON, *_PERSON_DATES)}
    checks = [
        *(shorter_than(name, LONGEST_TEXT, TOO_LONG) for name in _PERSON[:5]),
        in_form("email", r"[^@\s]+@[^@\s]+\.[^@\s.]+", "not the form of an address"),
        one_of("language", sorted(LANGUAGES), "not an ISO 639-1 code"),
        in_form("phone", r"\+[1-9][0-9]{4,14}", "not in E.164 form"),
        one_of("relation", list(Relation), "not a known relation"),
        *(within_years(name) for name in _PERSON_DATES),
        across("birth_date", Rule("in the future"), lambda d: d["birth_date"] <= d["sync_date"]),
        not_before("exit_date", "start_date", "before the start"),
    ]
    missing = {"external_id": MISSING, "first_name": MISSING, "last_name": MISSING, "email": EMAIL_MISSING, "start_date": MISSING}
    return judge("people", {**kinds, "sync_date": pa.date32()}, checks, missing)


@lru_cache(maxsize=32)
def pay_row_judge(bounds: PayBounds, *, dated: bool) -> Judge:
    """One pay row, valid on the date or not. `given_regime_pct` is the percentage as sent, `work_regime_pct` that or Q/S.

    Args:
        bounds: Bounds of pay.
        dated: Whether the start of validity is mapped, hence due.
    """
    kinds = {name: EMPLOYEES.field(name).type for name in (*_PAY_ROW, *_PAY_DATES)}
    rate = "employer_contribution_pct"
    checks = [
        above_zero("gross_amount"),
        _monthly_at_most(bounds),
        *(across(name, _UNACCOMPANIED, _beside_amount(name)) for name in ("currency", "pay_type")),
        in_form("currency", "[A-Z]{3}", "not an ISO 4217 code"),
        one_of("pay_type", ("monthly", "hourly"), "neither monthly nor hourly"),
        *(at_most(name, bounds.hours_hard_max, "hours a week") for name in ("weekly_hours", "reference_hours")),
        above_zero("reference_hours"),
        not_negative("work_regime_pct"),
        # 1 is full time as a fraction: nobody is employed for one hundredth of a week.
        across("work_regime_pct", _FRACTION, lambda d: (d["given_regime_pct"] <= 0) | (d["given_regime_pct"] > 1)),
        at_most("work_regime_pct", bounds.regime_hard_max, "%"),
        not_negative(rate),
        FieldCheck(rate, _FRACTION, lambda values: (values <= 0) | (values >= 1)),
        at_most(rate, bounds.contribution_hard_max, "%"),
        *(within_years(name) for name in _PAY_DATES),
        not_before("effective_to", "effective_from", "before the start"),
    ]
    kinds["given_regime_pct"] = kinds["work_regime_pct"]
    return judge("pay_rows", kinds, checks, {"effective_from": MISSING} if dated else {})


@lru_cache(maxsize=32)
def pay_judge(bounds: PayBounds) -> Judge:
    """The pay of one person on the date, simultaneous occupations added up: the hard bounds again, and what is unusual."""
    low, high = bounds.contribution_usual_min, bounds.contribution_usual_max
    checks = [
        _monthly_at_most(bounds),
        at_most("work_regime_pct", bounds.regime_hard_max, "%"),
        unusual(
            "gross_amount",
            f"monthly amount above {bounds.gross_usual_max:f}",
            lambda d: (d["pay_type"] != "monthly") | (d["gross_amount"] <= bounds.gross_usual_max),
        ),
        unusual(
            "gross_amount",
            f"under {bounds.minimum_wage_share:f} % of the minimum wage at this work regime",
            lambda d: (d["pay_type"] != "monthly") | (d["currency"] != "EUR") | _reaches_minimum(d, bounds),
        ),
        unusual(
            "work_regime_pct",
            f"under {bounds.regime_usual_min:f} %",
            lambda d: d["work_regime_pct"] >= bounds.regime_usual_min,
        ),
        unusual("work_regime_pct", f"above {bounds.regime_usual_max:f} %", lambda d: d["work_regime_pct"] <= bounds.regime_usual_max),
        unusual("employer_contribution_pct", f"outside {low:f}-{high:f} %", lambda d: d["employer_contribution_pct"].between(low, high)),
    ]
    return judge("pay", {name: EMPLOYEES.field(name).type for name in _PAY}, checks, {})


@lru_cache(maxsize=2)
def component_judge(*, dated: bool) -> Judge:
    """One salary component, under the platform fields' names.

    Args:
        dated: Whether the start of validity is mapped, hence due.
    """
    checks = [
        *(shorter_than(name, LONGEST_TEXT, TOO_LONG) for name in ("component_code", "component_label")),
        in_form("component_currency", "[A-Z]{3}", "not an ISO 4217 code"),
        one_of("component_frequency", ("monthly", "yearly", "once"), "not monthly, yearly or once"),
        *(within_years(name) for name in ("component_from", "component_to")),
        not_before("component_to", "component_from", "before the start"),
    ]
    due = ["component_code", "component_amount", "component_currency", "component_frequency", *(["component_from"] if dated else [])]
    kinds = {field: COMPONENTS.field(column).type for field, column in COMPONENT_COLUMNS.items()}
    return judge("salary_components", kinds, checks, dict.fromkeys(due, MISSING))


def judges(bounds: PayBounds | None = None) -> tuple[Judge, ...]:
    """All four, for whoever describes columns or lists checks; each schema's name says what it judges."""
    chosen = bounds or PayBounds()
    return people_judge(), pay_row_judge(chosen, dated=True), pay_judge(chosen), component_judge(dated=True)


def _monthly_at_most(bounds: PayBounds) -> FieldCheck:
    """An hourly amount is not judged by monthly bounds."""
    rule = Rule(f"monthly amount above {bounds.gross_hard_max:f}")
    return across("gross_amount", rule, lambda d: (d["pay_type"] != "monthly") | (d["gross_amount"] <= bounds.gross_hard_max))


def _beside_amount(name: str) -> Callable[[Any], Verdicts]:
    return lambda d: d[name].notna() | d["gross_amount"].isna()


def _reaches_minimum(frame: Frame, bounds: PayBounds) -> Verdicts:
    """Gross ≥ share × minimum wage × regime, cross-multiplied so that it stays exact; unknown regime, unknown verdict."""
    return frame["gross_amount"] * 10_000 >= frame["work_regime_pct"] * (bounds.minimum_wage * bounds.minimum_wage_share)
