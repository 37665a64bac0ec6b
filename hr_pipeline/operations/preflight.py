"""The report of `doctor`: whether this machine is ready, and what the first sync of a connection would meet.

Nothing is written: a connection's people are pulled into memory, planned in temporary tables and forgotten. Values of variables are never
told, only whether they are set. Source: synchronisation.md §2. May import: `adapters`, `domain`, this room.
"""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from importlib.metadata import version
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import pyarrow.compute as pc

from hr_pipeline.adapters.attention.settings import attention_settings
from hr_pipeline.adapters.environment import VARIABLES, Environment
from hr_pipeline.adapters.private_files import held_folder
from hr_pipeline.adapters.providers.protocol import Session
from hr_pipeline.adapters.store.connections import StoredConnection, stored_connection, stored_connections
from hr_pipeline.adapters.store.plan import Asked, Plan
from hr_pipeline.adapters.store.planning import planned_codes, plans
from hr_pipeline.adapters.store.staging import Stage
from hr_pipeline.domain.activation import matched_company
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection
from hr_pipeline.domain.quarantine import Failing
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.vat import VatNumber, vat_number
from hr_pipeline.operations.counting import Census, Subject, census, never_sent
from hr_pipeline.operations.pulling import Progress
from hr_pipeline.operations.retrying import failing
from hr_pipeline.operations.work_folder import work_folder
from hr_pipeline.operations.workplace import Workplace

LITTLE_DISK = 1024**3  # bytes; a night of a hundred thousand people lands about a tenth of it
PACKAGES = ("duckdb", "dagster", "pyarrow", "pandas", "pandera")


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    WARNING = "warning"  # it works; somebody should know
    FAILED = "failed"  # a sync would not go through
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: figures by name, and the refusal where one explains it."""

    name: str
    state: State
    figures: dict[str, object] = field(default_factory=dict)
    refusal: Refusal | None = None


def environment_report(environment: Environment) -> list[Check]:
    """Versions, folders and variables; all of it can be told before a store exists."""
    given = {variable.name: variable.name in environment.given for variable in VARIABLES}
    free = shutil.disk_usage(environment.home).free
    loopback = {name: _is_loopback(environment.value(name)) for name in ("SECUREX_BASE_URL", "PAYFIT_BASE_URL")}
    encrypted = environment.store_key is not None
    return [
        Check("python", State.OK, {"version": platform.python_version()}),
        Check("packages", State.OK, {name: version(name) for name in PACKAGES}),
        Check("home", State.OK if environment.home_is_private else State.WARNING, {"private": environment.home_is_private}),
        Check("disk", State.OK if free > LITTLE_DISK else State.WARNING, {"free_megabytes": free // 1024**2}),
        Check("encryption", State.OK if encrypted else State.INFO, {"on": encrypted}),
        Check("sandbox", State.INFO, {"securex": loopback["SECUREX_BASE_URL"], "payfit": loopback["PAYFIT_BASE_URL"]}),
        Check("variables", State.INFO, dict(given)),
        _attention(environment),
        _credential(environment, "securex"),
    ]


def store_report(work: Workplace) -> Check:
    """Whether the store opens, and what it holds."""
    try:
        with work.store.opened() as database:
            known = stored_connections(database)
    except Refusal as refusal:
        return Check("store", State.FAILED, refusal=refusal)
    return Check("store", State.OK, {"connections": len(known), "active": sum(one.connection.active for one in known)})


def connection_report(work: Workplace, connection_id: str, progress: Progress | None = None) -> Iterator[Check]:
    """What the next sync of a connection would meet, check by check; the first that fails ends the report.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `DISCONNECTED`.
    """
    with work.store.opened() as database:
        stored = stored_connection(database, connection_id)
        retry = next((one for one in failing(database) if one.connection_id == connection_id), None)
    if not stored.connection.active:
        raise Refusal(Code.DISCONNECTED, connection=connection_id)
    return _connection_checks(work, stored, retry, progress)


def _connection_checks(work: Workplace, stored: StoredConnection, retry: Failing | None, progress: Progress | None) -> Iterator[Check]:
    connection, provider = stored.connection, work.providers[stored.connection.provider]
    if retry is not None:
        told = retry.as_document(work.clock())
        yield Check(str(told.pop("state")), State.WARNING, told)
    name = "vat"
    try:
        vat = vat_number(connection.vat_number, provider.country)
        yield Check("vat", State.OK, {"vat_number": vat.canonical})
        name = "credential"
        session = provider.session(work.environment.secrets_for(connection.provider, connection.credential, connection.connection_id))
        try:
            name = "company"
            yield _company(session, connection, vat)
            name = "pages"
            on = work.today
            subject = Subject(connection.connection_id, connection.provider_company_id, stored.mapping, connection.settings, on)
            people = census(session, provider, subject, progress)
        finally:
            session.close()
        yield Check("pages", State.OK, {"pages": people.pulled.pages, "listed": people.pulled.employees, "announced_count_agrees": True})
        yield from _people_checks(stored, people)
        name = "plan"
        yield from _plan_checks(work, stored, people)
    except Refusal as refusal:
        named = type(refusal)(refusal.code, **{"provider": connection.provider, "connection": connection.connection_id, **refusal.params})
        yield Check(name, State.FAILED, refusal=named)


def _credential(environment: Environment, provider: str) -> Check:
    """Whether the partner's own credential is complete; only needed where a company of that provider is connected."""
    try:
        environment.secrets_for(provider, {"kind": "partner"})
    except Refusal as refusal:
        return Check(f"{provider}_credential", State.WARNING, refusal=refusal)
    return Check(f"{provider}_credential", State.OK)


def _attention(environment: Environment) -> Check:
    """Who is told when something gets worse; nobody, until a channel is set."""
    try:
        channels = attention_settings(environment).channels
    except Refusal as refusal:
        return Check("attention", State.FAILED, refusal=refusal)
    return Check("attention", State.OK if channels else State.INFO, {"channels": ", ".join(channels) or "none"})


def _company(session: Session, connection: Connection, vat: VatNumber) -> Check:
    """Whether the credential still opens the company, and no other one where it opens just one.

    Raises:
        Refusal: As `Session.companies` and `matched_company`.
    """
    opened = session.companies()
    one_only = connection.credential["kind"] != "partner"
    matched_company(opened, vat=vat, company_id=connection.provider_company_id, one_company_credential=one_only)
    return Check("company", State.OK, {"visible": True, "companies_opened": len(opened)})


def _people_checks(stored: StoredConnection, people: Census) -> Iterator[Check]:
    takes_part = people.in_scope
    count = takes_part.num_rows
    closed = never_sent(people.frames, stored.mapping)
    yield Check("scopes", State.WARNING if closed else State.OK, {"never_sent": closed})
    listed = people.judged.employees.num_rows
    yield Check("people", State.OK if count else State.WARNING, {"take_part": count, "out_of_scope": listed - count})
    for name in ("email", "phone"):
        if name in stored.mapping.rules:
            share = _share(count - takes_part[name].null_count, count)
            state = State.OK if share == 100 else State.WARNING if name == "email" else State.INFO  # nobody has to have a phone
            yield Check(name, state, {"share_pct": share})
    borne = takes_part.group_by("name_key").aggregate([([], "count_all")])
    several = borne.filter(pc.and_(pc.is_valid(borne["name_key"]), pc.greater(borne["count_all"], 1)))
    bearers = int(pc.sum(several["count_all"]).as_py() or 0)
    yield Check("names", State.WARNING if bearers else State.OK, {"borne_by_several": several.num_rows, "people": bearers})
    yield Check("pay", State.OK, {"pay_records": people.pay_records})
    for problem in people.problems():
        refusal = Refusal(problem.code, field=problem.field, rule=problem.rule, provider=stored.connection.provider)
        yield Check("data", State.WARNING, {"people": problem.people, "field": problem.field, "rejects": problem.blocking}, refusal)


def _plan_checks(work: Workplace, stored: StoredConnection, people: Census) -> Iterator[Check]:
    plan, conflicts = _planned(work, stored, people)
    told_apart = {"excluded": plan.counts.excluded, "out_of_scope": plan.counts.out_of_scope}  # one bucket of the plan
    figures = {
        name: count
        for bucket, people in plan.buckets.items()
        for name, count in (told_apart if bucket == "excluded" else {bucket: people}).items()
    }
    yield Check("plan", State.OK, {**figures, "missing": plan.counts.missing})
    for conflict in conflicts:
        refusal = Refusal(Code(conflict["code"]), field=conflict["field"], provider=stored.connection.provider)
        yield Check("conflicts", State.WARNING, {"people": conflict["people"]}, refusal)
    if plan.failure is not None:
        params = {**plan.detail, "plan": None, "provider": stored.connection.provider}  # this plan is not kept
        yield Check("hold", State.INFO, refusal=Refusal(plan.failure, **params))


def _planned(work: Workplace, stored: StoredConnection, people: Census) -> tuple[Plan, list[dict[str, Any]]]:
    """The plan of these people and its conflicts by code; neither is kept."""
    plan_id = work.new_id("plan", work.today)
    stage = Stage(work_folder(work, work.new_id("doctor", work.today)), work.store.key)
    with held_folder(stage.folder):
        try:
            counts = stage.write(0, people.judged, {stored.connection_id: stored.number})[stored.connection_id]
            with work.store.opened() as database:
                asked = Asked(stored, work.today, "none", "none", counts, plan_id)
                plan = plans(database, stage, 0, [asked])[0]
                return plan, [row for row in planned_codes(database) if row["outcome"] == "conflict"]
        finally:
            stage.remove()


def _share(part: int, whole: int) -> Decimal:
    """Per cent, one decimal; of nobody, everybody."""
    return Decimal(100) if not whole else (Decimal(100 * part) / whole).quantize(Decimal("0.1"))


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
