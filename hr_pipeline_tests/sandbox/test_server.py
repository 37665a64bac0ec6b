"""The running server: addresses, documentation offline, OpenAPI documents, concurrency, start and stop."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions
from hr_pipeline_tests.sandbox.callers import Caller

APPLICATIONS = ("securex", "payfit", "payfit-oauth")
NAMES = {
    *("SECUREX_BASE_URL", "SECUREX_TOKEN_URL", "SECUREX_CLIENT_ID", "SECUREX_CLIENT_SECRET"),
    *("SECUREX_SUBSCRIPTION_KEY", "SECUREX_SUBSCRIPTION_KEY_SECONDARY"),
    *("PAYFIT_BASE_URL", "PAYFIT_OAUTH_URL", "PAYFIT_CLIENT_ID", "PAYFIT_CLIENT_SECRET"),
}
SERVING = """
from hr_pipeline.sandbox import SandboxOptions, run
run(SandboxOptions(size=10), 0, lambda sandbox: print(sandbox.address, flush=True))
print("stopped", flush=True)
"""


def parts(node: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value of a document, at any depth."""
    if isinstance(node, dict):
        yield from node.items()
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(child)


def test_the_environment_has_every_variable_of_the_interfaces_page_and_a_key_for_each_payfit_company(demo: Caller) -> None:
    keys = {company.key_env for company in demo.sandbox.companies if company.key_env}
    assert demo.environment.keys() == NAMES | keys
    assert keys == {"PAYFIT_KEY_1", "PAYFIT_KEY_2", "PAYFIT_KEY_3"}
    assert {httpx.URL(value).host for name, value in demo.environment.items() if name.endswith("_URL")} == {"127.0.0.1"}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_documentation_page_needs_nothing_from_elsewhere(demo: Caller, application: str) -> None:
    page = demo.client.get(f"{demo.sandbox.address}/{application}/docs").text
    assets = re.findall(r"(?:src|href)=\"([^\"]+)\"|url: '([^']+)'", page)
    addresses = [one or other for one, other in assets]
    assert len(addresses) == 4
    for address in addresses:
        assert address.startswith(f"/{application}/")
        assert demo.client.get(demo.sandbox.address + address).status_code == 200
    assert "://" not in page


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_openapi_document_is_whole_and_of_a_version_the_page_displays(demo: Caller, application: str) -> None:
    document = demo.client.get(f"{demo.sandbox.address}/{application}/openapi.json").json()
    assert document["openapi"] == "3.0.3"
    assert document["servers"] == [{"url": f"/{application}"}]
    for name, value in parts(document):
        if name == "$ref":
            _, *path = value.split("/")
            target = document
            for step in path:
                target = target[step]
            assert target
        assert (name, value) != ("type", "null"), "3.0 knows no null type"
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)


@pytest.mark.parametrize(
    ("application", "path", "schema"),
    [
        ("securex", "/employers/410017/workers", "Page_WorkerRow_"),
        ("securex", "/employers/410017/remunerations", "Page_Remuneration_"),
        ("securex", "/employers/410017/salary-components", "Page_SalaryComponent_"),
        ("payfit", "/companies/{customer}/collaborators", "Collaborators"),
        ("payfit", "/companies/{customer}/contracts", "Contracts"),
        ("payfit", "/companies-fr/{customer}", "FrenchCompanyShape"),
    ],
)
def test_answers_have_exactly_the_keys_their_document_declares(demo: Caller, application: str, path: str, schema: str) -> None:
    assert demo.customer is not None
    document = demo.client.get(f"{demo.sandbox.address}/{application}/openapi.json").json()
    read = demo.securex if application == "securex" else demo.payfit
    answer = read(path.format(customer=demo.customer.company_id)).json()
    schemas = document["components"]["schemas"]
    assert schemas[schema]["properties"].keys() == answer.keys()
    for name, rows in answer.items():
        if isinstance(rows, list):
            row_schema = schemas[schemas[schema]["properties"][name]["items"]["$ref"].rpartition("/")[2]]
            assert all(row.keys() == row_schema["properties"].keys() for row in rows)


def test_pages_read_at_once_are_those_read_one_by_one() -> None:
    options = SandboxOptions(size=3_000, companies=1, securex_calls_per_second=None)
    with Sandbox(options) as sandbox, Caller(sandbox) as caller:
        alone = [caller.employer_list("workers", page=page).content for page in range(1, 16)]
        with ThreadPoolExecutor(16) as pool:
            together = list(pool.map(lambda page: caller.employer_list("workers", page=page).content, [*range(1, 16)] * 8))
        assert together == alone * 8
        assert sandbox.requests == {"securex token": 1, "securex workers": 15 * 9}


def test_an_unknown_path_and_a_wrong_method_get_the_provider_s_error(demo: Caller) -> None:
    assert demo.securex("/nowhere").json() == {"statusCode": 404, "message": "Not Found"}
    assert demo.payfit("/nowhere").json() == {"message": "Not Found"}
    assert demo.client.get(demo.environment["SECUREX_TOKEN_URL"]).status_code == 405


def test_a_port_that_is_taken_is_an_error_and_a_stopped_sandbox_frees_it() -> None:
    with Sandbox(SandboxOptions(size=10)) as sandbox:
        with pytest.raises(OSError, match="in use"), Sandbox(SandboxOptions(size=10), sandbox.port):
            raise AssertionError("two sandboxes on one port")
        port = sandbox.port
    with Sandbox(SandboxOptions(size=10), port) as again:
        assert again.port == port


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_serves_until_a_signal_and_leaves_cleanly(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().strip()
        assert httpx.get(f"{address}/payfit/openapi.json", trust_env=False).status_code == 200
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stdout.read() == "stopped\n"
        assert process.stderr.read() == ""
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", httpx.URL(address).port or 0)) != 0


def test_latency_is_waited_before_each_answer() -> None:
    with Sandbox(SandboxOptions(size=10, latency_seconds=0.2)) as sandbox, Caller(sandbox) as caller:
        caller.ask_token()
        assert caller.securex("/employers").elapsed.total_seconds() >= 0.2
