"""The gate of e-mail addresses against the library behind it."""

import pyarrow as pa
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.emails import emails
from hr_pipeline.domain.rules import NOT_EMAIL

LOCALS = st.text("abzAZ019_+-.", min_size=1, max_size=70)
LABELS = st.text("abzAZ09-", min_size=1, max_size=8)
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).flatmap(
    lambda labels: st.sampled_from(
        ["com", "be", "test", "local", "localhost", "arpa", "invalid", "onion", "example", "c", "c0m", "COM"]
    ).map(lambda last: ".".join([*labels, last]))
)
ANYTHING = st.text(min_size=1, max_size=30).map(lambda text: text.strip()).filter(bool)


def by_the_library(text: str) -> str | None:
    """The normal form of an address, or nothing for none."""
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


@given(
    st.lists(st.one_of(st.tuples(LOCALS, DOMAINS).map("@".join), ANYTHING, ANYTHING.map(lambda text: f"{text}@example.com")), max_size=20)
)
def test_gate_and_library_agree_on_every_address(texts: list[str]) -> None:
    parsed = emails(pa.array(texts, pa.string()))
    wanted = [by_the_library(text) for text in texts]
    assert parsed.values.to_pylist() == wanted
    refused = [place for _, rows in parsed.broken for place in rows.tolist()]
    assert refused == [place for place, value in enumerate(wanted) if value is None]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Zoe.Lefevre@Example.com", "Zoe.Lefevre@example.com"),
        ("zoe@EXAMPLE.ORG", "zoe@example.org"),
        ("zoe@brewery.test", "zoe@brewery.test"),
        ("zoe@brewery.example", "zoe@brewery.example"),
        ("zoe\u0301@example.com", "zoé@example.com"),
        ("zoe@xn--exmple-cua.com", "zoe@exämple.com"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        (None, None),
    ],
)
def test_an_address_is_kept_in_its_normal_form(sent: str | None, kept: str | None) -> None:
    assert emails(pa.array([sent], pa.string())).values.to_pylist() == [kept]


@pytest.mark.parametrize(
    "sent",
    [
        "zoe",
        "@example.com",
        "zoe@",
        "zoe@example",
        "zoe@.com",
        "zoe@example..com",
        ".zoe@example.com",
        "zo..e@example.com",
        "zoe@-example.com",
        "zoe@example.c0",
        "zoe@printer.local",
        "zoe lefevre@example.com",
        "zoe@example.com\x00",
        "zoe@ex\u200bample.com",
        '"zoe"@example.com',
        "zoe@[127.0.0.1]",
        "zoe@" + "a" * 64 + ".com",
        "zoe@" + "a." * 126 + "com",
    ],
)
def test_what_is_no_address_is_refused_and_not_kept(sent: str) -> None:
    parsed = emails(pa.array(["a@example.com", sent]))
    assert parsed.values.to_pylist() == ["a@example.com", None]
    assert [(rule, rows.tolist()) for rule, rows in parsed.broken] == [(NOT_EMAIL, [1])]
