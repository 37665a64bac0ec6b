"""Securex as contracts/securex.md has it: authentication, gateway errors, paging."""

import base64
import json
from typing import Any

import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions
from hr_pipeline_tests.sandbox.callers import Caller


def test_a_token_has_the_shape_of_a_jwt_and_says_how_long_it_lives(demo: Caller) -> None:
    answer = demo.ask_token().json()
    header, claims, signature = answer["access_token"].split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"typ": "JWT", "alg": "HS256"}
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"] > 0
    assert signature
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
    ],
)
def test_a_refused_token_follows_rfc_6749(demo: Caller, form: dict[str, str], status: int, error: str) -> None:
    answer = demo.ask_token(**form)
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.json()["error"] == error


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Ocp-Apim-Subscription-Key": "wrong"}, "invalid subscription key"),
        ({"Ocp-Apim-Subscription-Key": ""}, "missing subscription key"),
        ({"Authorization": "Bearer wrong"}, "token"),
        ({"Authorization": ""}, "token"),
    ],
)
def test_every_call_needs_a_subscription_key_and_a_token(demo: Caller, headers: dict[str, str], words: str) -> None:
    answer = demo.securex("/employers", headers)
    assert answer.status_code == 401
    assert answer.json()["statusCode"] == 401
    assert words in answer.json()["message"]


def test_both_subscription_keys_open_the_gateway(demo: Caller) -> None:
    for name in ("SECUREX_SUBSCRIPTION_KEY", "SECUREX_SUBSCRIPTION_KEY_SECONDARY"):
        assert demo.securex("/employers", {"Ocp-Apim-Subscription-Key": demo.environment[name]}).status_code == 200


def test_a_payfit_key_opens_nothing_at_securex(demo: Caller) -> None:
    assert demo.securex("/employers", {"Authorization": f"Bearer {demo.key()}"}).status_code == 401


def test_a_token_past_its_life_is_refused() -> None:
    with Sandbox(SandboxOptions(token_seconds=0)) as sandbox, Caller(sandbox) as caller:
        assert caller.securex("/employers").status_code == 401


def test_the_employers_are_listed_with_vat_numbers_in_several_forms(demo: Caller) -> None:
    answer = demo.securex("/employers").json()
    assert answer.keys() == {"items", "page", "pageSize", "totalCount"}
    assert answer["totalCount"] == len(answer["items"])
    assert [item["vatNumber"] for item in answer["items"]][:3] == ["BE0741230646", "0741258855", "BE 1003.177.463"]


def test_an_unknown_employer_and_a_payfit_company_are_not_found(demo: Caller) -> None:
    assert demo.customer is not None
    for employer in ("410099", demo.customer.company_id):
        answer = demo.securex(f"/employers/{employer}/workers")
        assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)


@pytest.mark.parametrize("params", [{"pageSize": 201}, {"pageSize": 0}, {"page": 0}, {"page": "two"}])
def test_a_page_out_of_the_contract_s_range_is_refused(demo: Caller, params: dict[str, Any]) -> None:
    answer = demo.employer_list("workers", **params)
    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)


@pytest.mark.parametrize("resource", ["workers", "remunerations", "salary-components"])
@pytest.mark.parametrize("size", [1, 7, 200])
def test_the_pages_of_a_list_add_up_to_its_total(demo: Caller, resource: str, size: int) -> None:
    whole = demo.employer_list(resource).json()
    rows = []
    for page in range(1, whole["totalCount"] // size + 2):
        document = demo.employer_list(resource, page=page, pageSize=size).json()
        assert (document["page"], document["pageSize"], document["totalCount"]) == (page, size, whole["totalCount"])
        rows += document["items"]
    assert rows == whole["items"]
    assert len(rows) == whole["totalCount"]


def test_a_server_with_smaller_pages_says_so() -> None:
    with Sandbox(SandboxOptions(page_limit=3)) as sandbox, Caller(sandbox) as caller:
        document = caller.employer_list("workers").json()
    assert (document["pageSize"], len(document["items"])) == (3, 3)


def test_calls_beyond_the_limit_get_429_with_retry_after() -> None:
    with Sandbox(SandboxOptions(securex_calls_per_second=1)) as sandbox, Caller(sandbox) as caller:
        answers = [caller.securex("/employers") for _ in range(4)]
    late = next(answer for answer in answers if answer.status_code == 429)
    assert late.headers["Retry-After"] == "1"
    assert late.json() == {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}
