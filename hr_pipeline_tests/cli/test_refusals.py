"""Whatever is typed, a command answers: done, one sentence and the next step, or wrong usage; never a traceback."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hr_pipeline_tests.cli.commands import BRASSERIE, Commands
from hr_pipeline_tests.cli.conftest import Scene

# Commands that end by themselves and ask no provider, with how many arguments they take at most.
TYPED = {
    "connection": 2,
    "disconnect": 2,
    "mapping": 3,
    "approve": 2,
    "release": 2,
    "resolve": 4,
    "replay": 2,
    "snapshots": 2,
    "history": 2,
    "outcomes": 2,
    "conflicts": 2,
    "conflict": 2,
    "accounts": 1,
    "account": 4,
    "exclude": 2,
    "include": 2,
    "exclusions": 2,
    "import-accounts": 1,
}
OPTIONS = [
    "--lang",
    "--limit",
    "--only",
    "--csv",
    "--names",
    "--company",
    "--run",
    "--as-of",
    "--reason",
    "--until",
    "--owner",
    "--nope",
    "--by",
    "--all",
    "--code",
    "--set",
]
WORDS = st.one_of(
    st.sampled_from(
        ["r1", "a1", "1", "set", "check", "apply", "phone", "r999999999999", "-1", "2026-01-01", "fr", "created", "../x", "\x00"]
    ),
    st.text(max_size=40),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl"]), min_size=1, max_size=5),
)


@given(
    st.sampled_from(sorted(TYPED)).flatmap(lambda name: st.tuples(st.just(name), st.lists(WORDS, max_size=TYPED[name]))),
    st.lists(st.tuples(st.sampled_from(OPTIONS), WORDS), max_size=2),
    st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_garbage_makes_a_command_lose_its_manners(
    hp: Commands, typed: tuple[str, list[str]], options: list[tuple[str, str]], as_json: bool
) -> None:
    arguments = [typed[0], *typed[1], *(part for option in options for part in option), *(["--json"] if as_json else [])]
    result = hp.run(*arguments)
    assert result.exit_code in (0, 1, 2)
    assert "Traceback" not in result.output
    assert "INTERNAL_ERROR" not in result.output
    if "--json" in arguments and result.exit_code == 1:
        assert json.loads(result.stdout).keys() >= {"code", "message", "next"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["connection", "nope"], "UNKNOWN_CONNECTION"),
        (["connection", "NOT AN ID"], "UNKNOWN_CONNECTION"),
        (["disconnect", "nope"], "UNKNOWN_CONNECTION"),
        (["mapping", "nope"], "UNKNOWN_CONNECTION"),
        (["preview", "nope"], "UNKNOWN_CONNECTION"),
        (["preview", "{id}", "--snapshot", "nope"], "UNKNOWN_SNAPSHOT"),
        (["sync", "nope"], "UNKNOWN_CONNECTION"),
        (["approve", "nope"], "UNKNOWN_PLAN"),
        (["approve", "nope", "--reason", "x"], "UNKNOWN_PLAN"),
        (["release", "r0", "--reason", "x"], "UNKNOWN_RUN"),
        (["release", "r1", "--reason", "x"], "NOT_HELD"),
        (["resolve", "99", "create"], "UNKNOWN_CONFLICT"),
        (["resolve", "create", "--all", "nope", "--code", "SAME_NAME"], "UNKNOWN_CONNECTION"),
        (["resolve", "create", "--all", "{id}", "--code", "TRANSFER"], "NOTHING_TO_DO"),
        (["replay", "nope"], "UNKNOWN_SNAPSHOT"),
        (["snapshots", "nope"], "UNKNOWN_CONNECTION"),
        (["connection", "{id}", "check", "--set", "nope=1"], "UNKNOWN_LIMIT"),
        (["connection", "{id}", "change", "--region", "Belgium"], "INVALID_SETTING"),
        (["history", "nope"], "UNKNOWN_CONNECTION"),
        (["outcomes", "r0"], "UNKNOWN_RUN"),
        (["outcomes", "17"], "UNKNOWN_RUN"),
        (["conflicts", "nope"], "UNKNOWN_CONNECTION"),
        (["conflict", "99"], "UNKNOWN_CONFLICT"),
        (["accounts", "--run", "r0"], "UNKNOWN_RUN"),
        (["accounts", "--company", "Nope"], "UNKNOWN_COMPANY"),
        (["account", "a0"], "UNKNOWN_ACCOUNT"),
    ],
)
def test_what_does_not_exist_is_refused_in_the_readers_language(first_night: Scene, arguments: list[str], code: str) -> None:
    typed = [first_night.ids[BRASSERIE] if argument == "{id}" else argument for argument in arguments]
    said = {lang: first_night.hp.refusal(*typed, "--lang", lang) for lang in ("fr", "nl", "en")}
    assert {refusal["code"] for refusal in said.values()} == {code}
    assert len({refusal["message"] for refusal in said.values()}) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["history", "--limit", "0"],
        ["history", "--lang", "de"],
        ["outcomes"],
        ["outcomes", "r1", "--only", "NONSENSE"],
        ["conflict", "one"],
        ["conflict", "0"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_how(hp: Commands, arguments: list[str]) -> None:
    result = hp.run(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.output
    assert "Traceback" not in result.output


def test_an_environment_that_cannot_be_used_is_refused(hp: Commands) -> None:
    hp.home.parent.joinpath("file").write_text("", "utf-8")
    assert hp.refusal("connections", HR_PIPELINE_HOME=str(hp.home.parent / "file"))["code"] == "INVALID_SETTING"
    assert hp.refusal("connections", HR_PIPELINE_STORE="ducklake:somewhere")["code"] == "INVALID_SETTING"
    with hp.work.store.opened():
        pass
    assert hp.document("connections") == []
    assert hp.refusal("connections", HR_PIPELINE_STORE_KEY="x" * 40)["code"] in {"STORE_KEY_REFUSED", "STORE_UNREADABLE"}


def test_an_encrypted_home_works_the_same(hp: Commands) -> None:
    key = "a-key-of-at-least-thirty-two-characters"
    with Commands(hp.home, {"HR_PIPELINE_STORE_KEY": key}).work.store.opened():
        pass
    refusal = hp.refusal("connection", "nope", HR_PIPELINE_STORE_KEY=key)
    assert refusal["code"] == "UNKNOWN_CONNECTION"
    assert hp.refusal("connections")["code"] == "STORE_KEY_REFUSED"


@pytest.mark.parametrize("command", ["history", "connections", "accounts", "requests"])
def test_a_question_typed_in_another_folder_leaves_no_store_behind(tmp_path: Path, command: str) -> None:
    elsewhere = Commands(tmp_path / "elsewhere")
    assert elsewhere.document(command) == []
    said = elsewhere.run(command).stderr
    assert str(tmp_path / "elsewhere" / "hr_pipeline.duckdb") in said.replace("\n", "")
    assert not elsewhere.home.exists()
