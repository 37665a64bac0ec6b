"""PayFit's adapter: whose token it is, what proves a list whole, and what its rows become."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from hr_pipeline.adapters.http import Pace
from hr_pipeline.adapters.providers.payfit import Payfit
from hr_pipeline.adapters.providers.payfit.consent import authorisation_url, granted_consent
from hr_pipeline.adapters.providers.protocol import Company, Page, Pulled
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.conform import conformed
from hr_pipeline.domain.connections import Settings
from hr_pipeline.domain.frames import PROVIDER_COMMON
from hr_pipeline.domain.mapping import mapping_problems
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline_tests.adapters.providers.fakes import COMPANY, QUICK, TOKEN, FakePayfit, Kept, collaborator, contract, fault_of, on_page
from hr_pipeline_tests.adapters.providers.servers import Reaction, Reply, Seen, document

PROVIDER = Payfit(patience=QUICK, pace=Pace(None))
TODAY = date(2026, 3, 1)
Row = dict[str, Any]


def pulled(server: FakePayfit, company: str = COMPANY) -> tuple[Pulled, list[Page]]:
    session = PROVIDER.session(server.secrets)
    sink = Kept()
    try:
        return session.pull(company, sink), sink.pages
    finally:
        session.close()


def refused(server: FakePayfit) -> Refusal:
    with pytest.raises(Refusal) as caught:
        pulled(server)
    assert TOKEN not in repr(caught.value)
    return caught.value


def page_of(resource: str, rows: list[Row]) -> Page:
    return Page(resource, 1, orjson.dumps({resource: rows, "meta": {"nextPageToken": None, "count": len(rows)}}))


def person(**changes: object) -> Row:
    """The one row of a snapshot with one collaborator."""
    rows: list[Row] = PROVIDER.frames(
        "c", [page_of("collaborators", [collaborator(1) | changes]), page_of("contracts", [])], TODAY
    ).identity.to_pylist()
    return rows[0]


def spans(*pairs: tuple[str, str | None]) -> list[Row]:
    return [{"id": str(number), "startDate": start, "endDate": end, "status": "?"} for number, (start, end) in enumerate(pairs)]


def test_the_company_of_a_token_has_the_vat_number_that_follows_from_its_siren() -> None:
    with FakePayfit() as server:
        session = PROVIDER.session(server.secrets)
        assert session.companies() == [Company(COMPANY, "Vélodrome Invention", "FR64443061841", "FR")]
        session.close()
    assert server.paths() == ["/oauth/introspect", f"/api/companies/{COMPANY}", f"/api/companies-fr/{COMPANY}"]
    assert orjson.loads(server.requests[0].body) == {"token": TOKEN}


@pytest.mark.parametrize("siren", [None, "123456789", "not a siren"])
def test_a_company_without_a_valid_siren_has_no_vat_number(siren: str | None) -> None:
    with FakePayfit() as server:
        server.siren = siren
        session = PROVIDER.session(server.secrets)
        assert [company.vat_number for company in session.companies()] == [None]
        session.close()


def test_a_company_elsewhere_is_not_asked_for_a_siren() -> None:
    with FakePayfit() as server:
        server.country = "ES"
        session = PROVIDER.session(server.secrets)
        assert session.companies() == [Company(COMPANY, "Vélodrome Invention", None, "ES")]
        session.close()
    assert len(server.requests) == 2


@pytest.mark.parametrize("said", [{}, {"id": "another-company", "name": "Ailleurs"}, {"id": COMPANY, "name": None}])
def test_a_company_that_is_not_described_is_a_changed_provider(said: Row) -> None:
    with FakePayfit() as server:
        server.meddle = lambda seen, usual: said if seen.path.endswith(COMPANY) else usual
        session = PROVIDER.session(server.secrets)
        with pytest.raises(Permanent) as caught:
            session.companies()
        session.close()
    assert (caught.value.code, fault_of(caught.value)) == (Code.PROVIDER_CHANGED, PullFault.SHAPE)


def test_a_whole_company_is_pulled_after_its_token_was_asked_whose_it_is() -> None:
    with FakePayfit(people=120) as server:
        result, pages = pulled(server)
    assert result == Pulled(pages=6, employees=120, pay_records=120, components=0)
    assert server.paths()[0] == "/oauth/introspect"
    assert server.asked("collaborators") == server.asked("contracts") == [None, "50", "100"]
    assert {seen.query["includeInProgressContracts"] for seen in server.requests[1:]} == {"true"}
    assert [(page.resource, page.number) for page in pages] == [(name, n) for n in (1, 2, 3) for name in ("collaborators", "contracts")]


def test_another_companys_token_stops_before_anything_is_read() -> None:
    with FakePayfit(people=3) as server:
        server.owner = "another-company"
        sink = Kept()
        session = PROVIDER.session(server.secrets)
        with pytest.raises(Permanent) as caught:
            session.pull(COMPANY, sink)
        session.close()
    assert (caught.value.code, caught.value.params["company"], sink.pages) == (Code.COMPANY_MISMATCH, COMPANY, [])
    assert server.paths() == ["/oauth/introspect"]


def test_a_token_that_is_no_longer_active_is_a_refused_credential_and_nothing_is_read() -> None:
    with FakePayfit(people=3) as server:
        server.active = False
        assert refused(server).code is Code.CREDENTIAL_REFUSED
        assert server.paths() == ["/oauth/introspect"]


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("place", ["introspect", "collaborators"])
def test_401_and_403_are_a_refused_credential(place: str, status: int) -> None:
    with FakePayfit(people=120) as server:
        server.meddle = lambda seen, said: document({}, status) if seen.path.endswith(place) else said
        refusal = refused(server)
    assert isinstance(refusal, Permanent)
    assert (refusal.code, refusal.params["status"]) == (Code.CREDENTIAL_REFUSED, status)
    assert len(server.asked(place)) == 1


@pytest.mark.parametrize("cursor", ["50", "100"])
@pytest.mark.parametrize("resource", ["collaborators", "contracts"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_credential_revoked_at_a_later_page_is_refused(resource: str, cursor: str, status: int) -> None:
    with FakePayfit(people=120) as server:
        server.meddle = on_page(resource, cursor, lambda said: document({}, status))
        assert refused(server).code is Code.CREDENTIAL_REFUSED


@pytest.mark.parametrize("said", [{}, {"active": True}, {"active": "yes", "company_id": COMPANY}, {"active": True, "company_id": 7}])
def test_an_introspection_of_unexpected_shape_is_a_changed_provider(said: Row) -> None:
    with FakePayfit() as server:
        server.meddle = lambda seen, usual: said if seen.path.endswith("introspect") else usual
        assert refused(server).code is Code.PROVIDER_CHANGED


def test_without_the_contracts_scope_people_are_read_and_their_pay_is_unknown_not_gone() -> None:
    with FakePayfit(people=60) as server:
        server.forbidden = {"contracts"}
        result, pages = pulled(server)
    assert result == Pulled(pages=2, employees=60, pay_records=0, components=0)
    frames = PROVIDER.frames("c", pages, TODAY)
    assert frames.pay.num_rows == 0
    assert frames.identity.column("absent").to_pylist() == [["standardWeeklyHours", "fullTimeEquivalent"]] * 60


def test_without_the_time_scope_the_hours_of_each_contract_are_absent() -> None:
    bare = [{name: value for name, value in contract(1).items() if name not in ("standardWeeklyHours", "fullTimeEquivalent")}]
    frames = PROVIDER.frames("c", [page_of("collaborators", [collaborator(1)]), page_of("contracts", bare)], TODAY)
    assert frames.pay.column("absent").to_pylist() == [["standardWeeklyHours", "fullTimeEquivalent"]]
    assert frames.identity.column("absent").to_pylist() == [None]


@pytest.mark.parametrize("end", [None, ""])
def test_a_list_may_end_with_a_null_an_empty_or_no_cursor(end: str | None) -> None:
    with FakePayfit(people=60) as server:
        server.ends_with = end
        assert pulled(server)[0].employees == 60
        server.meddle = lambda seen, said: (
            said | {"meta": {"count": said["meta"]["count"]}} if seen.query.get("nextPageToken") == "50" else said
        )
        assert pulled(server)[0].employees == 60


@pytest.mark.parametrize("silent", [True, False])
def test_a_list_may_end_with_an_empty_page(silent: bool) -> None:
    with FakePayfit(people=50) as server:
        server.ends_with = "50"
        if silent:
            server.meddle = on_page("collaborators", "50", lambda said: said | {"meta": {"nextPageToken": "50"}})
        result, _ = pulled(server)
    assert (result.employees, result.pages) == (50, 4)


def _counting(count: Callable[[Row], object]) -> Callable[[Seen, Row], Row]:
    def meddle(seen: Seen, said: Row) -> Row:
        return said | {"meta": said["meta"] | {"count": count(said)}} if "meta" in said else said

    return meddle


@pytest.mark.parametrize(("count", "people"), [(lambda said: 120, 120), (lambda said: None, 120), (lambda said: 7, 7)])
def test_a_count_may_be_the_lists_or_may_not_be_said(count: Callable[[Row], object], people: int) -> None:
    with FakePayfit(people=people) as server:
        server.meddle = _counting(count)
        assert pulled(server)[0].employees == people


@pytest.mark.parametrize(
    "count",
    [
        lambda said: 121,
        lambda said: 119,
        lambda said: len(next(iter(said.values()))) + 1,
        lambda said: 120 if len(next(iter(said.values()))) == 50 else 20,
        lambda said: None if len(next(iter(said.values()))) == 50 else 20,
        lambda said: str(len(next(iter(said.values())))),
    ],
)
def test_a_count_that_is_neither_a_pages_nor_the_lists_is_incomplete(count: Callable[[Row], object]) -> None:
    with FakePayfit(people=120) as server:
        server.meddle = _counting(count)
        refusal = refused(server)
    assert isinstance(refusal, Transient)
    assert (refusal.code, fault_of(refusal)) == (Code.SNAPSHOT_INCOMPLETE, PullFault.TOTAL_DIFFERS)


@pytest.mark.parametrize("resource", ["collaborators", "contracts"])
def test_fewer_rows_than_counted_are_incomplete(resource: str) -> None:
    with FakePayfit(people=120) as server:
        server.meddle = on_page(resource, "50", lambda said: said | {resource: said[resource][1:]})
        refusal = refused(server)
    assert (refusal.code, refusal.params["resource"], fault_of(refusal)) == (Code.SNAPSHOT_INCOMPLETE, resource, PullFault.TOTAL_DIFFERS)


@pytest.mark.parametrize("resource", ["collaborators", "contracts"])
@pytest.mark.parametrize("again", ["50", "100"])
def test_a_cursor_that_comes_twice_is_incomplete_not_an_endless_loop(resource: str, again: str) -> None:
    with FakePayfit(people=200) as server:
        server.meddle = on_page(resource, "100", lambda said: said | {"meta": said["meta"] | {"nextPageToken": again}})
        refusal = refused(server)
    assert (refusal.code, fault_of(refusal)) == (Code.SNAPSHOT_INCOMPLETE, PullFault.REPEATED_CURSOR)
    assert len(server.asked(resource)) == 3


@pytest.mark.parametrize("resource", ["collaborators", "contracts"])
def test_a_row_that_comes_twice_is_incomplete(resource: str) -> None:
    with FakePayfit(people=120) as server:
        server.rows[resource][70] = server.rows[resource][10]
        refusal = refused(server)
    assert (refusal.code, fault_of(refusal)) == (Code.SNAPSHOT_INCOMPLETE, PullFault.REPEATED_ROW)


def test_the_same_id_with_other_content_is_two_rows_of_a_whole_list() -> None:
    with FakePayfit(people=3) as server:
        server.rows["collaborators"][2] = collaborator(0, lastName="Lambert")
        assert pulled(server)[0].employees == 3


def test_contracts_of_another_company_are_incomplete() -> None:
    with FakePayfit(people=120) as server:
        server.rows["contracts"][80]["companyId"] = "another-company"
        refusal = refused(server)
    assert (refusal.code, fault_of(refusal)) == (Code.SNAPSHOT_INCOMPLETE, PullFault.OTHER_COMPANY)


def test_contracts_that_do_not_say_their_company_are_ours() -> None:
    with FakePayfit(people=3) as server:
        for row in server.rows["contracts"]:
            del row["companyId"]
        assert pulled(server)[0].pay_records == 3


UNEXPECTED: list[tuple[str, Callable[[str, Row], Row | Reaction], PullFault]] = [
    ("no list", lambda name, said: {key: value for key, value in said.items() if key != name}, PullFault.SHAPE),
    ("a list of texts", lambda name, said: said | {name: ["Zoé"]}, PullFault.SHAPE),
    ("null instead of a list", lambda name, said: said | {name: None}, PullFault.SHAPE),
    ("no meta", lambda name, said: {name: said[name]}, PullFault.SHAPE),
    ("a cursor that is a number", lambda name, said: said | {"meta": {"nextPageToken": 7}}, PullFault.SHAPE),
    ("a bare list", lambda name, said: Reply(orjson.dumps(said[name])), PullFault.SHAPE),
    ("html", lambda name, said: Reply(b"<html>"), PullFault.HTML),
    ("an empty object", lambda name, said: {}, PullFault.SHAPE),
]


@pytest.mark.parametrize("resource", ["collaborators", "contracts"])
@pytest.mark.parametrize(("change", "fault"), [case[1:] for case in UNEXPECTED], ids=[case[0] for case in UNEXPECTED])
def test_an_unexpected_shape_is_a_failed_read_never_an_empty_list(
    resource: str, change: Callable[[str, Row], Row | Reaction], fault: PullFault
) -> None:
    with FakePayfit(people=3) as server:
        server.meddle = lambda seen, said: change(resource, said) if seen.path.endswith(resource) else said
        refusal = refused(server)
    assert isinstance(refusal, Permanent)
    assert (refusal.code, refusal.params["resource"], fault_of(refusal)) == (Code.PROVIDER_CHANGED, resource, fault)


@pytest.mark.parametrize(
    ("resource", "key"),
    [("collaborators", "id"), ("collaborators", "emails"), ("collaborators", "contracts"), ("contracts", "collaboratorId")],
)
def test_a_key_missing_from_every_row_is_a_changed_provider_already_when_pulled(resource: str, key: str) -> None:
    with FakePayfit(people=60) as server:
        for row in server.rows[resource]:
            del row[key]
        refusal = refused(server)
    assert (refusal.code, fault_of(refusal)) == (Code.PROVIDER_CHANGED, PullFault.KEYS_MISSING)


def test_a_session_without_token_is_refused() -> None:
    with FakePayfit() as server:
        secrets = server.secrets | {"token": ""}
        with pytest.raises(Permanent) as caught:
            PROVIDER.session(secrets)
    assert caught.value.code is Code.ENVIRONMENT_INCOMPLETE


def test_addresses_are_production_unless_given() -> None:
    PROVIDER.session({"token": TOKEN}).close()
    with pytest.raises(Permanent) as caught:
        PROVIDER.session({"token": TOKEN, "oauth_url": "http://oauth.payfit.com"})
    assert (caught.value.code, caught.value.params["setting"]) == (Code.ADDRESS_REFUSED, "PAYFIT_OAUTH_URL")


def test_the_default_mapping_can_be_used_with_the_fields_there_are() -> None:
    assert mapping_problems(PROVIDER.default_mapping, PROVIDER.fields) == []


def test_a_collaborator_becomes_one_row_of_text() -> None:
    assert person() == {
        "connection_id": "c",
        "row": 0,
        "absent": None,
        "retyped": None,
        "id": "person-1",
        "matricule": "0001",
        "firstName": "Zoé",
        "lastName": "Lefèvre 1",
        "birthName": "Martin",
        "birthDate": "1991-03-07",
        "terminationDate": None,
        "teamName": "Ops",
        "email.professional": "Zoe.1@Example.com",
        "email.personal": "zoe.1@example.org",
        "email.unknown": None,
        "phone.professional": None,
        "phone.personal": "06 12 34 56 78",
        "phone.unknown": None,
        "contract.startDate": "2020-03-02",
        "contract.endDate": None,
        "relation": "employee",
    }


def test_the_first_of_a_kind_counts_and_kinds_we_do_not_know_are_unknown() -> None:
    row = person(
        emails=[
            {"type": "personal", "email": "first@example.org"},
            {"type": "personal", "email": "second@example.org"},
            {"type": "holiday", "email": "beach@example.org"},
        ],
        phoneNumbers=[],
    )
    assert (row["email.professional"], row["email.personal"], row["email.unknown"]) == (None, "first@example.org", "beach@example.org")
    assert (row["phone.personal"], row["absent"]) == (None, None)


def test_somebody_without_any_contract_is_an_administrator() -> None:
    empty: list[Row] = []
    for row in (person(contracts=empty), person(contracts=None)):
        assert (row["relation"], row["contract.startDate"], row["absent"], row["retyped"]) == ("administrator", None, None, None)


@pytest.mark.parametrize(
    ("contracts", "start", "end"),
    [
        (spans(("2019-09-01", "2020-02-29"), ("2020-03-02", None)), "2020-03-02", None),
        (spans(("2020-03-02", None), ("2019-09-01", "2020-02-29")), "2020-03-02", None),
        (spans(("2019-09-01", "2026-03-01"), ("2026-03-02", None)), "2019-09-01", None),
        (spans(("2019-09-01", "2026-02-28"), ("2026-03-01", None)), "2026-03-01", None),
        (spans(("2019-09-01", "2026-06-30")), "2019-09-01", "2026-06-30"),
        (spans(("2026-04-01", None)), "2026-04-01", None),
        (spans(("2018-01-01", "2018-12-31"), ("2026-04-01", None), ("2026-05-01", None)), "2026-04-01", None),
        (spans(("2026-04-01", "2026-04-30"), ("2026-06-01", None)), "2026-04-01", None),
        (spans(("2018-01-01", "2018-12-31"), ("2017-01-01", "2019-06-30")), "2017-01-01", "2019-06-30"),
        (spans(("2020-01-01", None), ("2024-01-01", "2026-12-31")), "2024-01-01", "2026-12-31"),
    ],
    ids=[
        "rehired",
        "any order",
        "last day",
        "first day",
        "fixed term",
        "to come",
        "earliest to come",
        "two to come",
        "latest ended",
        "two at once",
    ],
)
def test_the_contract_that_counts_is_the_running_one_else_the_next_else_the_last(contracts: list[Row], start: str, end: str | None) -> None:
    row = person(contracts=contracts)
    assert (row["contract.startDate"], row["contract.endDate"], row["relation"]) == (start, end, "employee")


@pytest.mark.parametrize(
    ("missing", "absent"),
    [
        ("matricule", ["matricule"]),
        ("emails", ["email.professional", "email.personal", "email.unknown"]),
        ("phoneNumbers", ["phone.professional", "phone.personal", "phone.unknown"]),
        ("contracts", ["contract.startDate", "contract.endDate", "relation"]),
    ],
)
def test_what_was_not_sent_is_absent_and_not_null(missing: str, absent: list[str]) -> None:
    rows = [collaborator(1), {name: value for name, value in collaborator(2).items() if name != missing}]
    table = PROVIDER.frames("c", [page_of("collaborators", rows), page_of("contracts", [])], TODAY).identity
    assert table.column("absent").to_pylist() == [None, absent]
    assert [table.column(name).to_pylist()[1] for name in absent] == [None] * len(absent)
    assert table.column("lastName").to_pylist() == ["Lefèvre 1", "Lefèvre 2"]


@pytest.mark.parametrize(
    ("changes", "retyped"),
    [
        ({"lastName": {"value": "Lefèvre"}}, ["lastName"]),
        ({"emails": {"professional": "zoe@example.com"}}, ["email.professional", "email.personal", "email.unknown"]),
        ({"emails": ["zoe@example.com"]}, ["email.professional", "email.personal", "email.unknown"]),
        ({"emails": [{"type": "personal", "email": {"value": "zoe@example.org"}}]}, ["email.personal"]),
        ({"emails": [{"email": "zoe@example.org"}]}, ["email.professional", "email.personal", "email.unknown"]),
        ({"phoneNumbers": "06 12 34 56 78"}, ["phone.professional", "phone.personal", "phone.unknown"]),
        ({"contracts": {}}, ["contract.startDate", "contract.endDate", "relation"]),
        ({"contracts": ["2020-03-02"]}, ["contract.startDate", "contract.endDate", "relation"]),
        ({"contracts": [*spans(("2020-01-01", None)), {"startDate": None}]}, ["contract.startDate", "contract.endDate", "relation"]),
        ({"contracts": [{"startDate": ["2020-01-01"], "endDate": None}]}, ["contract.startDate"]),
    ],
)
def test_what_is_no_scalar_is_named_and_the_rest_of_the_row_stays(changes: Row, retyped: list[str]) -> None:
    row = person(**changes)
    assert row["retyped"] == retyped
    assert [row[name] for name in retyped] == [None] * len(retyped)
    assert (row["id"], row["birthName"], row["absent"]) == ("person-1", "Martin", None)


def test_contracts_become_pay_rows_with_numbers_as_they_were_written() -> None:
    rows = [contract(1), contract(2, standardWeeklyHours=30.4, fullTimeEquivalent=1, endDate="2026-12-31")]
    frames = PROVIDER.frames("c", [page_of("contracts", rows), page_of("collaborators", [collaborator(1)])], TODAY)
    assert [{name: row[name] for name in frames.pay.column_names[4:]} for row in frames.pay.to_pylist()] == [
        {
            "employee_ref": "person-1",
            "standardWeeklyHours": "28",
            "fullTimeEquivalent": "0.8",
            "contract.startDate": "2020-03-02",
            "contract.endDate": None,
        },
        {
            "employee_ref": "person-2",
            "standardWeeklyHours": "30.4",
            "fullTimeEquivalent": "1",
            "contract.startDate": "2020-03-02",
            "contract.endDate": "2026-12-31",
        },
    ]
    for table, group in ((frames.identity, "identity"), (frames.pay, "pay"), (frames.components, "component")):
        assert set(table.column_names) - {"employee_ref"} == {
            *PROVIDER_COMMON.names,
            *(f.name for f in PROVIDER.fields if f.group == group),
        }


def test_a_contract_without_a_last_day_lasts_until_the_next_one_to_come_begins() -> None:
    listed = {
        "open beside one to come": ([("2020-03-02", None), ("2027-01-01", None)], ["2026-12-31", None]),
        "two to come": ([("2027-06-01", None), ("2020-03-02", None), ("2027-01-01", None)], [None, "2026-12-31", "2027-05-31"]),
        "ended before the next": ([("2020-03-02", "2026-10-31"), ("2027-01-01", None)], ["2026-10-31", None]),
        "two at once that have begun": ([("2020-03-02", None), ("2021-03-01", None)], [None, None]),
        "the same first day": ([("2027-01-01", None), ("2027-01-01", None)], [None, None]),
        "a start that is no date": ([("2020-03-02", None), ("soon", None)], [None, None]),
    }
    rows = [
        contract(1, collaboratorId=who, startDate=start, endDate=end) for who, (spans_of, _) in listed.items() for start, end in spans_of
    ]
    table = PROVIDER.frames("c", [page_of("contracts", rows), page_of("collaborators", [collaborator(1)])], TODAY).pay
    ends: dict[str, list[str | None]] = {}
    for row in table.to_pylist():
        ends.setdefault(row["employee_ref"], []).append(row["contract.endDate"])
    assert ends == {who: expected for who, (_, expected) in listed.items()}


def test_a_full_time_contract_to_come_beside_an_open_one_contradicts_nothing_and_is_announced() -> None:
    rows = [contract(1, fullTimeEquivalent=0.8), contract(1, fullTimeEquivalent=1, standardWeeklyHours=35, startDate="2027-01-01")]
    frames = PROVIDER.frames("c", [page_of("contracts", rows), page_of("collaborators", [collaborator(1)])], TODAY)
    found = conformed(frames, PROVIDER.default_mapping, {"c": Settings()}, TODAY)
    assert "PAY_CONTRADICTORY" not in found.problems["code"].to_pylist()
    dated = [(str(one["effective_from"]), str(one["effective_to"]), one["weekly_hours"]) for one in found.periods.to_pylist()]
    assert dated == [("2020-03-02", "2026-12-31", Decimal("28.00")), ("2027-01-01", "None", Decimal("35.00"))]


def test_frames_without_a_required_key_anywhere_are_a_changed_provider() -> None:
    renamed = {("name" if name == "lastName" else name): value for name, value in collaborator(1).items()}
    with pytest.raises(Permanent) as caught:
        PROVIDER.frames("c", [page_of("collaborators", [renamed])], TODAY)
    assert (caught.value.code, fault_of(caught.value)) == (Code.PROVIDER_CHANGED, PullFault.KEYS_MISSING)


@pytest.mark.parametrize("page", [Page("collaborators", 1, b"[]"), Page("contracts", 1, b"{"), Page("people", 1, b'{"people":[]}')])
def test_frames_of_a_page_that_is_none_are_a_changed_provider(page: Page) -> None:
    with pytest.raises(Permanent) as caught:
        PROVIDER.frames("c", [page], TODAY)
    assert caught.value.code is Code.PROVIDER_CHANGED


def test_the_consent_address_asks_for_reading_only() -> None:
    address = authorisation_url({"client_id": "client"}, redirect_uri="http://127.0.0.1:4711/callback", state="s&t")
    parts, query = urlsplit(address), parse_qs(urlsplit(address).query)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "oauth.payfit.com", "/authorize")
    assert query["client_id"] == ["client"]
    assert query["redirect_uri"] == ["http://127.0.0.1:4711/callback"]
    assert query["response_type"] == ["code"]
    assert query["state"] == ["s&t"]
    assert "contracts:read" in query["scope"][0].split(" ")
    assert "write" not in query["scope"][0]


def test_a_code_is_exchanged_for_a_token_once() -> None:
    with FakePayfit() as server:
        consent = granted_consent(server.secrets, code="one-use", redirect_uri="http://127.0.0.1:4711/callback", patience=QUICK)
    assert (consent.token, consent.company_id, consent.seconds) == (TOKEN, COMPANY, 3600.0)
    assert TOKEN not in repr(consent)
    assert server.requests[0].form == {
        "grant_type": "authorization_code",
        "client_id": "client",
        "client_secret": "client-secret",
        "code": "one-use",
        "redirect_uri": "http://127.0.0.1:4711/callback",
    }


@pytest.mark.parametrize(
    ("reaction", "code"),
    [
        (document({"error": "invalid_grant"}, 400), Code.CREDENTIAL_REFUSED),
        (document({"error": "invalid_client"}, 401), Code.CREDENTIAL_REFUSED),
        (document({"access_token": None}), Code.PROVIDER_CHANGED),
        (document([]), Code.PROVIDER_CHANGED),
        (Reply(status=503), Code.PROVIDER_UNAVAILABLE),
        (Reply(status=404), Code.PROVIDER_CHANGED),
    ],
)
def test_a_code_that_is_not_exchanged_is_refused_and_not_sent_again(reaction: Reaction, code: Code) -> None:
    with FakePayfit() as server:
        server.meddle = lambda seen, said: reaction
        with pytest.raises(Refusal) as caught:
            granted_consent(server.secrets, code="one-use", redirect_uri="http://127.0.0.1:4711/callback", patience=QUICK)
        assert "one-use" not in repr(caught.value)
    assert (caught.value.code, len(server.requests)) == (code, 1)


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_consent_without_the_applications_credential_names_the_variable(missing: str) -> None:
    with FakePayfit() as server, pytest.raises(Permanent) as caught:
        granted_consent(server.secrets | {missing: ""}, code="one-use", redirect_uri="http://127.0.0.1:4711/callback")
    assert (caught.value.code, caught.value.params["variables"]) == (Code.ENVIRONMENT_INCOMPLETE, f"PAYFIT_{missing.upper()}")
