"""Telling people that something got worse: what is new is told once, in one digest, and a digest that did not arrive is sent again.

The store says what stands, what was told and what has arrived; it is never held open while something is sent. May import: `adapters`,
`domain`, this room.
"""

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hr_pipeline.adapters.attention.mail import mail_of, send_mail
from hr_pipeline.adapters.attention.settings import Attention
from hr_pipeline.adapters.attention.webhook import post_digest
from hr_pipeline.adapters.store.attention import (
    Given,
    Parcel,
    drop_channels,
    is_waiting,
    note_arrived,
    note_attempt,
    note_failed,
    note_told,
    untold,
    waiting_parcels,
)
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.leases import held_leases
from hr_pipeline.domain.attention import Channel, Digest, Kind, delivery_pause, digest_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.delivery_faults import DeliveryFault
from hr_pipeline.domain.delivery_faults import fault as delivery_fault
from hr_pipeline.domain.digest_words import as_rows, body, subject
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.refusals import Refusal, Transient
from hr_pipeline.operations.retrying import failing, missed

log = logging.getLogger(__name__)

UnderWay = Callable[[date], bool]  # whether the run of a night has not ended


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one attempt: `refusal` when the digest did not arrive, `fault` when it arrived at some only."""

    digest_no: int
    channel: Channel
    at: datetime
    refusal: Refusal | None = None
    fault: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the store found: digests to send now, when the next is due, and whether a sync goes on (then nothing new is told yet)."""

    parcels: tuple[Parcel, ...]
    next_at: datetime | None
    is_syncing: bool
    is_new: bool


def looked(database: Database, settings: Attention, now: datetime, under_way: UnderWay, unnoted: Sequence[Sent] = ()) -> Look:
    """Make a digest of what got worse, if anything did, and find what is due to be sent: at most one digest each channel.

    While a sync goes on nothing new is told: a night is one digest. Nothing counts as an attempt yet: each is `taken` when its turn comes.

    Args:
        database: The store.
        settings: Which channels there are.
        now: The moment.
        under_way: Whether the run of a night has not ended.
        unnoted: What came of earlier attempts and could not be noted then.
    """
    noted(database, unnoted)
    is_syncing = bool(held_leases(database))
    digest = None if is_syncing else _made(database, settings, now, under_way)
    drop_channels(database, settings.channels)
    waiting = waiting_parcels(database)
    due = tuple(parcel for parcel in waiting if parcel.next_at <= now)
    return Look(due, min((parcel.next_at for parcel in waiting if parcel.next_at > now), default=None), is_syncing, digest is not None)


def taken(database: Database, parcel: Parcel, now: datetime) -> bool:
    """Count the attempt that is about to be made, so that a process that dies while sending sends again after the pause, as the same message.

    False when there is none to make: another process made it meanwhile, or the channel is no longer set.
    """
    if is_due := is_waiting(database, parcel):
        note_attempt(database, parcel, now + delivery_pause(parcel.attempts + 1))
    return is_due


def noted(database: Database, attempts: Sequence[Sent]) -> int:
    """Keep what came of attempts; returns how many there were."""
    for one in attempts:
        with database.transaction():
            if one.refusal is None:
                note_arrived(database, one.digest_no, one.channel, one.at)
            else:
                note_failed(database, one.digest_no, one.channel, str(one.refusal.code), one.refusal.params)
    return len(attempts)


def to_tell(database: Database, now: datetime, under_way: UnderWay) -> Digest | None:
    """What would be told now, if anything; nothing is written."""
    return digest_of(untold(database, _given(database, now, under_way)))


def sent(settings: Attention, parcel: Parcel, clock: Callable[[], datetime]) -> Sent:
    """One attempt to bring a digest on its way. Never with the store open."""
    try:
        fault = send(settings, parcel.channel, parcel.digest, parcel.message_id, parcel.made_at)
    except Refusal as refusal:
        return Sent(parcel.digest_no, parcel.channel, clock(), refusal)
    return Sent(parcel.digest_no, parcel.channel, clock(), fault=fault)


def send(
    settings: Attention, channel: Channel, digest: Digest, message_id: str, made_at: datetime, *, trial: bool = False
) -> Phrase | None:
    """Send a digest by a channel that is set.

    Returns:
        The fault of recipients who were left out, while the others have it.

    Raises:
        Transient: `DIGEST_UNDELIVERED`, whatever went wrong: what one channel's other end thinks of keeps nothing from the other channel.
    """
    try:
        return _send(settings, channel, digest, message_id, made_at, trial=trial)
    except Refusal:
        raise
    except Exception as error:  # noqa: BLE001 - a library's, which meets a server that it was not written for
        frame = traceback.extract_tb(error.__traceback__)[-1]  # where and what kind, never the text: it may quote the server
        log.error("digest not sent by %s: %s at %s:%s", channel, type(error).__name__, frame.filename, frame.lineno)
        reason = delivery_fault(DeliveryFault.UNFORESEEN, kind=type(error).__name__)
        raise Transient(Code.DIGEST_UNDELIVERED, channel=channel, reason=reason) from None


def _send(settings: Attention, channel: Channel, digest: Digest, message_id: str, made_at: datetime, *, trial: bool) -> Phrase | None:
    title = subject(digest, settings.language, trial=trial)
    text = body(digest, settings.language, settings.dagster)
    if channel is Channel.MAIL and settings.mail is not None:
        return send_mail(settings.mail, mail_of(settings.mail, title, text, message_id, made_at), settings.certificates)
    if channel is Channel.WEBHOOK and settings.webhook is not None:
        document = {
            "text": f"{title}\n\n{text}",
            "id": message_id,
            "made_at": made_at.isoformat(),
            "trial": trial,
            "counts": digest.counts,
            "companies": digest.companies,
            "more": digest.more,
            "lines": as_rows(digest, settings.language, settings.dagster),
        }
        post_digest(settings.webhook, document, message_id, settings.certificates)
    return None


def _made(database: Database, settings: Attention, now: datetime, under_way: UnderWay) -> Digest | None:
    digest = to_tell(database, now, under_way)
    note_told(database, digest, settings.channels, now)
    return digest


def _given(database: Database, now: datetime, under_way: UnderWay) -> Sequence[Given]:
    quarantined = [
        Given(
            key=f"quarantine/{one.connection_id}/{one.entered_run_no}",
            kind=Kind.QUARANTINE,
            connection_id=one.connection_id,
            code=one.code,
            reference=one.sync_run_id,
            run_no=one.run_no,
            since=one.entered_at,
            next_attempt=one.next_attempt,
        )
        for one in failing(database)
        if one.in_quarantine
    ]
    night, left_out = missed(database, now)
    if left_out and not under_way(night):
        quarantined.append(Given(key=f"missed_night/{night}", kind=Kind.MISSED_NIGHT, times=len(left_out)))
    return quarantined
