"""What counts as reaching a code: only the product's own doing, never that a test names it."""

import subprocess
import sys
from pathlib import Path

import duckdb

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.codes_reached import PRINTED, _of_store, never_reached, reached
from hr_pipeline_tests.operations.listed_provider import Office, worker
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import Platform

ROOT = Path(__file__).parents[1]

NAMING = """
from pathlib import Path
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import checked_connection_id
from hr_pipeline.domain.refusals import Refusal, Transient
from hr_pipeline_tests.codes_reached import listen, reached
listen()
Refusal(Code.DISK_FULL)
try:
    raise Transient(Code.PROVIDER_UNAVAILABLE)
except Refusal:
    pass
try:
    checked_connection_id("NOT AN ID")
except Refusal:
    pass
print(*reached(Path("nowhere")))
"""


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_a_refusal_made_by_the_package_counts_and_one_made_by_a_test_does_not() -> None:
    assert run("-c", NAMING).stdout.split() == ["UNKNOWN_CONNECTION"]


def test_what_a_sync_left_in_its_store_counts_and_a_locked_store_is_no_reason_to_fail(tmp_path: Path) -> None:
    for folder, key in (("plain", None), ("locked", "a-key-of-at-least-thirty-two-characters")):
        office = Office(tmp_path / folder, key=key)
        office.connect("securex-a")
        twice = [worker("w1"), worker("w2", email="w1@example.com"), worker("w3", gross=None), worker("w4", phone="02 555 01 00")]
        office.lists("securex-a", twice)
        sync(office.work, [("securex-a", office.today)], Trigger.NIGHTLY)
    assert reached(tmp_path / "plain") - reached(tmp_path / "locked") <= {"DUPLICATE_EMAIL", "PAY_MISSING", "PHONE_NO_PREFIX"}
    assert {"DUPLICATE_EMAIL", "PAY_MISSING", "PHONE_NO_PREFIX"} <= reached(tmp_path / "plain")


def test_what_people_are_made_up_with_does_not_count_and_what_is_decided_about_them_does(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect("securex-a")
    made_up = [person("w1", warnings=["FIELD_LOCKED"]), person("w2", reject_code="EMAIL_TAKEN", reject_field="email")]
    platform.night({"securex-a": [*made_up, person("w3"), person("w4", email="w3@example.com")]})
    with duckdb.connect() as engine:
        assert _of_store(engine, tmp_path / "store.duckdb") == {"DUPLICATE_EMAIL"}


def test_what_a_command_prints_counts_by_its_keys_alone() -> None:
    printed = '{"code": "SAME_NAME", "message": "TRANSFER", "held_by": "HELD_NEW", "cause": null}'
    assert PRINTED.findall(printed) == ["SAME_NAME", "HELD_NEW"]


def test_what_is_left_is_named() -> None:
    assert never_reached(set(map(str, Code)) - {"SAME_NAME", "TRANSFER"}) == ["SAME_NAME", "TRANSFER"]


def test_a_whole_run_that_misses_codes_fails_and_names_them_and_a_part_is_not_judged() -> None:
    alone = "hr_pipeline_tests/domain/test_activation.py"
    whole = run("-m", "pytest", "-q", "-o", f"testpaths={alone}")
    assert whole.returncode == 1
    assert "codes that no test reaches" in whole.stdout
    assert "TRANSFER" in whole.stdout
    assert "COMPANY_AMBIGUOUS" not in whole.stdout
    assert run("-m", "pytest", "-q", alone).returncode == 0
