"""Each fault does what it says, seen by a bare client, and counts its hit."""

import json
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from hr_pipeline.sandbox import Fault, Sandbox, SandboxOptions
from hr_pipeline.sandbox.companies import ProviderName
from hr_pipeline.sandbox.faults import ordered
from hr_pipeline_tests.sandbox.callers import Caller

SMALL = SandboxOptions(
    size=60, companies=4, roster=False, page_limit=6, payfit_reads_per_second=None, securex_calls_per_second=None
)  # two companies of 15 at each provider, in pages of 6


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    """One small sandbox for the whole module; `struck` puts each fault in force."""
    with Sandbox(SMALL) as sandbox, Caller(sandbox) as calls:
        calls.ask_token()
        yield calls


@pytest.fixture
def struck(caller: Caller) -> Iterator[Callable[[str], Caller]]:
    """Puts a fault in force for one test, which must hit it."""
    orders: list[str] = []
    before = caller.sandbox.faults_hit

    def order(text: str) -> Caller:
        caller.securex("/employers")  # a token in hand before anything goes wrong
        orders.append(text)
        caller.sandbox.faults = (text,)
        return caller

    yield order
    caller.sandbox.faults = ()
    hits = caller.sandbox.faults_hit - before
    assert hits[ordered(orders[0]).fault.value] > 0, "the fault was never hit"
    assert len(hits) == 1


Strike = Callable[[str], Caller]


def rows_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """Rows of a page of either provider."""
    document = answer.json()
    rows: list[dict[str, Any]] = next(document[key] for key in ("items", "collaborators", "contracts") if key in document)
    return rows


def both(caller: Caller, **params: Any) -> tuple[httpx.Response, httpx.Response]:  # noqa: ANN401 - query values
    """The people of the first company of each provider."""
    return caller.employer_list("workers", **params), caller.customer_list("collaborators", **params)


def test_reset_ends_the_connection_before_a_byte(struck: Strike) -> None:
    caller = struck("reset")
    with pytest.raises(httpx.ReadError):
        caller.employer_list("workers")
    with pytest.raises(httpx.ReadError):
        caller.customer_list("contracts")


@pytest.mark.parametrize("share", [f"{n / 20:.2f}" for n in range(20)])
def test_truncated_announces_more_bytes_than_arrive(struck: Strike, share: str) -> None:
    caller = struck(f"truncated={share}")
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        caller.employer_list("workers")


def test_truncated_json_is_well_framed_and_not_json(struck: Strike) -> None:
    for answer in both(struck("truncated_json=0.5")):
        assert answer.status_code == 200
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_html_comes_with_status_200(struck: Strike) -> None:
    for answer in both(struck("html")):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.text.startswith("<!doctype html>")


def test_server_errors_never_end(struck: Strike) -> None:
    caller = struck("server_errors")
    statuses = [answer.status_code for _ in range(5) for answer in both(caller)]
    assert set(statuses) == {500, 502, 503, 504}


def test_unavailable_is_over_after_its_times(struck: Strike) -> None:
    caller = struck("unavailable*3")
    assert [caller.employer_list("workers").status_code for _ in range(5)] == [503, 503, 503, 200, 200]


def test_drip_sends_byte_by_byte(struck: Strike) -> None:
    caller = struck("drip=0.01")
    headers = {"Authorization": f"Bearer {caller.key()}"}
    assert caller.customer is not None
    with caller.client.stream(
        "GET", f"{caller.environment['PAYFIT_BASE_URL']}/companies/{caller.customer.company_id}", headers=headers
    ) as answer:
        chunks = list(answer.iter_raw(chunk_size=None))
        assert answer.elapsed.total_seconds() > 0.5
    assert len(chunks) > 50
    assert json.loads(b"".join(chunks))["id"] == caller.customer.company_id


def test_silent_reads_the_request_and_never_answers(struck: Strike) -> None:
    caller = struck("silent")
    caller.client.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        caller.employer_list("workers")
    caller.client.timeout = httpx.Timeout(5)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("seconds", lambda text: int(text) == 1),
        ("date", lambda text: isinstance(parsedate_to_datetime(text), datetime)),
        ("garbage", lambda text: not text.isdigit()),
        ("negative", lambda text: int(text) < 0),
        ("huge", lambda text: int(text) > 10**9),
        ("none", lambda text: text is None),
    ],
)
def test_too_many_requests_carries_the_retry_after_asked_for_and_ends(
    struck: Strike, value: str, right: Callable[[str | None], bool]
) -> None:
    caller = struck(f"too_many_requests={value}")
    first, second = both(caller)
    assert (first.status_code, first.json()["statusCode"]) == (429, 429)
    assert (second.status_code, second.json()) == (429, {"message": "API rate limit exceeded"})
    assert all(right(answer.headers.get("Retry-After")) for answer in (first, second))
    assert [answer.status_code for answer in both(caller)] == [200, 200]


def test_forbidden_speaks_as_the_provider_does(struck: Strike) -> None:
    first, second = both(struck("forbidden"))
    assert (first.status_code, second.status_code) == (403, 403)
    assert "Out of call volume quota" in first.json()["message"]


def test_a_redirect_leads_to_where_followers_are_counted(struck: Strike) -> None:
    caller = struck("redirect")
    answer = caller.employer_list("workers")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")
    assert caller.sandbox.requests["elsewhere"] == 0
    assert caller.client.get(caller.sandbox.address + answer.headers["Location"]).status_code == 200
    assert caller.sandbox.requests["elsewhere"] == 1


def test_a_bomb_is_small_on_the_wire_and_25_mb_decoded(struck: Strike) -> None:
    answer = struck("bomb").employer_list("workers")
    assert int(answer.headers["Content-Length"]) < 50_000
    assert len(answer.content) > 25_000_000


def test_nan_is_in_the_document(struck: Strike) -> None:
    for answer in both(struck("nan")):
        assert math.isnan(answer.json()["checksum"])


def test_duplicate_keys_end_with_an_empty_list(struck: Strike) -> None:
    for answer in both(struck("duplicate_keys")):
        keys = [key for key, _ in json.loads(answer.content, object_pairs_hook=lambda pairs: pairs)]
        assert len(keys) == len(set(keys)) + 1
        assert rows_of(answer) == []


def test_deep_nesting_is_deeper_than_a_parser_goes(struck: Strike) -> None:
    answer = struck("deep_nesting").employer_list("workers")
    assert answer.content.count(b"[") == 100_000
    with pytest.raises(RecursionError):
        answer.json()


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


def test_a_refused_address_belongs_to_nobody_and_the_other_provider_answers(caller: Caller) -> None:
    with Sandbox(SandboxOptions(size=10, faults=("refused:payfit",))) as sandbox, Caller(sandbox) as refused:
        assert refused.securex("/employers").status_code == 200
        with pytest.raises(httpx.ConnectError):
            refused.introspect("x")
        assert sandbox.faults_hit == {"refused": 1}
    assert caller.sandbox.faults_hit["refused"] == 0


def test_a_fault_strikes_its_targets_alone(struck: Strike) -> None:
    caller = struck("html:payfit:contracts")
    assert caller.customer_list("collaborators").json()
    assert caller.employer_list("workers").json()
    assert caller.customer_list("contracts").text.startswith("<!doctype html>")


def test_a_company_is_a_target_by_id_and_by_name(caller: Caller) -> None:
    first, second = (company for company in caller.sandbox.companies if company.provider is ProviderName.SECUREX)
    for target in (first.company_id, first.name):
        caller.sandbox.faults = (f"unavailable:{target}",)
        assert [caller.employer_list("workers", company).status_code for company in (first, second)] == [503, 200]
    caller.sandbox.faults = ()


def test_a_named_token_endpoint_is_struck_too(struck: Strike) -> None:
    caller = struck("server_errors:token")
    assert caller.ask_token().status_code >= 500
    assert caller.employer_list("workers").status_code == 200


@pytest.mark.parametrize(
    "text", ["fire", "html=now", "truncated=2", "too_many_requests=later", "html:", "", "drip=fast", "html:Nobody & Sons"]
)
def test_an_order_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unknown fault|takes|is called"):
        Sandbox(SandboxOptions(faults=(text,)))


def test_every_fault_of_the_list_is_tested_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [fault for fault in Fault if source.count(f'"{fault.value}') == 0] == []
