"""Securex's adapter: who may read, what proves a list whole, and what its rows become."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
import pytest

from hr_pipeline.adapters.http import Pace
from hr_pipeline.adapters.providers.protocol import Company, Page, Pulled
from hr_pipeline.adapters.providers.securex import Securex
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.frames import PROVIDER_COMMON
from hr_pipeline.domain.mapping import mapping_problems
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline_tests.adapters.providers.fakes import (
    PRIMARY,
    QUICK,
    SECONDARY,
    FakeSecurex,
    Kept,
    component,
    fault_of,
    on_page,
    remuneration,
    worker,
)
from hr_pipeline_tests.adapters.providers.servers import Reaction, Reply, Seen, document

PROVIDER = Securex(patience=QUICK, pace=Pace(None))
TODAY = date(2026, 3, 1)
Row = dict[str, Any]


def pulled(server: FakeSecurex) -> tuple[Pulled, list[Page]]:
    session = PROVIDER.session(server.secrets)
    sink = Kept()
    try:
        return session.pull("E1", sink), sink.pages
    finally:
        session.close()


def refused(server: FakeSecurex) -> Refusal:
    with pytest.raises(Refusal) as caught:
        pulled(server)
    assert "client-secret" not in repr(caught.value)
    return caught.value


def page_of(resource: str, rows: list[Row]) -> Page:
    return Page(resource, 1, orjson.dumps({"items": rows, "page": 1, "pageSize": 200, "totalCount": len(rows)}))


def test_employers_come_with_their_vat_number_as_written_and_whether_they_are_active() -> None:
    with FakeSecurex() as server:
        server.rows["employers"].append({"employerId": "E2", "vatNumber": None, "name": "Fermée", "active": False})
        session = PROVIDER.session(server.secrets)
        assert session.companies() == [
            Company("E1", "Brasserie Invention", "BE 0403.170.701", "BE"),
            Company("E2", "Fermée", None, "BE", active=False),
        ]
        session.close()


def test_a_whole_employer_is_pulled_list_by_list_in_order_with_token_and_key_on_every_request() -> None:
    with FakeSecurex(people=450) as server:
        result, pages = pulled(server)
    assert result == Pulled(pages=3 + 3 + 2, employees=450, pay_records=450, components=225)
    assert [(page.resource, page.number) for page in pages] == [
        *(("workers", number) for number in (1, 2, 3)),
        *(("remunerations", number) for number in (1, 2, 3)),
        *(("salary-components", number) for number in (1, 2)),
    ]
    reads = [seen for seen in server.requests if seen.path != "/token"]
    assert {(seen.headers["authorization"], seen.headers["ocp-apim-subscription-key"]) for seen in reads} == {("Bearer token-1", PRIMARY)}
    assert len(server.requests) == 9


def test_pages_are_handed_on_as_they_came() -> None:
    with FakeSecurex(people=3) as server:
        _, pages = pulled(server)
    assert [len(orjson.loads(page.body)["items"]) for page in pages] == [3, 3, 2]
    assert '"lastName":"Lefèvre 0"'.encode() in pages[0].body


def test_a_server_with_smaller_pages_than_asked_for_is_read_to_its_end() -> None:
    with FakeSecurex(people=45) as server:
        server.largest_page = 10
        result, _ = pulled(server)
    assert (result.employees, result.pages) == (45, 5 + 5 + 3)


def test_nobody_at_all_is_a_whole_list_of_nobody() -> None:
    with FakeSecurex() as server:
        assert pulled(server)[0] == Pulled(3, 0, 0, 0)


def test_pages_after_the_first_are_read_several_at_a_time() -> None:
    waiting = threading.Barrier(4, timeout=5)

    class Meeting(FakeSecurex):
        """Answers workers' pages 2 to 5 once all four are asked for."""

        def _react(self, connection: Any, reaction: Reaction) -> bool:
            if isinstance(reaction, Reply) and b'"page":1,' not in reaction.body and b"lastName" in reaction.body:
                waiting.wait()
            return super()._react(connection, reaction)

    with Meeting(people=1000) as server:
        assert pulled(server)[0].employees == 1000
    assert sorted(server.asked("workers")) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("resource", ["workers", "remunerations", "salary-components"])
@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_a_token_that_expires_at_any_page_is_renewed_once_and_the_rows_are_equal(resource: str, number: str) -> None:
    with FakeSecurex(people=1100) as server:
        whole = {(page.resource, page.number): page.body for page in pulled(server)[1]}
        server.granted = 0
        struck: list[str] = []

        def expire(said: Row) -> Row:
            if not struck:
                struck.append(resource)
                server.revoke_token()
            return said

        server.meddle = on_page(resource, number, expire)
        result, pages = pulled(server)
    assert struck
    assert server.granted == 2
    assert {(page.resource, page.number): page.body for page in pages} == whole
    assert result.employees == 1100


def test_a_token_refused_again_after_its_renewal_is_a_refused_credential() -> None:
    with FakeSecurex(people=3) as server:
        server.meddle = lambda seen, said: document({"message": "Unauthorized"}, 401)
        refusal = refused(server)
    assert isinstance(refusal, Permanent)
    assert (refusal.code, refusal.params["status"], server.granted) == (Code.CREDENTIAL_REFUSED, 401, 2)
    assert server.asked("workers") == ["1", "1"]


def test_a_revoked_primary_key_gives_way_to_the_secondary_for_the_rest_of_the_session() -> None:
    with FakeSecurex(people=450) as server:
        server.keys = {SECONDARY}
        assert pulled(server)[0].employees == 450
    keys = [seen.headers["ocp-apim-subscription-key"] for seen in server.requests if seen.path != "/token"]
    assert keys[0] == PRIMARY
    assert set(keys[1:]) == {SECONDARY}
    assert server.granted == 1


def test_two_revoked_keys_are_a_refused_credential() -> None:
    with FakeSecurex(people=3) as server:
        server.keys = set()
        refusal = refused(server)
    assert (refusal.code, len(server.asked("workers"))) == (Code.CREDENTIAL_REFUSED, 2)


def test_a_revoked_only_key_is_a_refused_credential() -> None:
    with FakeSecurex(people=3) as server:
        server.keys = {SECONDARY}
        session = PROVIDER.session(server.secrets | {"subscription_key_secondary": ""})
        with pytest.raises(Permanent) as caught:
            session.companies()
        session.close()
    assert (caught.value.code, len(server.asked("employers"))) == (Code.CREDENTIAL_REFUSED, 1)


def test_a_refused_client_is_a_refused_credential_and_nothing_is_read() -> None:
    with FakeSecurex(people=3) as server:
        server.refuse_client = True
        refusal = refused(server)
    assert (refusal.code, refusal.params["resource"]) == (Code.CREDENTIAL_REFUSED, "token")
    assert server.paths() == ["/token"]


@pytest.mark.parametrize("said", [{}, {"access_token": None}, {"access_token": ["token"]}])
def test_a_token_answer_of_unexpected_shape_is_a_changed_provider(said: Row) -> None:
    with FakeSecurex(people=3) as server:
        server.grant = said
        refusal = refused(server)
    assert (refusal.code, refusal.params["resource"], fault_of(refusal)) == (Code.PROVIDER_CHANGED, "token", PullFault.SHAPE)


def test_a_spent_call_quota_is_an_unavailable_provider_not_a_refused_credential() -> None:
    with FakeSecurex(people=3) as server:
        message = {"statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 01:23:45."}
        server.meddle = lambda seen, said: document(message, 403)
        refusal = refused(server)
    assert isinstance(refusal, Transient)
    assert (refusal.code, fault_of(refusal)) == (Code.PROVIDER_UNAVAILABLE, PullFault.QUOTA)


def test_an_employer_that_is_not_open_to_us_is_a_refused_credential() -> None:
    with FakeSecurex(people=3) as server:
        server.meddle = lambda seen, said: document({"message": "Forbidden"}, 403)
        assert refused(server).code is Code.CREDENTIAL_REFUSED


def _without_first(said: Row) -> Row:
    return said | {"items": said["items"][1:]}


def _one_more(said: Row) -> Row:
    return said | {"totalCount": said["totalCount"] + 1}


def _one_less(said: Row) -> Row:
    return said | {"totalCount": said["totalCount"] - 1}


def _first_again(said: Row) -> Row:
    return said | {"items": [*said["items"][:-1], said["items"][0]]}


def _first_again_in_another_order(said: Row) -> Row:
    return said | {"items": [*said["items"][:-1], dict(reversed(said["items"][0].items()))]}


INCOMPLETE: list[tuple[str, str, Callable[[Row], Row], PullFault]] = [
    ("fewer rows than announced", "2", _without_first, PullFault.TOTAL_DIFFERS),
    ("more announced on every page", "*", _one_more, PullFault.TOTAL_DIFFERS),
    ("fewer announced on every page", "*", _one_less, PullFault.TOTAL_DIFFERS),
    ("a row inserted between two pages", "2", _one_more, PullFault.TOTAL_CHANGED),
    ("a row deleted between two pages", "3", _one_less, PullFault.TOTAL_CHANGED),
    ("a row that comes twice", "2", _first_again, PullFault.REPEATED_ROW),
    ("a row that comes twice, its keys in another order", "2", _first_again_in_another_order, PullFault.REPEATED_ROW),
    ("an empty page", "2", lambda said: said | {"items": []}, PullFault.TOTAL_DIFFERS),
]


@pytest.mark.parametrize("resource", ["workers", "remunerations", "salary-components"])
@pytest.mark.parametrize(("number", "change", "fault"), [case[1:] for case in INCOMPLETE], ids=[case[0] for case in INCOMPLETE])
def test_a_list_that_is_not_proven_whole_is_incomplete(resource: str, number: str, change: Callable[[Row], Row], fault: PullFault) -> None:
    with FakeSecurex(people=1100) as server:
        hit: list[str] = []

        def meddle(seen: Seen, said: Row) -> Row:
            if seen.path.endswith(resource) and number in ("*", seen.query["page"]):
                hit.append(resource)
                return change(said)
            return said

        server.meddle = meddle
        refusal = refused(server)
    assert hit
    assert isinstance(refusal, Transient)
    assert (refusal.code, refusal.params["resource"], fault_of(refusal)) == (Code.SNAPSHOT_INCOMPLETE, resource, fault)


def test_a_total_of_millions_that_is_not_true_costs_a_bounded_number_of_requests() -> None:
    with FakeSecurex(people=450) as server:
        server.meddle = lambda seen, said: said | {"totalCount": 10_000_000}
        assert fault_of(refused(server)) is PullFault.TOTAL_DIFFERS
    assert len(server.asked("workers")) <= 3 + 32 + 16


def test_the_same_worker_id_with_other_content_is_two_rows_of_a_whole_list() -> None:
    with FakeSecurex() as server:
        server.rows["workers"] = [worker(1), worker(1, email="other@example.org")]
        assert pulled(server)[0].employees == 2


UNEXPECTED: list[tuple[str, Callable[[Row], Row | Reaction], PullFault]] = [
    ("no list", lambda said: {key: value for key, value in said.items() if key != "items"}, PullFault.SHAPE),
    ("a list of texts", lambda said: said | {"items": ["Zoé"]}, PullFault.SHAPE),
    ("an object instead of a list", lambda said: said | {"items": {}}, PullFault.SHAPE),
    ("null instead of a list", lambda said: said | {"items": None}, PullFault.SHAPE),
    ("no total", lambda said: {key: value for key, value in said.items() if key != "totalCount"}, PullFault.SHAPE),
    ("a total that is text", lambda said: said | {"totalCount": "3"}, PullFault.SHAPE),
    ("a negative total", lambda said: said | {"totalCount": -1}, PullFault.SHAPE),
    ("another page than asked for", lambda said: said | {"page": 7}, PullFault.SHAPE),
    ("a bare list", lambda said: Reply(orjson.dumps(said["items"])), PullFault.SHAPE),
    ("html", lambda said: Reply(b"<html>"), PullFault.HTML),
    ("an empty object", lambda said: {}, PullFault.SHAPE),
]


@pytest.mark.parametrize("resource", ["workers", "remunerations", "salary-components"])
@pytest.mark.parametrize(("change", "fault"), [case[1:] for case in UNEXPECTED], ids=[case[0] for case in UNEXPECTED])
def test_an_unexpected_shape_is_a_failed_read_never_an_empty_list(
    resource: str, change: Callable[[Row], Row | Reaction], fault: PullFault
) -> None:
    with FakeSecurex(people=3) as server:
        server.meddle = on_page(resource, "1", change)
        refusal = refused(server)
    assert isinstance(refusal, Permanent)
    assert (refusal.code, refusal.params["resource"], fault_of(refusal)) == (Code.PROVIDER_CHANGED, resource, fault)


@pytest.mark.parametrize(("resource", "key"), [("workers", "email"), ("remunerations", "grossAmount"), ("salary-components", "workerId")])
def test_a_key_missing_from_every_row_is_a_changed_provider_already_when_pulled(resource: str, key: str) -> None:
    with FakeSecurex(people=450) as server:
        server.rows[resource] = [{name: value for name, value in row.items() if name != key} for row in server.rows[resource]]
        refusal = refused(server)
    assert (refusal.code, fault_of(refusal)) == (Code.PROVIDER_CHANGED, PullFault.KEYS_MISSING)
    phrase = refusal.params["reason"]
    assert getattr(phrase, "params", {}) == {"keys": key}


def test_a_key_missing_from_all_rows_but_one_is_no_change_of_the_provider() -> None:
    with FakeSecurex(people=450) as server:
        server.rows["workers"] = [
            {name: value for name, value in row.items() if name != "email" or number == 449}
            for number, row in enumerate(server.rows["workers"])
        ]
        assert pulled(server)[0].employees == 450


def test_an_employer_without_id_is_a_changed_provider() -> None:
    with FakeSecurex() as server:
        server.rows["employers"].append({"employerId": None, "vatNumber": None, "name": "?"})
        session = PROVIDER.session(server.secrets)
        with pytest.raises(Permanent) as caught:
            session.companies()
        session.close()
    assert caught.value.code is Code.PROVIDER_CHANGED


@pytest.mark.parametrize("key", ["base_url", "client_id", "client_secret", "subscription_key"])
def test_a_missing_secret_is_named_by_its_variable(key: str) -> None:
    with FakeSecurex() as server, pytest.raises(Permanent) as caught:
        PROVIDER.session(server.secrets | {key: ""})
    assert (caught.value.code, caught.value.params["variables"]) == (Code.ENVIRONMENT_INCOMPLETE, f"SECUREX_{key.upper()}")


def test_an_address_without_https_is_refused_before_anything_is_sent() -> None:
    with FakeSecurex() as server, pytest.raises(Permanent) as caught:
        PROVIDER.session(server.secrets | {"base_url": "http://api.example.com"})
    assert (caught.value.code, caught.value.params["setting"]) == (Code.ADDRESS_REFUSED, "SECUREX_BASE_URL")


def test_the_default_mapping_can_be_used_with_the_fields_there_are() -> None:
    assert mapping_problems(PROVIDER.default_mapping, PROVIDER.fields) == []


def test_rows_become_text_columns_named_as_the_fields() -> None:
    pages = [
        page_of("workers", [worker(1), worker(2, email=None, endDate="2025-06-30")]),
        page_of("remunerations", [remuneration(2, occupation=2)]),
        page_of("salary-components", [component(2)]),
    ]
    frames = PROVIDER.frames("securex-e1", pages, TODAY)
    assert frames.identity.to_pylist()[1] == {
        "connection_id": "securex-e1",
        "row": 1,
        "absent": None,
        "retyped": None,
        **worker(2, email=None, endDate="2025-06-30"),
        "relation": "employee",
    }
    pay, parts = frames.pay.to_pylist()[0], frames.components.to_pylist()[0]
    assert (pay["employee_ref"], pay["occupation"], pay["grossAmount"], pay["weeklyHours"]) == ("2", "2", "3250.50", "30:24")
    assert (pay["pay.currency"], pay["pay.validFrom"], pay["pay.validTo"]) == ("EUR", "2024-01-01", "9999-12-31")
    assert (parts["employee_ref"], parts["component.code"], parts["component.validTo"]) == ("2", "MEAL", None)
    for table, group in ((frames.identity, "identity"), (frames.pay, "pay"), (frames.components, "component")):
        assert set(table.column_names) - {"employee_ref"} == {
            *PROVIDER_COMMON.names,
            *(f.name for f in PROVIDER.fields if f.group == group),
        }


def test_what_was_not_sent_and_what_is_no_scalar_is_told_row_by_row() -> None:
    bare = {name: value for name, value in worker(2).items() if name not in ("birthDate", "language")}
    pages = [page_of("workers", [worker(1), bare, worker(3, lastName={"value": "Lefèvre"}, birthDate=["1991"])])]
    rows = PROVIDER.frames("c", pages, TODAY).identity.to_pylist()
    assert [row["absent"] for row in rows] == [None, ["birthDate", "language"], None]
    assert [row["retyped"] for row in rows] == [None, None, ["lastName", "birthDate"]]
    assert (rows[2]["lastName"], rows[2]["birthDate"], rows[1]["birthDate"]) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [(42, "42"), (3250.5, "3250.5"), (0.1, "0.1"), (True, "true"), (False, "false"), (12345678901234567, "12345678901234567"), ("", "")],
)
def test_a_scalar_of_another_type_is_kept_as_the_text_it_is(value: object, text: str) -> None:
    frames = PROVIDER.frames("c", [page_of("remunerations", [remuneration(1, grossAmount=value), remuneration(2)])], TODAY)
    assert frames.pay.column("grossAmount").to_pylist() == [text, "3250.50"]
    assert frames.pay.column("retyped").null_count == 2


def test_batches_of_pages_keep_their_positions() -> None:
    rows = [worker(number) for number in range(9_000)]
    del rows[8_500]["language"]
    rows[4_100]["lastName"] = {}
    pages = [page_of("workers", rows[start : start + 200]) for start in range(0, 9_000, 200)]
    table = PROVIDER.frames("c", iter(pages), TODAY).identity
    assert table.column("row").to_pylist() == list(range(9_000))
    assert table.column("workerId").to_pylist() == [str(number) for number in range(9_000)]
    assert [(number, names) for number, names in enumerate(table.column("absent").to_pylist()) if names] == [(8_500, ["language"])]
    assert [(number, names) for number, names in enumerate(table.column("retyped").to_pylist()) if names] == [(4_100, ["lastName"])]


def test_frames_without_a_required_key_anywhere_are_a_changed_provider() -> None:
    renamed = {("mail" if name == "email" else name): value for name, value in worker(1).items()}
    with pytest.raises(Permanent) as caught:
        PROVIDER.frames("c", [page_of("workers", [renamed])], TODAY)
    assert (caught.value.code, fault_of(caught.value)) == (Code.PROVIDER_CHANGED, PullFault.KEYS_MISSING)


@pytest.mark.parametrize("page", [Page("workers", 1, b"[]"), Page("workers", 1, b"{"), Page("employees", 1, b'{"items":[]}')])
def test_frames_of_a_page_that_is_none_are_a_changed_provider(page: Page) -> None:
    with pytest.raises(Permanent) as caught:
        PROVIDER.frames("c", [page], TODAY)
    assert caught.value.code is Code.PROVIDER_CHANGED


def test_no_pages_are_empty_frames_with_every_column() -> None:
    frames = PROVIDER.frames("c", [], TODAY)
    assert (frames.identity.num_rows, frames.pay.num_rows, frames.components.num_rows) == (0, 0, 0)
    assert {"workerId", "relation", "absent"} <= set(frames.identity.column_names)
    assert {"employee_ref", "grossAmount"} <= set(frames.pay.column_names)
