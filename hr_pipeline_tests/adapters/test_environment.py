"""The environment: what wins over what, what is missing, what is never shown, and the home's permissions."""

import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest

from hr_pipeline.adapters.credentials import credential_key, sealed
from hr_pipeline.adapters.environment import FOLDER, VARIABLES, Environment
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.adapters.surroundings import ROOT, mode, umask

CONNECTION = "payfit-ateliers-zoe-cc87"
SECUREX = {
    "SECUREX_BASE_URL": "http://127.0.0.1:1/securex",
    "SECUREX_CLIENT_ID": "partner",
    "SECUREX_CLIENT_SECRET": "invented-secret",
    "SECUREX_SUBSCRIPTION_KEY": "invented-primary",
}
PARTNER = {"kind": "partner"}


def environment(folder: Path, variables: Mapping[str, str] | None = None) -> Environment:
    """An environment of these variables only, read in this folder."""
    return Environment.current(variables or {}, folder)


def test_the_example_file_lists_every_variable_with_its_meaning_and_default() -> None:
    head, _, body = (ROOT / ".env.example").read_text(encoding="utf-8").partition("\n\n")
    assert all(line.startswith("# ") for line in head.splitlines())
    assert body == "\n".join(f"# {'Secret. ' if v.secret else ''}{v.meaning}\n{v.name}={v.default}\n" for v in VARIABLES)


def test_the_variables_are_those_of_the_interfaces_page_of_attention_and_of_a_deployment() -> None:
    assert [variable.name for variable in VARIABLES] == [
        "HR_PIPELINE_HOME",
        "HR_PIPELINE_STORE",
        "HR_PIPELINE_STORE_KEY",
        "SECUREX_BASE_URL",
        "SECUREX_TOKEN_URL",
        "SECUREX_CLIENT_ID",
        "SECUREX_CLIENT_SECRET",
        "SECUREX_SUBSCRIPTION_KEY",
        "SECUREX_SUBSCRIPTION_KEY_SECONDARY",
        "PAYFIT_BASE_URL",
        "PAYFIT_OAUTH_URL",
        "PAYFIT_CLIENT_ID",
        "PAYFIT_CLIENT_SECRET",
        "HR_PIPELINE_ATTENTION_TO",
        "HR_PIPELINE_ATTENTION_FROM",
        "HR_PIPELINE_ATTENTION_SMTP",
        "HR_PIPELINE_ATTENTION_SMTP_PASSWORD",
        "HR_PIPELINE_ATTENTION_WEBHOOK",
        "HR_PIPELINE_ATTENTION_WEBHOOK_SECRET",
        "HR_PIPELINE_ATTENTION_LANGUAGE",
        "HR_PIPELINE_ATTENTION_DAGSTER",
        "HR_PIPELINE_ATTENTION_AUTHORITIES",
        "HR_PIPELINE_ADDRESS",
        "HR_PIPELINE_NAMES",
        "HR_PIPELINE_CERTIFICATE_FILE",
        "HR_PIPELINE_CERTIFICATE_KEY_FILE",
        "HR_PIPELINE_DATABASE",
    ]


def test_secrets_have_no_default_and_are_marked() -> None:
    marked = {variable.name for variable in VARIABLES if variable.secret}
    assert marked == {
        variable.name
        for variable in VARIABLES
        if variable.name.endswith(("_KEY", "_SECRET", "_SECONDARY", "_PASSWORD", "_WEBHOOK", "_DATABASE"))
    }
    assert not any(variable.default for variable in VARIABLES if variable.secret)


def test_without_any_variable_everything_has_its_default(tmp_path: Path) -> None:
    found = environment(tmp_path)
    assert (found.home, found.store_path, found.store_key) == (tmp_path / "data", tmp_path / "data" / "hr_pipeline.duckdb", None)
    assert found.value("PAYFIT_BASE_URL") == "https://partner-api.payfit.com"
    assert found.value("SECUREX_BASE_URL") == ""


def test_the_copied_example_file_changes_nothing(tmp_path: Path) -> None:
    bare = environment(tmp_path)
    (tmp_path / ".env").write_bytes((ROOT / ".env.example").read_bytes())
    copied = environment(tmp_path)
    assert {v.name: copied.value(v.name) for v in VARIABLES} == {v.name: bare.value(v.name) for v in VARIABLES}
    assert (copied.home, copied.store, copied.store_key) == (bare.home, bare.store, bare.store_key)


def test_the_real_environment_wins_over_the_file_even_when_empty(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECUREX_CLIENT_ID=file\nPAYFIT_CLIENT_ID=file\nHR_PIPELINE_STORE_KEY=file\nHR_PIPELINE_HOME\n")
    found = environment(tmp_path, {"SECUREX_CLIENT_ID": "real", "HR_PIPELINE_STORE_KEY": ""})
    assert (found.value("SECUREX_CLIENT_ID"), found.value("PAYFIT_CLIENT_ID"), found.store_key) == ("real", "file", None)


def test_a_process_that_works_in_another_folder_is_told_where_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / ".env").write_text("HR_PIPELINE_HOME=state\nSECUREX_CLIENT_ID=\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HR_PIPELINE_HOME", raising=False)
    monkeypatch.setenv(FOLDER, str(tmp_path / "checkout"))
    monkeypatch.setenv("SECUREX_CLIENT_ID", "real")
    found = Environment.current()
    assert (found.home, found.value("SECUREX_CLIENT_ID")) == (tmp_path / "checkout" / "state", "real")


def test_values_of_the_file_are_taken_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECUREX_CLIENT_ID=outer\nSECUREX_CLIENT_SECRET='a${SECUREX_CLIENT_ID}b$HOME#c'\n")
    assert environment(tmp_path).value("SECUREX_CLIENT_SECRET") == "a${SECUREX_CLIENT_ID}b$HOME#c"


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SECUREX_CLIENT_SECRET=invented\xff")
    with pytest.raises(Refusal) as refused:
        environment(tmp_path)
    assert refused.value.code is Code.INVALID_FILE
    assert "invented" not in "".join(traceback.format_exception(refused.value))


def test_home_and_store_may_stand_elsewhere(tmp_path: Path) -> None:
    found = environment(tmp_path, {"HR_PIPELINE_HOME": "state", "HR_PIPELINE_STORE": str(tmp_path / "other.duckdb")})
    assert (found.home, found.store_path) == (tmp_path / "state", tmp_path / "other.duckdb")


def test_a_store_that_is_an_address_is_not_taken_for_a_path(tmp_path: Path) -> None:
    found = environment(tmp_path, {"HR_PIPELINE_STORE": "ducklake:postgres:host=localhost"})
    assert found.store == "ducklake:postgres:host=localhost"
    with pytest.raises(Refusal) as refused:
        _ = found.store_path
    assert (refused.value.code, refused.value.params["setting"]) == (Code.INVALID_SETTING, "HR_PIPELINE_STORE")


def test_no_secret_is_in_the_repr(tmp_path: Path) -> None:
    secrets = {variable.name: f"canary-of-the-{variable.name}" for variable in VARIABLES if variable.secret}
    found = environment(tmp_path, {**secrets, "SOME_PAYFIT_KEY": "canary-token", "HR_PIPELINE_STORE": "ducklake:canary-password"})
    assert found.store_key == "canary-of-the-HR_PIPELINE_STORE_KEY"
    assert "canary" not in repr(found)
    assert "canary" not in f"{found}"


def test_securex_gets_the_partner_credential(tmp_path: Path) -> None:
    assert environment(tmp_path, SECUREX).secrets_for("securex", PARTNER) == {
        "base_url": "http://127.0.0.1:1/securex",
        "token_url": "https://logon.securex.eu/adfs/oauth2/token",
        "client_id": "partner",
        "client_secret": "invented-secret",
        "subscription_key": "invented-primary",
        "subscription_key_secondary": "",
    }


@pytest.mark.parametrize("missing", [("SECUREX_CLIENT_SECRET",), ("SECUREX_BASE_URL", "SECUREX_SUBSCRIPTION_KEY")])
def test_what_is_missing_is_named_and_what_is_there_is_not_shown(tmp_path: Path, missing: tuple[str, ...]) -> None:
    there = {name: value for name, value in SECUREX.items() if name not in missing}
    with pytest.raises(Refusal) as refused:
        environment(tmp_path, {**there, missing[0]: "  "}).secrets_for("securex", PARTNER)
    assert (refused.value.code, refused.value.params) == (Code.ENVIRONMENT_INCOMPLETE, {"variables": ", ".join(missing)})


def test_payfit_takes_its_token_from_the_variable_that_connect_named(tmp_path: Path) -> None:
    found = environment(tmp_path, {"ZOE_KEY": " invented-token\n"})
    assert found.secrets_for("payfit", {"kind": "env", "variable": "ZOE_KEY"}) == {
        "base_url": "https://partner-api.payfit.com",
        "oauth_url": "https://oauth.payfit.com",
        "client_id": "",
        "client_secret": "",
        "token": "invented-token",
    }


def test_payfit_takes_its_token_from_the_envelope_of_the_connection(tmp_path: Path) -> None:
    found = environment(tmp_path)
    envelope = sealed("invented-token", CONNECTION, credential_key(found.home, found.store_key))
    assert found.secrets_for("payfit", envelope, CONNECTION)["token"] == "invented-token"
    with pytest.raises(Refusal) as refused:
        found.secrets_for("payfit", envelope, "payfit-other")
    assert refused.value.code is Code.CREDENTIAL_REFUSED


def test_a_payfit_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        environment(tmp_path).secrets_for("payfit", {"kind": "env", "variable": "ZOE_KEY"})
    assert (refused.value.code, refused.value.params) == (Code.ENVIRONMENT_INCOMPLETE, {"variables": "ZOE_KEY"})


def test_a_token_given_in_place_of_its_variable_s_name_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        environment(tmp_path).secrets_for("payfit", {"kind": "env", "variable": "customer_4f9aInventedToken"})
    assert refused.value.code is Code.INVALID_SETTING
    assert "4f9a" not in str(refused.value)


def test_asking_for_consent_needs_the_application_of_payfit(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        environment(tmp_path).secrets_for("payfit", PARTNER)
    assert refused.value.params == {"variables": "PAYFIT_CLIENT_ID, PAYFIT_CLIENT_SECRET"}
    application = {"PAYFIT_CLIENT_ID": "app", "PAYFIT_CLIENT_SECRET": "invented"}
    assert environment(tmp_path, application).secrets_for("payfit", PARTNER)["client_id"] == "app"


@pytest.mark.parametrize("token", ["invented\r\nHost: elsewhere", "inventé", "inv ented", "invented\x00"])
def test_a_token_that_no_header_can_carry_is_refused_unseen(tmp_path: Path, token: str) -> None:
    with pytest.raises(Refusal) as refused:
        environment(tmp_path, {"ZOE_KEY": token}).secrets_for("payfit", {"kind": "env", "variable": "ZOE_KEY"})
    assert (refused.value.code, refused.value.params) == (
        Code.INVALID_SETTING,
        {"setting": "ZOE_KEY", "expected": "visible ASCII characters only"},
    )


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_a_new_home_is_its_owner_s_only(tmp_path: Path, mask: int) -> None:
    found = environment(tmp_path, {"HR_PIPELINE_HOME": "deep/home"})
    assert not found.home_is_private
    with umask(mask):
        found.create_home()
    assert (mode(found.home), mode(found.home.parent), found.home_is_private) == (0o700, 0o700, True)


@pytest.mark.parametrize("entries", [(), (".gitkeep",), ("hr_pipeline.duckdb", "notes.txt")])
def test_a_home_that_was_open_to_others_is_closed(tmp_path: Path, entries: tuple[str, ...]) -> None:
    found = environment(tmp_path)
    found.home.mkdir(mode=0o755)
    for name in entries:
        (found.home / name).touch()
    found.create_home()
    assert mode(found.home) == 0o700


@pytest.mark.parametrize(
    ("entry", "bits"), [("somebody-else.txt", 0o755), ("landing", 0o1777)], ids=["other things in it", "shared by all"]
)
def test_a_folder_that_others_may_need_keeps_its_permissions(tmp_path: Path, entry: str, bits: int) -> None:
    found = environment(tmp_path)
    found.home.mkdir()
    (found.home / entry).touch()
    found.home.chmod(bits)
    found.create_home()
    assert (mode(found.home), found.home_is_private) == (bits, False)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    for home in ("data", "data/deeper"):
        with pytest.raises(Refusal) as refused:
            environment(tmp_path, {"HR_PIPELINE_HOME": home}).create_home()
        assert (refused.value.code, refused.value.params["setting"]) == (Code.INVALID_SETTING, "HR_PIPELINE_HOME")


def test_the_process_s_own_environment_and_folder_are_read_by_default() -> None:
    assert Environment.current().home.is_absolute()


@pytest.mark.parametrize(
    "key", ["short", "k" * 31, "with a \\ backslash and more than 32 characters", "accentué et bien plus long que 32 lettres"]
)
def test_a_store_key_that_would_not_do_is_refused_before_anything_is_opened(tmp_path: Path, key: str) -> None:
    with pytest.raises(Refusal) as caught:
        environment(tmp_path, {"HR_PIPELINE_STORE_KEY": key})
    assert (caught.value.code, caught.value.params["setting"]) == (Code.INVALID_SETTING, "HR_PIPELINE_STORE_KEY")
    assert key not in str(caught.value)
