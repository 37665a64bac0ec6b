"""Which of the companies that a credential opens is the one meant. Invented companies."""

import pytest

from hr_pipeline.domain.activation import Employer, matched_company
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.vat import VatNumber, vat_number, vat_of_siren

BAKERY = Employer("1001", "Boulangerie du Parc", "0403.170.701", "BE")
OLD_FORM = Employer("1002", "Drukkerij Maas", "BE 428 759 497", "BE")
TWIN_A = Employer("1010", "Garage Nord", "BE0413638187", "BE")
TWIN_B = Employer("1009", "Garage Nord Services", "0413638187", "BE")
CLOSED = Employer("1004", "Ancienne Fonderie", "BE0403019261", "BE", active=False)
NUMBERLESS = Employer("1005", "Atelier sans numéro", None, "BE")
ALL = (BAKERY, OLD_FORM, TWIN_A, TWIN_B, CLOSED, NUMBERLESS)

FRENCH = Employer("65f0", "Maison Lefèvre", vat_of_siren("303265045").canonical, "FR")
SPANISH = Employer("65f1", "Taller Sol", None, "ES")


def be(text: str) -> VatNumber:
    return vat_number(text, "BE")


def refusal(*args: object, **kwargs: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        matched_company(*args, **kwargs)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(("vat", "company"), [("BE0403170701", BAKERY), ("0428759497", OLD_FORM)])
def test_a_company_is_found_by_its_vat_number_however_either_side_writes_it(vat: str, company: Employer) -> None:
    assert matched_company(ALL, vat=be(vat)) is company


def test_a_well_formed_number_that_nobody_bears_is_not_found() -> None:
    found = refusal(ALL, vat=be("BE0776091951"), name="Boulangerie du Parc")
    assert found.code is Code.COMPANY_NOT_FOUND
    assert "BE0776091951" in explained(found, "fr").message


def test_an_inactive_company_is_not_found() -> None:
    assert refusal(ALL, vat=be("BE0403019261")).code is Code.COMPANY_NOT_FOUND
    assert refusal(ALL, company_id="1004").code is Code.COMPANY_NOT_FOUND


def test_two_companies_with_one_number_are_listed_by_id_and_name() -> None:
    found = refusal(ALL, vat=be("BE0413638187"))
    assert found.code is Code.COMPANY_AMBIGUOUS
    assert found.params["companies"] == ("1009 (Garage Nord Services)", "1010 (Garage Nord)")
    for lang in ("fr", "nl", "en"):
        said = explained(found, lang)
        assert "1009 (Garage Nord Services), 1010 (Garage Nord)" in said.message
        assert "--employer" in said.next


def test_the_name_never_chooses_between_two_companies_with_one_number() -> None:
    assert refusal(ALL, vat=be("BE0413638187"), name="Garage Nord").code is Code.COMPANY_AMBIGUOUS


def test_the_id_answers_which_of_the_two_is_meant() -> None:
    assert matched_company(ALL, vat=be("BE0413638187"), company_id="1009") is TWIN_B


def test_an_id_of_a_company_with_another_number_is_a_mismatch() -> None:
    found = refusal(ALL, vat=be("BE0403170701"), company_id="1009")
    assert found.code is Code.COMPANY_MISMATCH
    assert "1009 (Garage Nord Services)" in explained(found, "nl").message


def test_an_id_that_is_not_opened_is_not_found() -> None:
    assert refusal(ALL, vat=be("BE0403170701"), company_id="9999").code is Code.COMPANY_NOT_FOUND


def test_nothing_opened_is_not_found() -> None:
    assert refusal((), vat=be("BE0403170701")).code is Code.COMPANY_NOT_FOUND
    assert refusal((), one_company_credential=True).code is Code.COMPANY_NOT_FOUND


def test_a_credential_of_one_company_needs_no_number_and_no_matching_name() -> None:
    assert matched_company((FRENCH,), name="Quite another name", one_company_credential=True) is FRENCH


@pytest.mark.parametrize("asked", [{"company_id": "602e"}, {"vat": vat_number("FR82542065479", "FR")}])
def test_a_credential_of_another_company_is_a_mismatch(asked: dict[str, object]) -> None:
    found = refusal((FRENCH,), **asked, one_company_credential=True)
    assert found.code is Code.COMPANY_MISMATCH
    assert "65f0 (Maison Lefèvre)" in explained(found, "en").message


def test_a_french_company_is_checked_by_the_number_of_its_siren() -> None:
    assert matched_company((FRENCH,), vat=vat_number("FR40303265045", "FR"), company_id="65f0", one_company_credential=True) is FRENCH


def test_a_company_whose_number_the_provider_does_not_give_is_taken_at_the_person_s_word() -> None:
    assert matched_company((SPANISH,), vat=vat_number("ESB58378431", "ES"), one_company_credential=True) is SPANISH
    assert refusal((SPANISH,), vat=vat_number("ESB58378431", "ES")).code is Code.COMPANY_NOT_FOUND


def test_with_nothing_else_given_the_folded_name_chooses() -> None:
    assert matched_company(ALL, name="boulangerie-du-parc") is BAKERY
    assert refusal(ALL, name="Unknown").code is Code.COMPANY_AMBIGUOUS
    assert refusal(ALL).code is Code.COMPANY_AMBIGUOUS
