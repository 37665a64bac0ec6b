"""Consent in the browser, from the command to the sandbox's own page and back to this machine."""

import json
import re
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.cli.commands import FONTCLAIRE, KERMADEC, Commands, company_of

SECONDS = 30


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    """What an administrator opens the address in."""
    with httpx.Client(trust_env=False, timeout=SECONDS) as client:
        yield client


def started(hp: Commands, *options: str) -> tuple["subprocess.Popen[str]", str]:
    """The waiting command, and the address it shows."""
    process = hp.process("connect", "payfit", "--name", FONTCLAIRE, "--oauth", "--json", *options)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("http"):
            return process, line.strip()
    raise AssertionError("no address was shown")


def answered(browser: httpx.Client, address: str, company_id: str, decision: str) -> httpx.Response:
    """The administrator chooses a company on the consent page and decides; the browser follows back to this machine."""
    page = browser.get(address)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    form = {name: value.replace("&amp;", "&") for name, value in fields.items() if name != "decision"}
    back = browser.post(address.partition("?")[0], data={**form, "company_id": company_id, "decision": decision})
    return browser.get(back.headers["location"])


def ended(process: "subprocess.Popen[str]") -> tuple[int, dict[str, object], str]:
    """Exit status, the one document, and what was told beside it."""
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, json.loads(out), err


def test_a_consent_connects_the_company_and_keeps_its_token_sealed(hp: Commands, sandbox: Sandbox, browser: httpx.Client) -> None:
    company = company_of(sandbox, FONTCLAIRE)
    process, address = started(hp, "--company", company.company_id)
    assert "scope=" in address
    assert "write" not in address
    shown = answered(browser, address, company.company_id, "approve")
    status, document, told = ended(process)
    assert (status, shown.status_code) == (0, 200)
    assert (document["vat_number"], document["employees"]) == (company.vat, 24)
    connection = hp.document("connection", str(document["connection_id"]))
    assert connection["credential"] == {"kind": "envelope"}
    (kept,) = hp.rows("SELECT credential FROM connection")
    assert json.loads(kept["credential"]).keys() == {"kind", "key", "nonce", "ciphertext"}
    (run,) = hp.document("sync", str(document["connection_id"]), status=1)
    assert (run["code"], run["counts"]["source"]) == ("HELD_REVIEW", 25), "the sealed token opens the company"
    assert "sandbox-payfit-secret" not in told


def test_an_answer_with_another_state_is_not_for_us(hp: Commands, sandbox: Sandbox, browser: httpx.Client) -> None:
    company = company_of(sandbox, FONTCLAIRE)
    process, address = started(hp)
    redirect = httpx.URL(address).params["redirect_uri"]
    assert browser.get(redirect, params={"code": "stolen", "state": "guessed"}).status_code == 400
    answered(browser, address, company.company_id, "approve")
    assert ended(process)[0] == 0


def test_a_refused_consent_connects_nothing(hp: Commands, sandbox: Sandbox, browser: httpx.Client) -> None:
    process, address = started(hp)
    answered(browser, address, company_of(sandbox, FONTCLAIRE).company_id, "deny")
    status, document, _ = ended(process)
    assert (status, document["code"]) == (1, "CREDENTIAL_REFUSED")
    assert "consent refused" in str(document["message"])
    assert hp.document("connections") == []


def test_the_consent_of_another_company_connects_nothing(hp: Commands, sandbox: Sandbox, browser: httpx.Client) -> None:
    process, address = started(hp, "--company", company_of(sandbox, FONTCLAIRE).company_id)
    answered(browser, address, company_of(sandbox, KERMADEC).company_id, "approve")
    status, document, _ = ended(process)
    assert (status, document["code"]) == (1, "COMPANY_MISMATCH")
    assert hp.document("connections") == []


def test_without_the_applications_credential_nobody_is_asked(hp: Commands, sandbox: Sandbox) -> None:
    refusal = hp.refusal("connect", "payfit", "--name", "x", "--oauth", PAYFIT_CLIENT_SECRET="")
    assert refusal["code"] == "ENVIRONMENT_INCOMPLETE"
    assert "PAYFIT_CLIENT_SECRET" in refusal["message"]
