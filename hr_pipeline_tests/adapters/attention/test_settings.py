"""Who is told, as the environment says it: what is wrong is named with what it must be, and never repeated."""

from pathlib import Path

import pytest

from hr_pipeline.adapters.attention.settings import PREFIX, Attention, MailBox, attention_settings
from hr_pipeline.adapters.environment import Environment
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import Language, explained
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.adapters.providers.certificates import server_certificate

MAIL = {
    "SMTP": "smtp://ops%40example.com@mail.example.com",
    "SMTP_PASSWORD": "canary 1",
    "FROM": "hr@example.com",
    "TO": "a@example.com, b@example.com",
}


def settings(folder: Path, **values: str) -> Attention:
    return attention_settings(Environment.current({f"{PREFIX}{name}": value for name, value in values.items()}, folder))


def refused(folder: Path, **values: str) -> tuple[Code, object]:
    with pytest.raises(Refusal) as caught:
        settings(folder, **values)
    assert "canary" not in explained(caught.value, "fr").message + str(caught.value)
    return caught.value.code, caught.value.params.get("setting", caught.value.params.get("variables"))


def test_without_a_channel_nobody_is_told_and_nothing_is_asked_for(tmp_path: Path) -> None:
    assert settings(tmp_path).channels == ()
    assert settings(tmp_path, TO="a@example.com", LANGUAGE="nl").channels == ()


def test_a_mail_server_its_two_ends_and_its_login_are_read(tmp_path: Path) -> None:
    found = settings(tmp_path, **MAIL, LANGUAGE="FR", DAGSTER="https://hr.example.com/dagster/")
    expected = MailBox(
        "mail.example.com", 587, "starttls", "hr@example.com", ("a@example.com", "b@example.com"), "ops@example.com", "canary 1"
    )
    assert (found.mail, found.channels, found.language, found.dagster) == (
        expected,
        ("mail",),
        Language.FR,
        "https://hr.example.com/dagster",
    )
    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("address", "authorities", "port", "encrypted"),
    [
        ("smtps://mail.example.com", False, 465, "at_once"),
        ("smtp://mail.example.com:2525", False, 2525, "starttls"),
        ("smtp://127.0.0.1:25", False, 25, "never"),  # it stays on this machine
        ("smtp://localhost", False, 587, "never"),
        ("smtp://127.0.0.1:25", True, 25, "starttls"),
        ("smtps://127.0.0.1", False, 465, "at_once"),
    ],
)
def test_only_the_server_on_this_machine_is_spoken_to_in_the_open(
    tmp_path: Path, address: str, authorities: bool, port: int, encrypted: str
) -> None:
    server_certificate(tmp_path)
    own = {"AUTHORITIES": str(tmp_path / "certificate.pem")} if authorities else {}
    box = settings(tmp_path, **{**MAIL, "SMTP": address}, **own).mail
    assert box is not None
    assert (box.port, box.encrypted) == (port, encrypted)


@pytest.mark.parametrize("missing", ["FROM", "TO", "SMTP_PASSWORD"])
def test_what_a_mail_lacks_is_named(tmp_path: Path, missing: str) -> None:
    given = {name: value for name, value in MAIL.items() if name != missing}
    assert refused(tmp_path, **given) == (Code.ENVIRONMENT_INCOMPLETE, f"{PREFIX}{missing}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP", "mail.example.com"),
        ("SMTP", "http://mail.example.com"),
        ("SMTP", "imap://canary@mail.example.com"),
        ("SMTP", "smtp://ops:canary@mail.example.com"),  # the password is a variable of its own
        ("SMTP", "smtp://mail.example.com/path"),
        ("SMTP", "smtp://"),
        ("SMTP", "smtp://host:port"),
        ("SMTP", "smtp://host:0"),
        ("SMTP", "smtp://host:99999"),
        ("SMTP", "smtp://canary..example"),
        ("SMTP", f"smtp://{'canary' * 11}.example"),
        ("SMTP", "smtp://xn--a"),
        ("SMTP", "smtp://a canary"),
        ("SMTP_PASSWORD", "canäry"),
        ("FROM", "canary"),
        ("FROM", "a@example.com\r\nBcc: canary@example.com"),
        ("FROM", "a@example.com, canary@example.com"),
        ("TO", "canary@example.com, "),
        ("TO", "a@example.com\nBcc: canary@example.com"),
        ("TO", "Canary <a@example.com>"),
        ("TO", "canary@exämple.com"),
        ("TO", "canary@["),
        ("FROM", "canary@example..com"),
        ("WEBHOOK", "https://canary..example/"),
        ("WEBHOOK", f"https://{'canary' * 11}.example/"),
        ("WEBHOOK", "https://hooks.example.com:99999/canary"),
        ("WEBHOOK", "https://./canary"),
        ("WEBHOOK", "http://hooks.example.com/canary"),
        ("WEBHOOK", "ftp://hooks.example.com/canary"),
        ("WEBHOOK", "https://user:canary@hooks.example.com"),
        ("WEBHOOK", "https:///canary"),
        ("WEBHOOK", "https://hooks.example.com/canary#part"),
        ("WEBHOOK", "https://hooks.example.com/canary\r\nX: y"),
        ("WEBHOOK_SECRET", "canary"),
        ("LANGUAGE", "canary"),
        ("DAGSTER", "http://dagster.canary.example"),
        ("AUTHORITIES", "canary.pem"),
        ("AUTHORITIES", "~canary-nobody/canary.pem"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name_and_not_repeated(tmp_path: Path, name: str, value: str) -> None:
    around = {**MAIL, "WEBHOOK": "https://hooks.example.com/x"}
    assert refused(tmp_path, **{**around, name: value}) == (Code.INVALID_SETTING, f"{PREFIX}{name}")


def test_a_file_that_holds_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no certificate\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("notes.txt", "binary"):
        assert refused(tmp_path, **MAIL, AUTHORITIES=str(tmp_path / name)) == (Code.INVALID_SETTING, f"{PREFIX}AUTHORITIES")


@pytest.mark.parametrize(
    "address", ["https://hooks.example.com:8443/a/b?api-version=1&sig=x%2Fy", "http://127.0.0.1:9/x", "http://[::1]:9/x"]
)
def test_a_webhook_may_carry_a_query_and_stay_on_this_machine(tmp_path: Path, address: str) -> None:
    found = settings(tmp_path, WEBHOOK=address, WEBHOOK_SECRET="canary-canary-canary")
    assert found.webhook is not None
    assert (found.webhook.url, found.channels) == (address, ("webhook",))
    assert "canary" not in repr(found)
