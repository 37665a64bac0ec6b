"""What is told, night after night: what got worse, once; and what becomes of a digest that does not arrive."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.attention.settings import PREFIX, Attention, MailBox, attention_settings
from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.attention import waiting_parcels
from hr_pipeline.adapters.store.conflicts import Answer, decide
from hr_pipeline.adapters.store.connections import change_connection, stored_connection
from hr_pipeline.adapters.store.leases import take_leases
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Permanent, Transient
from hr_pipeline.operations.attention import Look, looked, noted, sent, taken, to_tell
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.adapters.attention.mail_server import Box, mail_server, talking_server
from hr_pipeline_tests.adapters.providers.servers import Reply, ScriptedServer, Seen
from hr_pipeline_tests.operations.listed_provider import Listing, Office, worker

A, B = "securex-a", "payfit-b"
REFUSED = Permanent(Code.CREDENTIAL_REFUSED, provider="payfit")
AWAY = Transient(Code.PROVIDER_UNAVAILABLE, provider="payfit", attempts=4)
SAME_ADDRESS = [worker("w1"), worker("w2", email="w1@example.com")]


@dataclass
class Desk:
    """An office with two companies, a mailbox and a webhook, and somebody who looks."""

    office: Office
    box: Box
    hook: ScriptedServer
    posted: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    @property
    def settings(self) -> Attention:
        given = {
            "SMTP": f"smtp://127.0.0.1:{self.box.port}",
            "FROM": "hr@example.com",
            "TO": "ops@example.com",
            "WEBHOOK": f"{self.hook.url}/hook",
        }
        return attention_settings(Environment.current({f"{PREFIX}{name}": value for name, value in given.items()}, self.office.folder))

    def night(self, *connection_ids: str, trigger: Trigger = Trigger.NIGHTLY, **lists: Listing | Exception) -> None:
        """A sync, then a minute goes by; `a` and `b` say what the companies list."""
        for name, listing in lists.items():
            self.office.lists({"a": A, "b": B}[name], listing)
        sync(self.office.work, [(one, self.office.today) for one in connection_ids or (A, B)], trigger)
        self.office.now += timedelta(minutes=1)

    def look(self, settings: Attention | None = None) -> Look:
        """One look, and what is due is sent."""
        chosen = settings or self.settings
        work = self.office.work
        with work.store.opened() as database:
            look = looked(database, chosen, self.office.now, lambda _: False)
        for parcel in look.parcels:
            with work.store.opened() as database:
                assert taken(database, parcel, self.office.now)
            attempt = sent(chosen, parcel, work.clock)
            with work.store.opened() as database:
                noted(database, [attempt])
        return look

    def told(self) -> list[tuple[str, str | None, str | None, int]]:
        """What a look tells: (kind, connection, code, how many) of each line; nothing when it is silent."""
        before = len(self.posted)
        self.look()
        return [
            (line["kind"], line["connection_id"], line["code"], line["times"])
            for document in self.posted[before:]
            for line in document["lines"]
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        box = stack.enter_context(mail_server())

        def taken(seen: Seen) -> Reply:
            if made.status == 200:
                made.posted.append(json.loads(seen.body))
            return Reply(status=made.status)

        hook = stack.enter_context(ScriptedServer(taken))
        made = Desk(Office(tmp_path), box, hook)
        made.office.connect(A)
        made.office.connect(B)
        made.office.lists(A, [worker("w1")])
        made.office.lists(B, [worker("p1")])
        yield made


def test_a_good_night_is_silent_and_writes_nothing(desk: Desk) -> None:
    desk.night()
    stamp = desk.office.work.store.stamp
    assert desk.told() == []
    assert (desk.office.work.store.stamp, desk.box.mails, desk.posted) == (stamp, [], [])


def test_one_night_is_one_digest_by_each_channel_and_what_stays_is_not_told_again(desk: Desk) -> None:
    desk.night(a=[*SAME_ADDRESS, worker("w3", start_date=None), worker("w4")], b=REFUSED)
    assert desk.told() == [
        ("quarantine", B, "CREDENTIAL_REFUSED", 1),
        ("conflict", A, "DUPLICATE_EMAIL", 2),
        ("rejected", A, "FIELD_MISSING", 1),
    ]
    assert [desk.told() for _ in range(3)] == [[], [], []]
    desk.office.tomorrow()
    desk.night()
    assert desk.told() == []
    assert (len(desk.box.mails), len(desk.posted)) == (1, 1)
    assert desk.box.mails[0]["Subject"] == "hr-pipeline: quarantine 1, questions 2, employees rejected 1"
    assert desk.posted[0]["text"].splitlines()[0] == desk.box.mails[0]["Subject"]


def test_only_what_is_new_is_told_beside_what_stays(desk: Desk) -> None:
    desk.night(a=[*SAME_ADDRESS, worker("w4")])
    assert desk.told() == [("conflict", A, "DUPLICATE_EMAIL", 2)]
    desk.night(a=[*SAME_ADDRESS, worker("w4"), worker("w5", email="w1@example.com"), worker("w6", start_date=None)])
    assert desk.told() == [("conflict", A, "DUPLICATE_EMAIL", 1), ("rejected", A, "FIELD_MISSING", 1)]


def test_a_conflict_that_closes_is_not_told_and_one_that_is_asked_again_is(desk: Desk) -> None:
    desk.night(a=SAME_ADDRESS)
    assert len(desk.told()) == 2  # and that nobody of the company went through
    desk.night(a=[worker("w1"), worker("w2")])
    assert desk.told() == []
    desk.night(a=SAME_ADDRESS)
    assert ("conflict", A) in [line[:2] for line in desk.told()]


def test_a_question_that_was_deferred_and_is_asked_again_is_told_again_without_a_look_in_between(desk: Desk) -> None:
    desk.night(a=[*SAME_ADDRESS, worker("w4")])
    assert desk.told() == [("conflict", A, "DUPLICATE_EMAIL", 2)]
    with desk.office.work.store.opened() as database:
        number = database.value("SELECT conflict_no FROM conflict WHERE external_id = 'w2'")
        decide(database, number, Answer(Choice.DEFER, "Ann"), desk.office.today, desk.office.now)
    changed = worker("w2", last_name="Anders", email="w1@example.com")
    desk.night(a=[worker("w1"), changed, worker("w4"), worker("w5", email="w1@example.com")])
    assert desk.office.rows("SELECT state FROM conflict WHERE conflict_no = ?", [number]) == [{"state": "open"}]
    assert desk.told() == [("conflict", A, "DUPLICATE_EMAIL", 2)]  # that one and the new one; the third was told and stays


def test_quarantine_has_one_notice_on_entry_and_one_on_exit(desk: Desk) -> None:
    desk.night(b=REFUSED)
    assert desk.told() == [("quarantine", B, "CREDENTIAL_REFUSED", 1)]
    for _ in range(3):
        desk.office.now += timedelta(hours=6)
        desk.night(B, trigger=Trigger.RETRY)
        assert desk.told() == []
    desk.night(B, trigger=Trigger.MANUAL, b=[worker("p1")])
    assert desk.told() == [("recovered", B, None, 1)]
    assert desk.told() == []
    desk.night(b=REFUSED)
    assert desk.told() == [("quarantine", B, "CREDENTIAL_REFUSED", 1)]


def test_a_quarantine_that_nobody_was_told_of_ends_in_silence(desk: Desk) -> None:
    desk.night(b=REFUSED)
    desk.night(B, trigger=Trigger.MANUAL, b=[worker("p1")])
    assert desk.told() == []


def test_an_error_is_told_once_then_the_quarantine_it_became_then_its_end(desk: Desk) -> None:
    told = []
    for _ in range(6):
        desk.night(B, trigger=Trigger.RETRY, b=AWAY)
        told += desk.told()
    assert told == [("error", B, "PROVIDER_UNAVAILABLE", 1), ("quarantine", B, "PROVIDER_UNAVAILABLE", 1)]
    desk.night(B, b=[worker("p1")])
    assert desk.told() == [("recovered", B, None, 1)]


def test_a_stopped_connection_is_told_of_no_more(desk: Desk) -> None:
    desk.night(a=SAME_ADDRESS, b=REFUSED)
    assert desk.told()
    with desk.office.work.store.opened() as database:
        change_connection(database, replace(stored_connection(database, B).connection, active=False))
    desk.night(A)
    assert desk.told() == []


def test_a_hold_is_told_once_and_another_hold_again(desk: Desk) -> None:
    everybody = [worker(f"w{n}") for n in range(20)]
    desk.night(A, a=everybody)
    desk.told()
    desk.night(A, a=everybody[:10])
    assert desk.told() == [("hold", A, "HELD_MISSING", 1)]
    desk.night(A)
    assert desk.told() == []
    desk.night(A, a=everybody)
    assert desk.told() == []
    desk.night(A, a=everybody[:10])
    assert desk.told() == [("hold", A, "HELD_MISSING", 1)]


def test_a_plan_that_waits_for_its_review_is_told(desk: Desk) -> None:
    desk.office.connect("securex-new", settings=Settings())
    desk.office.lists("securex-new", [worker("n1")])
    desk.night("securex-new")
    assert desk.told() == [("review", "securex-new", "HELD_REVIEW", 1)]
    desk.night("securex-new")
    assert desk.told() == []


def test_an_employee_whose_pay_is_held_is_told_by_number_only(desk: Desk) -> None:
    desk.night(A, a=[worker(f"w{n}") for n in range(9)])
    desk.told()
    desk.night(A, a=[worker("w0", gross="5000.00"), *(worker(f"w{n}") for n in range(1, 9))])
    assert desk.told() == [("held_employee", A, "HELD_GROSS", 1)]
    desk.night(A)
    assert desk.told() == []


def test_a_provider_that_is_away_for_a_night_makes_nobody_s_rejection_new_again(desk: Desk) -> None:
    listed = [worker("w1"), worker("w2"), worker("w3", start_date=None), worker("w4")]
    desk.night(A, a=listed)
    assert desk.told() == [("rejected", A, "FIELD_MISSING", 1)]
    desk.night(A, a=AWAY)
    assert desk.told() == [("error", A, "PROVIDER_UNAVAILABLE", 1)]
    desk.night(A, a=listed)
    assert desk.told() == []


def test_a_night_that_nothing_ran_is_told_once(desk: Desk) -> None:
    desk.night()
    desk.told()
    desk.office.now += timedelta(days=3)
    assert desk.told() == [("missed_night", None, None, 2)]
    assert desk.told() == []
    desk.night()
    assert desk.told() == []


def test_while_a_sync_goes_on_nothing_is_told_and_afterwards_everything(desk: Desk) -> None:
    desk.night(b=REFUSED)
    with desk.office.work.store.opened() as database:
        take_leases(database, [stored_connection(database, A).number], "somebody", None, desk.office.now)
    assert desk.look().is_syncing
    assert desk.posted == []
    with desk.office.work.store.opened() as database:
        database.run("DELETE FROM lease")
    assert len(desk.told()) == 1


def test_a_digest_that_did_not_arrive_is_sent_again_until_it_has_and_the_other_channel_is_not_troubled(desk: Desk) -> None:
    desk.night(b=REFUSED)
    desk.status = 503
    desk.box.busy = True
    desk.look()
    desk.box.busy = False
    for minutes in (1, 4, 2, 14, 61):  # after 1, 5, 15 minutes and an hour; in between nothing is due
        desk.office.now += timedelta(minutes=minutes)
        desk.look()
    assert (len(desk.box.mails), desk.box.tries) == (1, 2)
    waiting = desk.office.rows("SELECT channel, attempts, code, detail FROM digest_delivery WHERE next_at IS NOT NULL")
    assert [(row["channel"], row["code"]) for row in waiting] == [("webhook", "DIGEST_UNDELIVERED")]
    assert waiting[0]["attempts"] == len(desk.hook.requests) == 4
    desk.status = 200
    desk.office.now += timedelta(hours=4)
    desk.look()
    desk.look()
    assert (len(desk.posted), len({seen.headers["x-hr-pipeline-digest"] for seen in desk.hook.requests})) == (1, 1)


@pytest.mark.parametrize("answer", [b"334 a", b"334 \xff\xfe", b"334 " + b"=" * 400], ids=["half a letter", "no letters", "padding"])
def test_a_mail_server_that_answers_nonsense_keeps_nothing_from_the_webhook(desk: Desk, answer: bytes) -> None:
    desk.night(b=REFUSED)
    with talking_server([b"220 hello", b"250-hello\r\n250 AUTH CRAM-MD5", answer]) as port:
        box = MailBox("127.0.0.1", port, "never", "hr@example.com", ("ops@example.com",), "ops", "invented password")
        for _ in range(3):
            desk.look(replace(desk.settings, mail=box))
            desk.office.now += timedelta(minutes=10)
    assert len(desk.posted) == 1
    [mail] = desk.office.rows("SELECT channel, attempts, code FROM digest_delivery WHERE next_at IS NOT NULL")
    assert (mail["channel"], mail["code"]) == ("mail", "DIGEST_UNDELIVERED")
    assert mail["attempts"] >= 2


def test_a_failure_of_no_kind_we_know_is_told_by_its_kind_and_the_other_channel_has_its_turn(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.night(b=REFUSED)
    broken = MailBox("127.0.0.1", desk.box.port, "never", "hr@example.com", ("canary\udc80@example.com",))  # no socket takes that
    desk.look(replace(desk.settings, mail=broken))
    assert len(desk.posted) == 1
    with desk.office.work.store.opened() as database:
        [waiting] = waiting_parcels(database)
    assert (waiting.channel, waiting.attempts) == ("mail", 1)
    said = explained(Transient(Code.DIGEST_UNDELIVERED, **(waiting.detail or {})), "en").message
    assert said == "The digest did not arrive by mail: an unforeseen failure (UnicodeEncodeError)."
    assert "canary" not in caplog.text
    assert "UnicodeEncodeError at " in caplog.text


def test_what_happens_while_a_channel_is_down_arrives_afterwards_in_its_order(desk: Desk) -> None:
    desk.status = 500
    desk.night(b=REFUSED)
    desk.look()
    desk.night(a=SAME_ADDRESS)
    desk.look()
    desk.status = 200
    for _ in range(4):
        desk.office.now += timedelta(hours=1)
        desk.look()
    assert [list(document["counts"]) for document in desk.posted] == [["quarantine"], ["error", "conflict"]]
    assert len(desk.box.mails) == 2


def test_a_process_that_dies_while_sending_sends_the_same_message_after_the_pause(desk: Desk) -> None:
    desk.night(b=REFUSED)
    with desk.office.work.store.opened() as database:
        (mail, hook) = looked(database, desk.settings, desk.office.now, lambda _: False).parcels
        assert taken(database, mail, desk.office.now)
        assert not taken(database, mail, desk.office.now)  # somebody is sending it right now
        assert [(parcel.channel, parcel.attempts) for parcel in waiting_parcels(database)] == [("mail", 1), ("webhook", 0)]
    assert [parcel.channel for parcel in desk.look().parcels] == [hook.channel]  # whose turn had not come
    assert (len(desk.box.mails), len(desk.posted)) == (0, 1)
    desk.office.now += timedelta(minutes=1)
    desk.look()
    assert [one["Message-ID"] for one in desk.box.mails] == [f"<{mail.message_id}@hr-pipeline.invalid>"]


def test_a_channel_that_is_switched_off_is_not_told_of_old_times_when_it_is_on_again(desk: Desk) -> None:
    desk.night(b=REFUSED)
    desk.status = 500
    desk.look()
    desk.look(replace(desk.settings, webhook=None))
    desk.status = 200
    desk.office.now += timedelta(days=100)
    assert all(line[0] == "missed_night" for line in desk.told())


def test_looking_without_telling_writes_nothing_and_says_the_same(desk: Desk) -> None:
    desk.night(b=REFUSED)
    work = desk.office.work
    stamp = work.store.stamp
    with work.store.opened() as database:
        shown = [to_tell(database, desk.office.now, lambda _: False) for _ in range(2)]
    assert work.store.stamp == stamp
    assert shown[0] == shown[1]
    assert shown[0] is not None
    assert [(str(line.kind), line.connection_id) for line in shown[0].lines] == [line[:2] for line in desk.told()]


def test_no_employee_is_in_a_digest_not_even_by_id(desk: Desk) -> None:
    canary = worker("canary-id", first_name="Canaria", last_name="Vogelaar", start_date=None, email="canary@example.com", gross="4321.09")
    twins = [worker("canary-1", email="canary1@example.com"), worker("canary-2", email="canary1@example.com")]
    desk.night(a=[canary, *twins, worker("w9")], b=REFUSED)
    assert len(desk.told()) == 3
    kept = desk.office.rows("SELECT document FROM digest")[0]["document"]
    said = desk.box.mails[0].as_string() + str(desk.box.mails[0].get_content()) + json.dumps(desk.posted) + kept
    for value in ("canary", "Canaria", "Vogelaar", "4321", "Peeters"):
        assert value.casefold() not in said.casefold()
