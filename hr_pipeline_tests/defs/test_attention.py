"""The sensor that tells, on a real instance with real nights: one digest when something got worse, and silence otherwise."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from hr_pipeline.adapters.attention.settings import PREFIX
from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.applying import Attempt, Failure, record_failures
from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.defs.attention import OFF, attention
from hr_pipeline.defs.launching import SYNC, make_ready
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.adapters.attention.mail_server import Box, mail_server
from hr_pipeline_tests.adapters.providers.servers import Reply, ScriptedServer
from hr_pipeline_tests.defs.scene import Scene
from hr_pipeline_tests.defs.test_privacy import canaries


@dataclass
class Watch:
    """A scene, a mailbox, and the sensor with its cursor, whose clock runs `later` than ours."""

    scene: Scene
    box: Box
    cursor: str | None = None
    later: timedelta = timedelta()

    def work(self, **settings: str) -> Workplace:
        """The workplace of the sensor."""
        given = {"SMTP": f"smtp://127.0.0.1:{self.box.port}", "FROM": "hr@example.com", "TO": "ops@example.com", **settings}
        variables = {**self.scene.variables, **{f"{PREFIX}{name}": value for name, value in given.items()}}
        work = Workplace.current(Environment.current(variables, self.scene.home))
        return replace(work, clock=lambda: datetime.now(UTC) + self.later)

    def tick(self, work: Workplace | None = None) -> str:
        """What a tick says."""
        chosen = work or self.work()
        with self.scene.dagster() as instance:
            context = dg.build_sensor_context(
                instance=instance, cursor=self.cursor, resources={"surroundings": Surroundings(lambda: chosen)}
            )
            data = attention.evaluate_tick(context)
        self.cursor = data.cursor or self.cursor
        return str(data.skip_message)

    def gone_wrong(self) -> None:
        """A credential is refused."""
        now = datetime.now(UTC)
        with self.scene.database() as database:
            number = stored_connection(database, self.scene.ids[0]).number
            failure = Failure(number, now.date(), Code.CREDENTIAL_REFUSED, {})
            record_failures(database, [failure], Attempt(Trigger.NIGHTLY, now, "run-of-that-night"), now)

    @property
    def subjects(self) -> list[str]:
        """Of the mails that came."""
        return [str(mail["Subject"]) for mail in self.box.mails]


@pytest.fixture
def watch(fresh: Scene) -> Iterator[Watch]:
    with mail_server() as box:
        yield Watch(fresh, box)


@contextmanager
def unopenable(work: Workplace) -> Iterator[Workplace]:
    """The same workplace while somebody holds its store: who opens it would be told so."""
    with work.store.opened():
        yield work


def test_nights_are_told_once_each_only_when_they_brought_something_and_without_anybody_in_them(watch: Watch) -> None:
    watch.scene.night(1)
    assert watch.tick() == "Digest 1 went out by mail."
    first = watch.subjects[0]
    assert "quarantine" in first or "errors" in first or "questions" in first
    assert watch.tick() == "Nothing got worse."
    watch.scene.night(1)  # the same lists again
    assert [watch.tick(), watch.tick()] == ["Nothing got worse.", "Nothing got worse."]
    watch.scene.night(2)
    assert watch.tick() == "Digest 2 went out by mail."
    asked = watch.scene.rows("SELECT count(*) AS n FROM conflict WHERE state = 'open'")[0]["n"]
    told = watch.scene.rows("SELECT count(*) AS n FROM told WHERE kind = 'conflict'")[0]["n"]
    assert asked == told > 0
    for lost in (watch.cursor, None, "{}"):  # whatever becomes of the cursor
        watch.cursor = lost
        assert watch.tick() == "Nothing got worse."
    assert len(watch.box.mails) == 2
    assert_nobody_is_in("\n".join(f"{mail['Subject']}\n{mail.get_content()}" for mail in watch.box.mails), watch.scene)


def assert_nobody_is_in(said: str, scene: Scene) -> None:
    """No value of a person, and no id of one: the command says who is meant."""
    assert len(said) > 300
    ids = {row["external_id"] for row in scene.rows("SELECT external_id FROM outcome WHERE external_id IS NOT NULL")}
    assert len(ids) > 10
    assert {text for text in canaries(scene) if text in said} == set()
    assert {one for one in ids if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", said)} == set()


def test_a_mail_server_that_is_down_is_asked_again_and_the_digest_comes_exactly_once(watch: Watch) -> None:
    watch.gone_wrong()
    watch.box.busy = True
    assert watch.tick().startswith("Digest 1: The digest did not arrive by mail: response code 451.")
    assert watch.tick() == watch.tick() == "Nothing got worse."  # not before its time
    watch.later = timedelta(minutes=2)
    assert watch.tick().startswith("Digest 1: The digest did not arrive")
    watch.box.busy, watch.later, watch.cursor = False, timedelta(minutes=8), None
    assert watch.tick() == "Digest 1 went out by mail."
    assert [watch.tick(), watch.tick()] == ["Nothing got worse.", "Nothing got worse."]
    assert (len(watch.box.mails), watch.box.tries) == (1, 3)


def test_the_store_is_not_opened_as_long_as_nothing_was_written_to_it(watch: Watch) -> None:
    watch.gone_wrong()
    watch.tick()
    assert watch.tick() == "Nothing got worse."
    with unopenable(watch.work()) as work:
        assert watch.tick(work) == "Nothing got worse."
        watch.cursor = None
        assert watch.tick(work).startswith("The store is in use")


def test_a_digest_that_arrived_while_the_store_was_too_busy_to_be_told_is_not_sent_again(watch: Watch) -> None:
    watch.gone_wrong()
    watch.tick()
    with watch.scene.database() as database:  # as if the tick had not come to note it
        database.run("UPDATE digest_delivery SET next_at = made.at, sent_at = NULL FROM (SELECT now() - INTERVAL 1 HOUR AS at) AS made")
    seen = json.loads(str(watch.cursor))
    watch.cursor = json.dumps({**seen, "arrived": [[1, "mail", datetime.now(UTC).isoformat()]]})
    assert watch.tick() == "Nothing got worse."
    assert len(watch.box.mails) == 1
    assert watch.scene.rows("SELECT sent_at IS NOT NULL AS sent FROM digest_delivery") == [{"sent": True}]


def test_missed_nights_are_told_unless_the_night_s_own_run_is_under_way(watch: Watch) -> None:
    watch.gone_wrong()
    watch.tick()
    watch.later = timedelta(days=2)
    night = (datetime.now(UTC) + watch.later).date()
    with watch.scene.dagster() as instance:
        run = instance.create_run_for_job(job_def=SYNC, tags={"dagster/run_key": f"nightly-{night}"})
        other = instance.create_run_for_job(job_def=SYNC, tags={"dagster/run_key": f"nightly-{night - timedelta(days=1)}"})
    assert watch.tick() == "Nothing got worse."
    with watch.scene.dagster() as instance:
        instance.report_run_failed(run)
        instance.report_run_failed(other)
    watch.later += timedelta(days=1)
    assert watch.tick() == "Digest 2 went out by mail."
    assert watch.subjects[-1] == "hr-pipeline: night missed"


def test_until_a_channel_is_set_it_says_how_to_switch_it_on(watch: Watch) -> None:
    watch.gone_wrong()
    assert watch.tick(watch.scene.work()) == OFF
    assert watch.scene.rows("SELECT * FROM told") == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"SMTP": "ftp://127.0.0.1"}, f"{PREFIX}SMTP"),
        ({"FROM": ""}, f"{PREFIX}FROM"),
        ({"WEBHOOK": "http://hooks.example.com"}, f"{PREFIX}WEBHOOK"),
    ],
)
def test_what_is_set_wrongly_is_said_by_every_tick_and_before_dagster_starts(watch: Watch, wrong: dict[str, str], said: str) -> None:
    work = watch.work(**wrong)
    assert said in watch.tick(work)
    with pytest.raises(Refusal) as refused:
        make_ready(work)
    assert refused.value.code in (Code.INVALID_SETTING, Code.ENVIRONMENT_INCOMPLETE)


def test_mail_and_webhook_are_told_together_with_links_to_the_partitions(watch: Watch) -> None:
    posted: list[dict[str, Any]] = []

    def taken(seen: Any) -> Reply:
        posted.append(json.loads(seen.body))
        return Reply()

    with ScriptedServer(taken) as hook:
        watch.gone_wrong()
        work = watch.work(WEBHOOK=f"{hook.url}/hook", DAGSTER="https://hr.example.com", LANGUAGE="nl")
        assert watch.tick(work) == "Digest 1 went out by mail. Digest 1 went out by webhook."
    (document,) = posted
    assert document["text"].startswith(watch.subjects[0])
    (failed, *_) = [line for line in document["lines"] if line["kind"] in ("quarantine", "error")]
    partition = f"https://hr.example.com/assets/sync_run?view=partitions&partition={failed['connection_id']}%7C{failed['on']}"
    assert failed["url"] == partition
    assert partition in watch.box.mails[0].get_content()


def test_the_home_of_dagster_keeps_no_secret_of_a_channel(watch: Watch) -> None:
    watch.gone_wrong()
    watch.tick(watch.work(WEBHOOK="http://127.0.0.1:9/canary-token", WEBHOOK_SECRET="canary-secret-canary"))
    assert "canary" not in str(watch.cursor)
    files = [file for file in Path(watch.scene.home).rglob("*") if file.is_file()]
    assert [file.name for file in files if b"canary-" in file.read_bytes()] == []
