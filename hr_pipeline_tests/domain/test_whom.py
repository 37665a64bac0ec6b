"""What is typed for a person is read in every way it can be meant, and in no other."""

import pytest

from hr_pipeline.domain.whom import whom


@pytest.mark.parametrize(
    ("typed", "account_no", "email_key", "words", "name"),
    [
        (" a17 ", 17, None, (), None),
        ("A17", 17, None, (), None),
        ("1007", None, None, (), None),
        ("12-34", None, None, (), None),
        ("Zoé.Peeters@Example.COM", None, "zoé.peeters@example.com", (), None),
        ("Hélène", None, None, ("helene",), "helene"),
        ("Jean-Pierre De Smet", None, None, ("jeanpierre", "de", "smet"), "jeanpierredesmet"),
        ("D'Hondt", None, None, ("dhondt",), "dhondt"),
        ("Ng", None, None, (), "ng"),
        ("Li Wu", None, None, (), "liwu"),
        ("65f0c00826acb5b475148578", None, None, (), None),
        ("…", None, None, (), None),
    ],
)
def test_what_is_typed_is_read_in_every_way_it_can_be_meant(
    typed: str, account_no: int | None, email_key: str | None, words: tuple[str, ...], name: str | None
) -> None:
    read = whom(typed)
    assert (read.account_no, read.email_key, read.words, read.name) == (account_no, email_key, words, name)
    assert read.text == typed.strip()
