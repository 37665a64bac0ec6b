"""Activation: one company connected, or one code of the activation table in the reader's language, and nothing written."""

from collections.abc import Callable, Iterator

import pytest

from hr_pipeline.adapters.store.connections import add_connection
from hr_pipeline.domain.connections import Connection, Settings
from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, IMPRIMERIE, KERMADEC, LIBRAIRIE, LOGISTIEK, Commands, company_of
from hr_pipeline_tests.cli.conftest import Scene

SECUREX = ["connect", "securex", "--name", BRASSERIE]
PAYFIT = ["connect", "payfit", "--name", FONTCLAIRE, "--api-key-env", "PAYFIT_KEY_1"]
VAT = "BE0741230646"
NOBODY = "http://127.0.0.1:9/securex"  # discard: nobody listens

Case = tuple[list[str], dict[str, str], tuple[str, ...]]

# Code → what is typed, environment variables, faults of the sandbox.
ACTIVATION: dict[str, Case] = {
    "VAT_MISSING": ([*SECUREX, "--vat", ""], {}, ()),
    "VAT_INVALID": ([*SECUREX, "--vat", "403170701"], {}, ()),
    "COMPANY_NOT_FOUND": ([*SECUREX, "--vat", "BE0403170701"], {}, ()),
    "COMPANY_AMBIGUOUS": ([*SECUREX, "--vat", VAT], {}, ("ambiguous_vat",)),
    "COMPANY_MISMATCH": ([*PAYFIT, "--vat", "FR02902177435"], {}, ()),
    "CREDENTIAL_REFUSED": ([*SECUREX, "--vat", VAT], {"SECUREX_CLIENT_SECRET": "wrong"}, ()),
    "INTERNAL_ERROR": ([*SECUREX, "--vat", VAT], {}, ("html:employers",)),
}


@pytest.fixture
def faulty(own_sandbox: Sandbox, hp: Commands) -> Iterator[Callable[[tuple[str, ...]], Commands]]:
    """Commands pointed at a sandbox with faults."""

    def ordered(faults: tuple[str, ...]) -> Commands:
        own_sandbox.faults = faults
        return Commands(hp.home, own_sandbox.environment)

    yield ordered
    own_sandbox.faults = ()


@pytest.mark.parametrize("code", ACTIVATION)
def test_each_activation_code_is_said_in_three_languages_and_nothing_is_written(
    code: str, faulty: Callable[[tuple[str, ...]], Commands]
) -> None:
    arguments, variables, faults = ACTIVATION[code]
    hp = faulty(faults)
    said = {lang: hp.refusal(*arguments, "--lang", lang, **variables) for lang in ("fr", "nl", "en")}
    assert {refusal["code"] for refusal in said.values()} == {code}
    assert len({refusal["message"] for refusal in said.values()}) == 3
    assert len({refusal["next"] for refusal in said.values()}) == 3
    assert hp.document("connections") == []
    assert not list((hp.home / "landing").rglob("*.parquet")) if (hp.home / "landing").exists() else True


def test_for_people_a_refusal_is_one_sentence_and_the_next_step_on_stderr(hp: Commands) -> None:
    result = hp.run(*SECUREX, "--vat", "403170701", "--lang", "nl")
    assert (result.exit_code, result.stdout) == (1, "")
    first, second = result.stderr.splitlines()
    assert first.startswith("Fout: Het btw-nummer 403170701 is niet geldig: ")
    assert "0403170701" in first
    assert first.endswith("(VAT_INVALID)")
    assert second.startswith("Volgende stap: Verbeter het btw-nummer")


def test_a_vat_number_that_is_not_given_is_the_companys_problem_not_wrong_usage(hp: Commands) -> None:
    assert hp.refusal(*SECUREX)["code"] == "VAT_MISSING"


@pytest.mark.parametrize("typed", ["BE0741230646", "0741230646", "be 0741.230.646", "0741-230-646"])
def test_the_vat_number_may_be_written_as_people_write_it(hp: Commands, typed: str) -> None:
    assert hp.document(*SECUREX, "--vat", typed)["vat_number"] == VAT


def test_two_employers_of_one_vat_number_are_told_apart_by_their_id(faulty: Callable[[tuple[str, ...]], Commands]) -> None:
    hp = faulty(("ambiguous_vat",))
    refusal = hp.refusal(*SECUREX, "--vat", VAT)
    assert "410017" in refusal["message"]
    assert "--employer" in refusal["next"]
    assert hp.document(*SECUREX, "--vat", VAT, "--employer", "410017")["connection_id"].endswith("410017")


def test_an_internal_error_names_its_cause_and_carries_a_reference(faulty: Callable[[tuple[str, ...]], Commands]) -> None:
    hp = faulty(("html:employers",))
    refusal = hp.refusal(*SECUREX, "--vat", VAT)
    assert (refusal["code"], refusal["cause"]) == ("INTERNAL_ERROR", "PROVIDER_CHANGED")
    assert refusal["correlation_id"] in refusal["message"]
    assert "web page" in refusal["message"]


def test_a_company_whose_list_is_not_whole_is_connected_uncounted_with_a_warning(hp: Commands, sandbox: Sandbox) -> None:
    document = hp.connect(company_of(sandbox, IMPRIMERIE))
    assert (document["employees"], document["pay_records"]) == (None, None)
    assert [warning["code"] for warning in document["warnings"]] == ["SNAPSHOT_INCOMPLETE"]
    assert [one["company"] for one in hp.document("connections")] == [IMPRIMERIE]


def test_counting_lands_nothing(hp: Commands, sandbox: Sandbox) -> None:
    hp.connect(company_of(sandbox, KERMADEC))
    assert not (hp.home / "landing").exists()
    assert hp.rows("SELECT * FROM snapshot") == []


def test_connecting_again_is_the_same_connection_with_what_was_given_changed(hp: Commands, sandbox: Sandbox) -> None:
    company = company_of(sandbox, KERMADEC)
    first = hp.connect(company, "--region", "FR", "--set", "missing_pct=35", "--group", "Kermadec")
    assert first["known"] is False
    hp.document("disconnect", first["connection_id"])
    assert hp.document("connection", first["connection_id"])["active"] is False
    second = hp.connect(company, "--review", "never", "--set", "new_floor=40", "--set", "link_on_birth_date=yes")
    assert (second["connection_id"], second["known"]) == (first["connection_id"], True)
    shown = hp.document("connection", first["connection_id"])
    assert (shown["active"], shown["group"], shown["review"]) == (True, "Kermadec", "never")
    settings = shown["settings"]
    assert (settings["region"], settings["link_on_birth_date"]) == ("FR", True)
    assert (settings["limits"]["missing_pct"], settings["limits"]["new_floor"], settings["limits"]["gross_pct"]) == ("35", "40", "30")
    assert len(hp.document("connections")) == 1


def test_ids_stay_unique_when_another_company_has_the_wanted_one(hp: Commands, sandbox: Sandbox) -> None:
    company = company_of(sandbox, KERMADEC)
    wanted = "payfit-studio-kermadec-64bc496a"
    other = Connection(wanted, "payfit", "Another", "FR40303265045", "another", Settings(), {"kind": "partner"})
    with hp.work.store.opened() as database:
        add_connection(database, other, hp.work.providers["payfit"].default_mapping, hp.work.clock())
    assert hp.connect(company)["connection_id"] == f"{wanted}-2"
    assert hp.connect(company)["connection_id"] == f"{wanted}-2"


def test_administrators_take_part_when_the_relation_says_so(hp: Commands, sandbox: Sandbox) -> None:
    company = company_of(sandbox, KERMADEC)
    assert hp.connect(company)["employees"] == 11
    assert hp.connect(company, "--relation", "employee", "--relation", "administrator")["employees"] == 12


def test_a_mapping_of_its_own_is_checked_and_kept(hp: Commands, sandbox: Sandbox) -> None:
    company = company_of(sandbox, FONTCLAIRE)
    mapping = hp.home.parent / "mapping.toml"
    mapping.write_text('external_id = "id"\nfirst_name = "firstName"\nlast_name = "lastName"\nemail = "email.personal"\n', "utf-8")
    refusal = hp.refusal("connect", "payfit", "--name", "x", "--api-key-env", "PAYFIT_KEY_1", "--mapping", str(mapping))
    assert refusal["code"] == "MAPPING_REFUSED"
    assert "start_date" in refusal["message"]
    assert hp.document("connections") == []
    mapping.write_text(mapping.read_text("utf-8") + 'start_date = "contract.startDate"\n', "utf-8")
    connection_id = hp.connect(company, "--mapping", str(mapping))["connection_id"]
    assert hp.document("mapping", connection_id)["fields"]["email"]["sources"] == ["email.personal"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--set", "bogus=3"], "UNKNOWN_LIMIT"),
        (["--set", "missing_pct=many"], "INVALID_SETTING"),
        (["--set", "missing_pct=-1"], "INVALID_SETTING"),
        (["--set", "automatic_transfer=maybe"], "INVALID_SETTING"),
        (["--region", "Belgium"], "INVALID_SETTING"),
        (["--mapping", "nowhere.toml"], "INVALID_FILE"),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_anybody_is_asked(hp: Commands, options: list[str], code: str) -> None:
    assert hp.refusal(*SECUREX, "--vat", VAT, *options, SECUREX_BASE_URL=NOBODY)["code"] == code


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x1b[2Jb"])
def test_a_name_is_a_line_of_text(hp: Commands, name: str) -> None:
    assert hp.refusal("connect", "securex", "--name", name, "--vat", VAT)["code"] == "INVALID_SETTING"


@pytest.mark.parametrize(
    "arguments",
    [
        ["connect", "securex", "--vat", VAT],
        ["connect", "payfit", "--name", "x"],
        ["connect", "payfit", "--name", "x", "--oauth", "--api-key-env", "PAYFIT_KEY_1"],
        [*SECUREX, "--vat", VAT, "--set", "missing_pct"],
        [*SECUREX, "--vat", VAT, "--review", "sometimes"],
        [*SECUREX, "--vat", VAT, "--relation", "cousin"],
        ["connect", "workday", "--name", "x"],
    ],
)
def test_wrong_usage_ends_with_2(hp: Commands, arguments: list[str]) -> None:
    result = hp.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: hr-pipeline connect" in result.stderr


def test_a_key_pasted_in_the_place_of_its_variable_is_not_repeated(hp: Commands) -> None:
    secret = "pf-live-0123456789abcdef"
    result = hp.run("connect", "payfit", "--name", "x", "--api-key-env", secret, "--json")
    assert (result.exit_code, secret in result.output) == (1, False)


def test_variables_that_are_missing_are_named_without_values(hp: Commands, sandbox: Sandbox) -> None:
    refusal = Commands(hp.home).refusal(*SECUREX, "--vat", VAT)
    assert refusal["code"] == "ENVIRONMENT_INCOMPLETE"
    assert "SECUREX_CLIENT_SECRET" in refusal["message"]
    refusal = hp.refusal("connect", "payfit", "--name", "x", "--api-key-env", "PAYFIT_KEY_OF_NOBODY")
    assert "PAYFIT_KEY_OF_NOBODY" in refusal["message"]


def test_companies_of_both_providers_stand_side_by_side(first_night: Scene) -> None:
    listed = first_night.hp.document("connections")
    assert [one["company"] for one in listed][:6] == [BRASSERIE, LOGISTIEK, IMPRIMERIE, FONTCLAIRE, LIBRAIRIE, KERMADEC]
    assert {one["group"] for one in listed if one["company"] in (BRASSERIE, LOGISTIEK)} == {"Vieux Lavoir"}
    assert "SECUREX" not in str(listed)


def test_what_refuses_says_nothing_of_people(hp: Commands, own_sandbox: Sandbox) -> None:
    people = {"Dubois", "Vanden Abeele", "Kermarrec", "@vieux-lavoir", "@fontclaire"}
    for fault in ("truncated_json", "renamed_field:workers", "forbidden", "nan", "retyped_field:workers"):
        own_sandbox.faults = (fault,)
        for arguments in ([*SECUREX, "--vat", VAT], PAYFIT):
            result = Commands(hp.home, own_sandbox.environment).run(*arguments)
            assert result.exit_code in (0, 1)
            assert not [name for name in people if name in result.output]
        assert own_sandbox.faults_hit
