"""Faults in what is said, and in who may ask: each does what it says, seen by a bare client, and counts its hit."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from hr_pipeline.sandbox.companies import ProviderName
from hr_pipeline_tests.sandbox.callers import Caller, Strike, both, rows_of


@pytest.mark.parametrize(("fault", "sign"), [("lone_surrogate", "\ud83d"), ("nul", "\0")])
def test_one_name_of_the_page_is_poisoned(struck: Strike, fault: str, sign: str) -> None:
    for answer in both(struck(fault)):
        assert [row["lastName"].startswith(sign) for row in rows_of(answer)] == [True] + [False] * 5


def test_an_empty_list_announces_nobody(struck: Strike) -> None:
    first, second = both(struck("empty_list"))
    assert (first.json()["items"], first.json()["totalCount"]) == ([], 0)
    assert second.json() == {"collaborators": [], "meta": {"nextPageToken": None, "count": 0}}


def test_totals_lie_by_three(struck: Strike) -> None:
    first, second = both(struck("total_lies"))
    assert first.json()["totalCount"] == 15 + 3
    assert second.json()["meta"]["count"] == len(rows_of(second)) + 3


def test_a_repeated_cursor_never_gets_on(struck: Strike) -> None:
    caller = struck("repeated_cursor")
    token = caller.customer_list("collaborators").json()["meta"]["nextPageToken"]
    assert caller.customer_list("collaborators", nextPageToken=token).json()["meta"]["nextPageToken"] == token
    assert rows_of(caller.employer_list("workers", page=2)) == rows_of(caller.employer_list("workers", page=1))


@pytest.mark.parametrize(("fault", "distinct", "total"), [("row_inserted_between_pages", 15, 16), ("row_deleted_between_pages", 14, 14)])
def test_a_row_comes_or_goes_between_two_pages(struck: Strike, fault: str, distinct: int, total: int) -> None:
    caller = struck(fault)
    pages = [caller.employer_list("workers", page=page).json() for page in (1, 2, 3)]
    assert [page["totalCount"] for page in pages] == [15, total, total]
    refs = [row["workerId"] for page in pages for row in page["items"]]
    assert (len(refs), len(set(refs))) == (total, distinct)


def test_a_token_expires_in_the_middle_and_another_one_works(struck: Strike) -> None:
    caller = struck("token_expires_at_page=2")
    assert caller.employer_list("workers", page=1).status_code == 200
    assert caller.employer_list("workers", page=2).status_code == 401
    assert caller.employer_list("workers", page=1).status_code == 401
    caller.token = ""
    assert caller.employer_list("workers", page=2).status_code == 200


def test_the_primary_key_is_revoked_and_the_secondary_works(struck: Strike) -> None:
    caller = struck("primary_key_revoked")
    refused = caller.securex("/employers")
    assert (refused.status_code, "invalid subscription key" in refused.json()["message"]) == (401, True)
    assert (
        caller.securex("/employers", {"Ocp-Apim-Subscription-Key": caller.environment["SECUREX_SUBSCRIPTION_KEY_SECONDARY"]}).status_code
        == 200
    )


@pytest.mark.parametrize(("value", "status", "body"), [("inactive", 200, {"active": False}), ("401", 401, None), ("403", 403, None)])
def test_a_revoked_credential_opens_nothing(struck: Strike, value: str, status: int, body: dict[str, bool] | None) -> None:
    caller = struck(f"credential_revoked={value}")
    assert [answer.status_code for answer in both(caller)] == [401, 401]
    assert (caller.ask_token().status_code, caller.ask_token().json()["error"]) == (401, "invalid_client")
    answer = caller.introspect(caller.key())
    assert answer.status_code == status
    assert body is None or answer.json() == body


def test_a_key_of_another_company_shows_at_introspection(struck: Strike) -> None:
    caller = struck("other_company_key")
    mine, other = (company for company in caller.sandbox.companies if company.provider is ProviderName.PAYFIT)
    assert caller.introspect(caller.key(mine)).json()["company_id"] == other.company_id
    assert caller.customer_list("collaborators", mine).status_code == 404


def test_lost_scopes_leave_keys_out_and_null_nothing(struck: Strike) -> None:
    caller = struck("scope_lost")
    people, contracts = rows_of(caller.customer_list("collaborators")), rows_of(caller.customer_list("contracts"))
    assert not {"birthDate", "gender", "nationality", "phoneNumbers"} & people[0].keys()
    assert not {"standardWeeklyHours", "fullTimeEquivalent", "isFullTime"} & contracts[0].keys()
    assert {"firstName", "emails", "contracts"} <= people[0].keys()


def test_a_field_is_renamed(struck: Strike) -> None:
    for answer in both(struck("renamed_field=lastName")):
        assert all("lastName" not in row and row["lastNameNew"] for row in rows_of(answer))


def test_a_field_is_retyped(struck: Strike) -> None:
    for answer in both(struck("retyped_field=firstName")):
        assert all(set(row["firstName"]) == {"value"} for row in rows_of(answer))


def test_nobody_has_an_e_mail(struck: Strike) -> None:
    caller = struck("emails_all_null")
    first, second = both(caller)
    assert {row["email"] for row in rows_of(first)} == {None}
    assert all(row["emails"] == [] for row in rows_of(second))
    assert {row["contactEmail"] for row in rows_of(caller.customer_list("contracts"))} == {None}


def test_rows_of_another_company_turn_up_on_the_first_page(struck: Strike) -> None:
    caller = struck("foreign_rows")
    mine, other = (company for company in caller.sandbox.companies if company.provider is ProviderName.PAYFIT)
    companies = [row["companyId"] for row in rows_of(caller.customer_list("contracts"))]
    assert companies == [mine.company_id] * 6 + [other.company_id] * 3
    assert len(rows_of(caller.customer_list("collaborators"))) == 9


@pytest.mark.parametrize(
    ("fault", "read"),
    [
        ("pay_x12", lambda text: Decimal(text) / 12),
        ("pay_x100", lambda text: Decimal(text) / 100),
        ("cents", lambda text: Decimal(int(text)) / 100),
        ("comma_amounts", lambda text: Decimal(text.replace(".", "").replace(",", "."))),
    ],
)
def test_amounts_are_wrong_in_one_way(struck: Strike, caller: Caller, fault: str, read: Callable[[str], Decimal]) -> None:
    right = [Decimal(row["grossAmount"]) for row in rows_of(caller.employer_list("remunerations"))]
    wrong = [row["grossAmount"] for row in rows_of(struck(fault).employer_list("remunerations"))]
    assert [read(text) for text in wrong] == right
    assert all(text != str(amount) for text, amount in zip(wrong, right, strict=True))


def test_two_employers_share_a_vat_number(struck: Strike) -> None:
    document = struck("ambiguous_vat").securex("/employers").json()
    assert document["totalCount"] == len(document["items"]) == 3
    assert len({item["vatNumber"] for item in document["items"]}) == 2
    assert len({item["employerId"] for item in document["items"]}) == 3


def test_an_employer_is_not_active(struck: Strike) -> None:
    assert [item["active"] for item in struck("inactive_employer").securex("/employers").json()["items"]] == [False, True]
