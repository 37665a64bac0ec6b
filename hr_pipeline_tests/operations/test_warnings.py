"""What is odd about somebody is named in the run, through landing, conforming and store, and keeps nobody back who can be synchronised."""

from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.previewing import preview
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.operations.listed_provider import Office, worker

A = "securex-a"


def paid(**values: str) -> list[dict[str, str]]:
    return [{"gross_amount": "3000.00", "currency": "EUR", "pay_type": "monthly", "effective_from": "2024-01-01", **values}]


@pytest.mark.parametrize(
    ("values", "outcome", "code", "field"),
    [
        ({"language": "xx"}, "created", "LANGUAGE_UNKNOWN", "language"),
        ({"phone": "02 555 01 00"}, "created", "PHONE_NO_PREFIX", "phone"),
        ({"gross": None}, "created", "PAY_MISSING", None),
        ({"pay": paid(gross_amount="30000.00")}, "created", "PAY_UNUSUAL", "gross_amount"),
        ({"pay": paid(employer_contribution_pct="0.25")}, "rejected", "UNIT_SUSPECT", "employer_contribution_pct"),
    ],
)
def test_what_is_odd_is_named(tmp_path: Path, values: dict[str, Any], outcome: str, code: str, field: str | None) -> None:
    office = Office(tmp_path / "home")
    office.connect(A)
    office.lists(A, [worker("w1", **values), worker("w2")])
    told = preview(office.work, A)["warnings"]
    assert [(one["external_id"], one["code"], one["field"]) for one in told] == ([("w1", code, field)] if outcome == "created" else [])
    _, [run] = sync(office.work, [(A, office.today)], Trigger.NIGHTLY)
    assert office.outcomes(run.sync_run_id)["w1"][0] == outcome
    assert office.rows("SELECT external_id, code, field FROM problem") == [{"external_id": "w1", "code": code, "field": field}]


def test_pay_of_nobody_is_named(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    office.connect(A)
    office.lists(A, [*(worker(f"w{i}") for i in range(4)), {**worker("w5"), "external_id": None}])
    _, [run] = sync(office.work, [(A, office.today)], Trigger.NIGHTLY)
    assert (run.counts.created, run.counts.rejected) == (4, 1)
    assert "PAY_ORPHAN" in {row["code"] for row in office.rows("SELECT code FROM problem WHERE NOT blocking")}
