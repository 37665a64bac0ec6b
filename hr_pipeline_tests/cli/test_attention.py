"""Who is told, what would be told, and what became of it, from the command line; quarantine where connections are listed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Permanent, Transient
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.adapters.attention.mail_server import Box, mail_server
from hr_pipeline_tests.cli.commands import Commands
from hr_pipeline_tests.operations.listed_provider import Office, worker

A, B = "securex-a", "payfit-b"


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server() as running:
        yield running


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two companies, the credential of one of which is refused."""
    made = Office(tmp_path / "home")
    made.connect(A)
    made.connect(B)
    made.lists(A, [worker("w1")])
    made.lists(B, Permanent(Code.CREDENTIAL_REFUSED, provider="payfit"))
    sync(made.work, [(A, made.today), (B, made.today)], Trigger.NIGHTLY)
    return made


def commands(office: Office, box: Box) -> Commands:
    mail = {"SMTP": f"smtp://127.0.0.1:{box.port}", "FROM": "hr@example.com", "TO": "ops@example.com"}
    return Commands(office.folder, {f"HR_PIPELINE_ATTENTION_{name}": value for name, value in mail.items()})


def test_what_would_be_told_is_shown_and_a_trial_is_sent_without_telling(office: Office, box: Box) -> None:
    hp = commands(office, box)
    document = hp.document("attention")
    assert (document["channels"], document["digests"], document["trials"]) == (["mail"], [], [])
    assert document["untold"]["counts"]["quarantine"] == 1
    assert "Told by: mail." in hp.run("attention").stdout
    assert box.mails == []
    for _ in range(2):
        assert hp.document("attention", "--send")["trials"] == [{"channel": "mail", "state": "sent"}]
    assert [mail["Subject"].startswith("(trial) hr-pipeline: ") for mail in box.mails] == [True, True]
    assert office.rows("SELECT * FROM told") == []


def test_the_command_speaks_the_reader_s_language(office: Office, box: Box) -> None:
    shown = commands(office, box).run("attention", "--lang", "fr").stdout
    assert "payfit-b est en quarantaine depuis" in shown
    assert "hr-pipeline connection payfit-b" in shown


def test_a_trial_that_does_not_arrive_says_why_and_fails(office: Office, box: Box) -> None:
    box.busy = True
    hp = commands(office, box)
    (trial,) = hp.document("attention", "--send", status=1)["trials"]
    assert (trial["code"], trial["message"]) == ("DIGEST_UNDELIVERED", "The digest did not arrive by mail: response code 451.")
    result = hp.run("attention", "--send")
    assert (result.exit_code, "response code 451" in result.stdout) == (1, True)


def test_without_a_channel_nothing_can_be_tried_and_a_wrong_one_is_named(office: Office) -> None:
    hp = Commands(office.folder)
    assert "Nobody is told" in hp.run("attention").stdout
    assert hp.refusal("attention", "--send")["code"] == "ENVIRONMENT_INCOMPLETE"
    wrong = hp.refusal("attention", HR_PIPELINE_ATTENTION_WEBHOOK="ftp://canary.example.com")
    assert (wrong["code"], "HR_PIPELINE_ATTENTION_WEBHOOK" in wrong["message"], "canary" in str(wrong)) == ("INVALID_SETTING", True, False)
    (attention,) = [row for row in hp.document("doctor")["environment"] if row["check"] == "attention"]
    assert (attention["state"], attention["channels"]) == ("info", "none")
    told = hp.document("doctor", status=1, HR_PIPELINE_ATTENTION_WEBHOOK="ftp://canary.example.com")["environment"]
    assert [row["state"] for row in told if row["check"] == "attention"] == ["failed"]


def test_a_quarantined_connection_says_so_why_since_when_and_when_it_is_tried_again(office: Office) -> None:
    hp = Commands(office.folder)
    listed = {one["connection_id"]: one for one in hp.document("connections")}
    assert (listed[A]["state"], listed[A]["retry"]) == ("active", None)
    retry = listed[B]["retry"]
    assert (listed[B]["state"], retry["state"], retry["reason"], retry["failed_in_a_row"]) == (
        "quarantine",
        "quarantine",
        "CREDENTIAL_REFUSED",
        1,
    )
    assert (retry["since"], retry["next_attempt"]) == ("2026-03-02T10:00:00+01:00", "2026-03-02T11:00:00+01:00")
    assert hp.document("connection", B)["retry"] == retry
    wide = hp.run("connections", COLUMNS="200").stdout
    assert "quarantine" in wide
    assert "CREDENTIAL_REFUSED" in wide
    assert "2026-03-02 11:00" in hp.run("connection", B).stdout
    checks = hp.document("doctor", B, status=1)["connection"]
    assert (checks[0]["check"], checks[0]["state"], checks[0]["reason"]) == ("quarantine", "warning", "CREDENTIAL_REFUSED")


def test_a_connection_that_waits_for_its_next_attempt_is_in_back_off(office: Office) -> None:
    office.lists(A, Transient(Code.PROVIDER_UNAVAILABLE, provider="securex", attempts=4))
    sync(office.work, [(A, office.today)], Trigger.MANUAL)
    shown = Commands(office.folder).document("connection", A)
    assert (shown["state"], shown["retry"]["next_attempt"]) == ("back-off", "2026-03-02T10:15:00+01:00")
