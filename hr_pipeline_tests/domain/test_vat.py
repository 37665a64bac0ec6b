"""VAT numbers: canonical form, and which fault a wrong one has."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.vat import VatFault, canonical_vat, comparable_vat, valid_vat, vat_number, vat_of_siren


def refused(text: str | None, country: str = "BE") -> Refusal:
    with pytest.raises(Refusal) as caught:
        vat_number(text, country)
    return caught.value


def fault(text: str, country: str = "BE") -> VatFault:
    refusal = refused(text, country)
    assert refusal.code is Code.VAT_INVALID
    reason = refusal.params["reason"]
    assert isinstance(reason, Phrase)
    return VatFault(reason.key)


@pytest.mark.parametrize(
    "text",
    ["BE0403170701", "0403170701", "be 0403.170.701", "BE-0403-170-701", " BE\u00a00403\u202f170.701 ", "0403‑170‑701"],
)
def test_prefix_case_dots_blanks_and_hyphens_do_not_matter(text: str) -> None:
    assert vat_number(text, "BE").canonical == "BE0403170701"
    assert vat_number(text, "BE").country == "BE"


@pytest.mark.parametrize("text", [None, "", "   ", "BE", ". - "])
def test_no_number_at_all_is_missing(text: str | None) -> None:
    assert refused(text).code is Code.VAT_MISSING


@pytest.mark.parametrize("text", ["403170701", "BE403170701", "403.170.701"])
def test_nine_digits_are_invalid_and_the_message_proposes_a_leading_zero(text: str) -> None:
    assert fault(text) is VatFault.OLD_FORM
    for lang in ("fr", "nl", "en"):
        assert "0403170701" in explained(refused(text), lang).message


def test_nine_digits_whose_zero_form_is_wrong_too_are_proposed_with_that_warning() -> None:
    assert fault("403170702") is VatFault.OLD_FORM_CHECK
    assert "check digits are wrong as well" in explained(refused("403170702"), "en").message


@pytest.mark.parametrize("text", ["1", "04031707", "BE12345678"])
def test_fewer_than_ten_digits_says_how_many_there_are(text: str) -> None:
    assert fault(text) is VatFault.TOO_SHORT
    assert f"it has {sum(c.isdigit() for c in text)})" in explained(refused(text), "en").message


@pytest.mark.parametrize("text", ["2403170701", "BE04031707011", "BE0403A70701", "0403/170/701", "hello", "BEBE0403170701", "٠٤٠٣١٧٠٧٠١"])
def test_another_shape_is_said_to_be_one(text: str) -> None:
    assert fault(text) is VatFault.SHAPE_BE


@pytest.mark.parametrize("text", ["BE0403170702", "0403170710"])
def test_wrong_check_digits_are_said_to_be_wrong(text: str) -> None:
    assert fault(text) is VatFault.CHECK_DIGITS


@given(st.integers(0, 19_999_999))
def test_exactly_one_pair_of_check_digits_fits_each_belgian_number(first_eight: int) -> None:
    body = f"{first_eight:08d}"
    fitting = valid_vat(pd.Series([f"{body}{pair:02d}" for pair in range(100)]), "BE")
    assert fitting[fitting].index.tolist() == [97 - first_eight % 97]


@pytest.mark.parametrize("text", ["FR40303265045", "fr 40 303 265 045", "40303265045", "FRK7399859412"])
def test_french_numbers_are_two_key_characters_and_the_siren(text: str) -> None:
    number = vat_number(text, "FR")
    assert number.country == "FR"
    assert number.canonical.startswith("FR")
    assert len(number.canonical) == 13


def test_the_prefix_decides_the_country_over_the_provider() -> None:
    assert vat_number("FR40303265045", "BE").country == "FR"
    assert vat_number("BE0403170701", "FR").country == "BE"


@pytest.mark.parametrize("text", ["303265045", "303 265 045", "FR303265045", "30326504500011"])
def test_a_siren_or_siret_is_answered_with_the_number_that_follows_from_it(text: str) -> None:
    assert fault(text, "FR") is VatFault.SIREN
    assert "FR40303265045" in explained(refused(text, "FR"), "fr").message


@pytest.mark.parametrize(
    ("text", "expected"),
    [("FR41303265045", VatFault.CHECK_DIGITS), ("FR4030326504", VatFault.SHAPE_FR), ("FRIO334175221", VatFault.SHAPE_FR)],
)
def test_french_faults_are_told_apart(text: str, expected: VatFault) -> None:
    assert fault(text, "FR") is expected


def test_the_vat_number_follows_from_the_siren() -> None:
    assert vat_of_siren("303 265 045").canonical == "FR40303265045"
    assert vat_of_siren("303265045").country == "FR"
    for wrong in ("303265046", "30326504", "x"):
        with pytest.raises(Refusal) as caught:
            vat_of_siren(wrong)
        assert caught.value.code is Code.VAT_INVALID


@pytest.mark.parametrize(("text", "country"), [("ESB58378431", "ES"), ("GB980780684", "GB")])
def test_the_other_countries_of_payfit_are_known(text: str, country: str) -> None:
    assert vat_number(text, "FR").country == country
    assert fault(text[:-1], "FR") in (VatFault.SHAPE_OTHER, VatFault.CHECK_DIGITS)


def test_a_country_without_rules_here_is_refused_by_shape() -> None:
    assert fault("123456789", "LU") is VatFault.SHAPE_OTHER


def test_a_column_is_judged_value_by_value() -> None:
    values = pd.Series(["BE0403170701", "403170701", None, "0403.170.701", ""], index=[5, 6, 7, 8, 9])
    assert valid_vat(values, "BE").tolist() == [True, False, False, True, False]
    assert canonical_vat(values, "BE").dropna().tolist() == ["BE0403170701", "BE0403170701"]
    assert valid_vat(pd.Series([None, None], dtype="str"), "BE").tolist() == [False, False]


@given(st.text(max_size=30), st.sampled_from(["BE", "FR", "ES", "GB"]))
def test_any_text_is_a_canonical_number_or_a_refusal(text: str, country: str) -> None:
    canonical = canonical_vat(pd.Series([text]), country).dropna().tolist()
    if canonical:
        assert [vat_number(number, country).canonical for number in canonical] == canonical
    else:
        assert refused(text, country).code in (Code.VAT_MISSING, Code.VAT_INVALID)


def test_a_provider_s_old_form_compares_equal_to_the_new_one() -> None:
    assert comparable_vat("403.170.701", "BE") == comparable_vat("BE 0403170701", "BE") == "BE0403170701"
    assert comparable_vat(None, "BE") is None
    assert comparable_vat("BE", "BE") is None
