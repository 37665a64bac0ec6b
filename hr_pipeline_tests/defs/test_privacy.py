"""No value of a person reaches Dagster: everything under its home is read byte by byte after nights, refusals and breakdowns."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.protocol import Page, Provider
from hr_pipeline.defs.failures import NO_MORE
from hr_pipeline.defs.launching import run_sync
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.frames import ProviderFrames
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline.sandbox.roster import ROSTER
from hr_pipeline_tests.defs.conftest import TwoNights
from hr_pipeline_tests.defs.scene import KERMADEC, Scene


def canaries(demo: Scene) -> set[str]:
    """E-mails, phones, names, birth dates and amounts: of everybody on the platform, and of the script's people whether they got there or not."""
    values = {
        text
        for row in demo.rows("SELECT email, phone, last_name, birth_date::VARCHAR AS born FROM reporting.accounts")
        for text in row.values()
    }
    values |= {f"{row['gross_amount']}" for row in demo.rows("SELECT gross_amount FROM reporting.pay WHERE gross_amount IS NOT NULL")}
    for company in ROSTER:
        for case in company.cases:
            for person in case.people:
                values |= {person.last, person.born, *(email for _, email in getattr(person, "emails", ()))}
                values |= {getattr(person, "email", None), *(phone for _, phone in getattr(person, "phones", ()))}
    return {text for text in values if text and len(text) > 5}


def found_in(folder: Path, wanted: Iterable[str]) -> set[tuple[str, str]]:
    """(file, text) for each text that stands in a file, in clear or as JSON writes it; an amount not as a part of a longer number."""
    spelt = {form.encode(): text for text in wanted for form in (text, json.dumps(text)[1:-1])}
    files = [(file.name, file.read_bytes()) for file in folder.rglob("*") if file.is_file()]
    return {(name, text) for name, content in files for form, text in spelt.items() if form in content and _stands(form, content)}


def _stands(form: bytes, content: bytes) -> bool:
    """Whether a text is there by itself: Dagster writes how long steps took, in milliseconds with many decimals."""
    return re.search(rb"(?<![0-9.])" + re.escape(form) + rb"(?![0-9])", content) is not None


def test_nothing_of_anybody_is_in_dagsters_storage_after_nights_with_failures(two_nights: TwoNights) -> None:
    demo = two_nights.scene
    texts = canaries(demo)
    assert len(texts) > 300
    assert found_in(demo.home / "dagster", texts) == set()


def test_the_search_would_find_them(two_nights: TwoNights, tmp_path: Path) -> None:
    demo = two_nights.scene
    with demo.dagster() as instance:
        instance.add_run_tags(two_nights.first, {})  # the same storage, and one that is asked in earnest below
    planted = {"name": "Gérardin", "email": "noor@example.com", "gross": "6130.00", "milliseconds": 7240.0023, "seconds": 15250.00}
    (tmp_path / "planted").write_text(json.dumps(planted))
    wanted = ["Gérardin", "noor@example.com", "6130.00", "7240.00", "5250.00"]
    assert found_in(tmp_path, wanted) == {("planted", "Gérardin"), ("planted", "noor@example.com"), ("planted", "6130.00")}
    ids = {row["external_id"] for row in demo.rows("SELECT external_id FROM outcome WHERE outcome = 'rejected'")}
    assert {text for _, text in found_in(demo.home / "dagster", ids)} == ids  # ids may be told, and are found where they are told


def test_no_value_between_steps_is_pickled_and_no_output_of_a_step_is_kept(two_nights: TwoNights) -> None:
    files = [
        file.relative_to(two_nights.scene.home / "dagster") for file in (two_nights.scene.home / "dagster").rglob("*") if file.is_file()
    ]
    kinds = {file.suffix for file in files}
    assert kinds <= {".db", ".db-wal", ".db-shm", ".yaml", ".json", ""}, kinds
    assert not any("compute_logs" in file.parts or "storage" in file.parts for file in files)


class Talkative:
    """A provider whose code breaks and quotes a person, in the exception and in what caused it."""

    def __init__(self, inner: Provider) -> None:
        self._inner = inner
        self.hits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def frames(self, connection_id: str, pages: Iterable[Page], on: date) -> ProviderFrames:
        self.hits += 1
        try:
            raise KeyError("noor.van-den-bossche@example.com")
        except KeyError as cause:
            raise ValueError("Noor Van den Bossche earns 4321.09") from cause


@pytest.mark.parametrize("redacted", ["0", "1"])
def test_a_breakdown_tells_its_kind_and_a_reference_and_never_its_text(
    fresh: Scene, monkeypatch: pytest.MonkeyPatch, redacted: str
) -> None:
    monkeypatch.setenv("DAGSTER_REDACT_USER_CODE_ERRORS", redacted)
    payfit = Talkative(PROVIDERS["payfit"])
    providers: Mapping[str, Provider] = {**PROVIDERS, "payfit": payfit}

    def broken() -> Workplace:
        return replace(fresh.work(), providers=providers)

    with pytest.raises(Refusal) as refused:
        run_sync([(fresh.id_of(KERMADEC), fresh.today)], Trigger.MANUAL, workplace=broken)
    assert payfit.hits == 1
    assert refused.value.code is Code.INTERNAL_ERROR
    with fresh.dagster() as instance:
        (run,) = instance.get_runs()
        (step,) = instance.all_logs(run.run_id, dg.DagsterEventType.STEP_FAILURE)
    failure = step.dagster_event.step_failure_data if step.dagster_event else None
    assert failure is not None
    assert failure.user_failure_data is not None
    said = str(failure.user_failure_data.description)
    assert "ValueError at test_privacy.py" in said
    assert failure.error is not None
    shown = failure.error.message  # in red on the run's page, where Dagster sends the reader of a masked error to a log
    assert said in shown
    assert ("error has been masked" in shown.partition(NO_MORE)[2]) == (redacted == "1")
    assert (NO_MORE in shown) == (redacted == "1")
    assert str(refused.value.params["correlation_id"]) in said
    assert found_in(fresh.home, ["Noor Van den Bossche", "noor.van-den-bossche@example.com", "4321.09"]) == set()
    assert run.status is dg.DagsterRunStatus.FAILURE


def test_after_a_breakdown_the_connection_is_free_again_and_no_copy_of_anybody_is_left(fresh: Scene) -> None:
    providers: Mapping[str, Provider] = {**PROVIDERS, "payfit": Talkative(PROVIDERS["payfit"])}
    wanted = [(fresh.id_of(KERMADEC), fresh.today)]
    with pytest.raises(Refusal):
        run_sync(wanted, Trigger.MANUAL, workplace=lambda: replace(fresh.work(), providers=providers))
    assert list((fresh.home / "work").glob("*")) == []
    run_id = run_sync(wanted, Trigger.MANUAL, workplace=fresh.work)
    assert fresh.partition(fresh.id_of(KERMADEC), fresh.today, run_id)["status"] == "success"
