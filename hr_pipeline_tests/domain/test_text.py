"""What names and e-mail addresses are compared by: what folds together, and what never may."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.text import email_folded, email_key, folded, folded_names, name_key

SAME_NAMES = [
    ("Zoé", "Zoe"),
    ("Lefèvre-Martin", "LEFEVRE MARTIN"),
    ("D’Hondt", "d'hondt"),
    ("Dʼhondt", "D Hondt"),
    ("O`Neill", "O´Neill"),
    ("Van den Berghe", "Vandenberghe"),
    ("Strauß", "STRAUSS"),
    ("Sørensen", "Sorensen"),
    ("Cœur", "Coeur"),
    ("Cæsar", "Caesar"),
    ("Łukasz", "Lukasz"),
    ("Đorđe", "Dorde"),
    ("IŞIK", "ışık"),
    ("İpek", "ipek"),
    ("Ĳsbrand", "IJsbrand"),
    ("Núñez", "Nu\u0301n\u0303ez"),
    ("Jean\u00a0Paul", "Jean Paul"),
    ("Anne\u00adMarie", "Anne-Marie"),
    ("Дмитрий", "дмитрий"),
    ("ΣΟΦΟΣ", "σοφος"),
]
OTHER_NAMES = [
    ("Marc", "Mаrc"),  # a Cyrillic а
    ("Peter", "Ρeter"),  # a Greek Rho
    ("Anna", "Αnna"),
    ("Ivo", "Іvo"),
    ("राम", "रम"),  # a vowel sign is no accent
    ("Jan", "Jon"),
    ("Maria", "Mariana"),
]

texts = st.text(max_size=20)
names = st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Z", "Cf"]), max_size=20)


@pytest.mark.parametrize(("one", "other"), SAME_NAMES)
def test_names_written_in_two_ways_fold_together(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert folded_names(pa.array([one])) == folded_names(pa.array([other]))


@pytest.mark.parametrize(("one", "other"), OTHER_NAMES)
def test_names_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)
    assert folded_names(pa.array([one])) != folded_names(pa.array([other]))


@given(st.lists(st.one_of(st.none(), names), max_size=8))
def test_the_column_and_the_single_name_are_one_rule(values: list[str | None]) -> None:
    assert folded_names(pa.array(values, pa.string())).to_pylist() == [folded(v) or None if v is not None else None for v in values]


@given(texts)
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    assert folded(folded(name)) == folded(name)


@given(texts)
def test_composed_and_decomposed_names_fold_alike(name: str) -> None:
    assert folded(unicodedata.normalize("NFC", name)) == folded(unicodedata.normalize("NFD", name))


@given(st.text(st.sampled_from("abcdeéèïöüçñÀÉßœøł -'’"), max_size=20))
def test_case_and_spaces_do_not_matter_to_a_name(name: str) -> None:
    assert folded(name.upper()) == folded(name.lower()) == folded(name) == folded(f"  {name.replace(' ', '  ')} ")


@given(st.text(st.characters(min_codepoint=0x61, max_codepoint=0x7A), min_size=1), st.sampled_from("\u0300\u0301\u0308\u0327\u030a"))
def test_an_accent_anywhere_does_not_matter_to_a_name(name: str, accent: str) -> None:
    assert folded(accent.join(name) + accent) == name


def test_a_name_key_holds_first_and_last_name_apart() -> None:
    keys = name_key(
        pa.array(["Zoé", "Zoé L", "Zoé|Lefèvre", None, "-", "Zoé"]), pa.array(["Lefèvre", "efèvre", "x", "Lefèvre", "Lefèvre", "."])
    )
    assert keys.to_pylist() == ["zoe|lefevre", "zoel|efevre", "zoelefevre|x", None, None, None]


def test_keys_take_chunked_and_large_columns() -> None:
    chunked = pa.chunked_array([["Zoé"], ["Иван", "Zoe"]])
    assert folded_names(chunked).to_pylist() == ["zoe", "иван", "zoe"]
    assert email_key(pa.array(["A@B.be"], pa.large_string())).to_pylist() == ["a@b.be"]
    assert email_key(pa.chunked_array([], pa.string())).to_pylist() == []


SAME_ADDRESSES = [
    ("Zoe.Lefevre@Example.com", "zoe.lefevre@example.com"),
    (" zoe@example.com\t", "zoe@example.com"),
    ("zoe@example.com\u00a0", "\u200bzoe@example.com"),
    ("zoé@example.com", "zoe\u0301@example.com"),
    ("ZOÉ@example.com", "zoé@example.com"),
    ("zoe@münchen.example", "zoe@xn--mnchen-3ya.example"),
    ("zoe@MÜNCHEN.example", "zoe@mu\u0308nchen.example"),
]
OTHER_ADDRESSES = [
    ("zoe@example.com", "zoé@example.com"),
    ("marc@example.com", "mаrc@example.com"),  # a Cyrillic а
    ("marc@example.com", "marc@exаmple.com"),
    ("marc@example.com", "ｍarc@example.com"),  # a full-width m
    ("marc@example.com", "marc@strasse.example"),
    ("marc@straße.example", "marc@strasse.example"),
    ("m.arc@example.com", "marc@example.com"),
    ("marc+hr@example.com", "marc@example.com"),
]


@pytest.mark.parametrize(("one", "other"), SAME_ADDRESSES)
def test_an_address_written_in_two_ways_has_one_key(one: str, other: str) -> None:
    assert email_folded(one) == email_folded(other)
    assert email_key(pa.array([one])) == email_key(pa.array([other]))


@pytest.mark.parametrize(("one", "other"), OTHER_ADDRESSES)
def test_addresses_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert email_folded(one) != email_folded(other)
    assert email_key(pa.array([one])) != email_key(pa.array([other]))


addresses = st.one_of(
    texts, st.builds("{}@{}".format, names, st.sampled_from(["Example.com", "münchen.example", "Straße.example", "пример.example"]))
)


@given(st.lists(st.one_of(st.none(), addresses), max_size=8))
def test_the_column_and_the_single_address_are_one_rule(values: list[str | None]) -> None:
    assert email_key(pa.array(values, pa.string())).to_pylist() == [email_folded(v) or None if v is not None else None for v in values]


@given(addresses)
def test_the_key_of_a_key_is_itself(address: str) -> None:
    assert email_folded(email_folded(address)) == email_folded(address)


@given(addresses)
def test_composed_and_decomposed_addresses_have_one_key(address: str) -> None:
    assert email_folded(unicodedata.normalize("NFC", address)) == email_folded(unicodedata.normalize("NFD", address))


@given(st.emails())
def test_case_and_surrounding_blanks_do_not_matter_to_an_address(address: str) -> None:
    assert email_folded(f" {address.upper()} ") == email_folded(address.lower())


def test_blank_addresses_have_no_key() -> None:
    assert email_key(pa.array([None, "", "  ", "\u200b"])).to_pylist() == [None] * 4
