"""Rows of the store in words."""

from typing import Any

import pytest

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.operations.explaining import explained_conflict, explained_outcome, explained_plan_row, explained_run

RUN: dict[str, Any] = {
    "sync_run_id": "r1",
    "connection_id": "payfit-x",
    "provider": "payfit",
    "code": "PROVIDER_UNAVAILABLE",
    "detail": {"reason": Phrase(PullFault.SERVER_ERROR, {"status": "503"})},
}
OUTCOME: dict[str, Any] = {
    "external_id": "1",
    "outcome": "rejected",
    "code": "FIELD_INVALID",
    "field": "email",
    "rule": "not an e-mail address",
    "runs": 2,
}


@pytest.mark.parametrize(("lang", "words"), [("fr", "erreur du serveur 503"), ("nl", "serverfout 503"), ("en", "server error 503")])
def test_a_runs_detail_is_said_in_the_readers_language_and_not_handed_on(lang: str, words: str) -> None:
    told = explained_run(RUN, lang)
    assert words in told["message"]
    assert "PayFit" in told["message"]
    assert told["owner"] == "nobody"
    assert "detail" not in told


def test_a_run_without_a_code_has_nothing_to_say() -> None:
    told = explained_run({**RUN, "code": None, "detail": {}}, "en")
    assert (told["message"], told["next"], told["owner"]) == (None, None, None)


def test_an_outcome_names_field_rule_and_provider() -> None:
    told = explained_outcome(OUTCOME, "fr", "securex")
    assert told["message"] == "La donnée « adresse e-mail » est inutilisable : pas une adresse e-mail."
    assert told["next"].startswith("Corrigez-la dans Securex")
    assert (told["owner"], told["runs"]) == ("hr_provider", 2)
    assert "rule" not in told


def test_a_conflict_and_a_planned_row_are_explained_too() -> None:
    conflict = explained_conflict({"connection_id": "securex-x", "code": "ALREADY_LINKED", "candidates": []}, "en")
    assert "Securex" in conflict["next"]
    row = explained_plan_row(
        {"external_id": "1", "outcome": "created", "code": None, "field": None, "account_id": None, "account_no": 7, "changed": []},
        "en",
        "payfit",
    )
    assert "account_no" not in row
    assert row["message"] is None


@pytest.mark.parametrize("code", Code)
def test_every_code_can_stand_in_a_run_and_an_outcome(code: Code) -> None:
    for lang in ("fr", "nl", "en"):
        assert explained_run({**RUN, "code": code.value, "detail": {}}, lang)["message"]
        assert explained_outcome({**OUTCOME, "code": code.value, "field": None, "rule": None}, lang, "payfit")["next"]
