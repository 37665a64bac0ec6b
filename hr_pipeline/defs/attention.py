"""The sensor that tells people when something got worse: one digest by mail or webhook, and silence otherwise.

Off until a channel is set in the environment. What was told and what has arrived is in the store; the cursor only saves looking, and
carries what the store was too busy to be told. May import: `operations`, `adapters`, `domain`, this room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import dagster as dg
from pydantic import AwareDatetime

from hr_pipeline.adapters.attention.settings import PREFIX, Attention, attention_settings
from hr_pipeline.adapters.store.attention import Parcel
from hr_pipeline.defs.cursors import as_cursor, seen_before
from hr_pipeline.defs.retries import night_is_under_way
from hr_pipeline.defs.surroundings import Surroundings, answer_of_store
from hr_pipeline.domain.attention import Channel
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.nights import last_night
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.attention import Look, Sent, looked, noted, sent, taken
from hr_pipeline.operations.retrying import GRACE
from hr_pipeline.operations.workplace import Workplace

PATIENCE_SECONDS = 2
OFF = f"Nobody is told: set {PREFIX}SMTP with {PREFIX}FROM and {PREFIX}TO, or {PREFIX}WEBHOOK, and start again."
BUSY = "The store is in use: the next look is in half a minute."
NOTHING = "Nothing got worse."


@dataclass(frozen=True, slots=True)
class Seen:
    """The cursor.

    Attributes:
        stamp: Of the store at the last look.
        night: The last one that should have been over then.
        due: When the next digest is sent again.
        arrived: What arrived while the store was too busy to be told: digest, channel, when.
    """

    stamp: str = ""
    night: str = ""
    due: AwareDatetime | None = None
    arrived: tuple[tuple[int, Channel, AwareDatetime], ...] = ()

    @property
    def unnoted(self) -> list[Sent]:
        """What the store has yet to be told."""
        return [Sent(*one) for one in self.arrived]


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells people by mail or webhook when something got worse: a conflict, a hold, an error, a quarantine or its end, a missed night. "
    f"One digest, once. Off until {PREFIX}SMTP or {PREFIX}WEBHOOK is set.",
)
def attention(context: dg.SensorEvaluationContext, surroundings: dg.ResourceParam[Surroundings]) -> dg.SensorResult | dg.SkipReason:
    """One look, then whatever is due is sent. The store is opened only when something was written to it, a night should be over, or a digest is due."""
    work = surroundings.workplace()
    try:
        settings = attention_settings(work.environment)
    except Refusal as refusal:
        said = explained(refusal, "en")
        return dg.SkipReason(f"Nobody is told: {said.message} {said.next}")
    if not settings.channels:
        return dg.SkipReason(OFF)
    seen, now = seen_before(Seen, context.cursor), work.clock()
    stamp, night = work.store.stamp, str(last_night(now - GRACE).date())
    is_due = seen.due is not None and seen.due <= now
    if (seen.stamp, seen.night) == (stamp, night) and not is_due and not seen.arrived:
        return dg.SkipReason(NOTHING)
    look = answer_of_store(
        work,
        lambda database: looked(database, settings, now, lambda night: night_is_under_way(context.instance, night), seen.unnoted),
        PATIENCE_SECONDS,
    )
    if look is None:
        return dg.SkipReason(BUSY)
    attempts = _attempted(work, settings, look.parcels, now)
    unnoted = tuple((one.digest_no, one.channel, one.at) for one in attempts if one.refusal is None)
    if not attempts or answer_of_store(work, lambda database: noted(database, attempts), 8 * PATIENCE_SECONDS) is not None:
        unnoted = ()
    # While a sync goes on, and after an attempt, the next look is not to be saved: something is about to be written, or was.
    cursor = Seen("" if look.is_syncing or look.parcels else stamp, night, look.next_at, unnoted)
    return dg.SensorResult(skip_reason=_said(look, attempts), cursor=as_cursor(cursor))


def _attempted(work: Workplace, settings: Attention, parcels: Sequence[Parcel], now: datetime) -> list[Sent]:
    """Send one after the other. Each counts as an attempt just before it is made; while somebody holds the store it waits for the next look."""
    return [
        sent(settings, parcel, work.clock)
        for parcel in parcels
        if answer_of_store(work, partial(taken, parcel=parcel, now=now), PATIENCE_SECONDS)
    ]


def _said(look: Look, attempts: Sequence[Sent]) -> str:
    """What a tick tells in the UI."""
    if not attempts and look.parcels:
        return BUSY
    if not attempts:
        return "A sync goes on: what it finds is told when it has ended." if look.is_syncing else NOTHING
    return " ".join(_came_of(one) for one in attempts)


def _came_of(one: Sent) -> str:
    if one.refusal is None:
        return f"Digest {one.digest_no} went out by {one.channel}."
    said = explained(one.refusal, "en")
    return f"Digest {one.digest_no}: {said.message} {said.next}"
