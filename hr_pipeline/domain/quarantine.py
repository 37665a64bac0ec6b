"""When a connection whose syncs fail is tried again: back-off for what may pass, quarantine for the rest and for what did not pass.

Pure rules over what the sync runs say. Source: quality.md ("Credentials": probe after 1, 6, 12, 24 h, then daily). May import: `codes`, `nights`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.nights import BRUSSELS, next_night

# May be over in a quarter of an hour, without anybody.
MAY_PASS = (Code.PROVIDER_UNAVAILABLE, Code.SNAPSHOT_INCOMPLETE, Code.DISK_FULL, Code.STORE_LOCKED, Code.INTERNAL_ERROR)
# Somebody must act where we can't see it (at the provider, in the environment of this machine): only trying tells whether they have.
ACT_ELSEWHERE = (
    Code.CREDENTIAL_REFUSED,
    Code.COMPANY_MISMATCH,
    Code.COMPANY_NOT_FOUND,
    Code.PROVIDER_CHANGED,
    Code.ENVIRONMENT_INCOMPLETE,
    Code.INVALID_SETTING,
    Code.ADDRESS_REFUSED,
    Code.STORE_KEY_REFUSED,
)
# Another run had it until patience ended: nobody's failure, so it neither counts towards quarantine nor ends it.
IN_USE = Code.ALREADY_RUNNING
# All other codes (holds, an empty list, a mapping) wait for a decision that is made here: whoever makes it starts the sync.

PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))  # after the first, second and third failure in a row
PROBES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=12), timedelta(hours=24))  # from the entry into quarantine
AS_GOOD_AS = timedelta(minutes=30)  # an attempt that shortly before a probe is that probe
LATE = timedelta(minutes=10)  # what is due is started within a minute or two; so much later, nobody is there to start it


@dataclass(frozen=True, slots=True)
class Failing:
    """An active connection whose last syncs failed and that is tried again.

    Attributes:
        run_no: Its last sync run; `code` is why it failed.
        failures: How many in a row.
        since: When the first of them began.
        last_at: When the last one ended.
        tries: How many of them count: the first, and those that nobody typed. What a person tries by hand moves nothing.
        tried_at: When the last one that counts ended.
        entered_run_no: The run with which it came into quarantine: the first that counts and that somebody must act on elsewhere, or that
            failed after all the pauses. None while it is in back-off.
        entered_at: When that was.
        in_use: How many times in a row, since then or without any failure, it was in use until patience ended.
        in_use_at: When the last of those times ended.
    """

    connection_id: str
    run_no: int
    code: str
    failures: int
    since: datetime
    last_at: datetime
    tries: int
    tried_at: datetime
    entered_run_no: int | None = None
    entered_at: datetime | None = None
    in_use: int = 0
    in_use_at: datetime | None = None

    @property
    def sync_run_id(self) -> str:
        """Its last sync run, as people write it."""
        return f"r{self.run_no}"

    @property
    def in_quarantine(self) -> bool:
        """Whether it is probed only; a success, or anything but another failure of these kinds, ends it."""
        return self.entered_at is not None

    @property
    def attempted_at(self) -> datetime:
        """When the last attempt ended, in use or not."""
        return max(self.last_at, self.in_use_at) if self.in_use_at else self.last_at

    @property
    def next_attempt(self) -> datetime:
        """When it is tried again if nobody asks for it: at its own moment or with everybody at night, whichever comes first."""
        own, night = self.own_attempt(), next_night(self.attempted_at)
        return night if own is None else min(own, night)

    def own_attempt(self, asked_at: datetime | None = None, in_vain: int = 0) -> datetime | None:
        """The next moment at which it is tried by itself; None when only the nights are left.

        Args:
            asked_at: When it was last asked for, so that one moment is never asked for twice, even when what was asked for left no sync run.
            in_vain: How many times in a row what was asked for came to nothing: no sync run, and nothing that still could leave one.
        """
        again = asked_at + PAUSES[in_vain - 1] if asked_at and 0 < in_vain <= len(PAUSES) else None
        moments = (self._after_failure(asked_at), self._after_waiting(asked_at), again)
        return min((moment for moment in moments if moment), default=None)

    def _after_failure(self, asked_at: datetime | None) -> datetime | None:
        after = max(self.last_at, asked_at) if asked_at else self.last_at
        if self.entered_at:
            probes = (self.entered_at + probe for probe in PROBES)
            return next((moment for moment in probes if moment > after and moment > self.last_at + AS_GOOD_AS), None)
        if not self.tries or (asked_at and asked_at > self.tried_at):
            return None
        return self.tried_at + PAUSES[self.tries - 1]

    def _after_waiting(self, asked_at: datetime | None) -> datetime | None:
        """It was in use: after the same pauses, as the other run has let go by then, or the night is near."""
        if self.in_use_at is None or self.in_use > len(PAUSES) or (asked_at and asked_at > self.in_use_at):
            return None
        return self.in_use_at + PAUSES[self.in_use - 1]

    def overdue_at(self, now: datetime) -> bool:
        """Whether the next attempt should have begun long ago: nothing starts it."""
        return self.next_attempt + LATE < now

    def next_attempt_said(self, now: datetime) -> str:
        """The next attempt in Brussels' time, and whether nothing seems to start it."""
        late = ", overdue: no daemon is running?" if self.overdue_at(now) else ""
        return f"{self.next_attempt.astimezone(BRUSSELS):%Y-%m-%d %H:%M}{late}"

    def as_row(self, now: datetime) -> dict[str, Any]:
        """For a listing, narrow enough for a page: `failures` are those in a row, and how many of them count where that is fewer."""
        return {
            "connection": self.connection_id,
            "code": self.code,
            "failures": f"{self.failures}" if self.tries in (0, self.failures) else f"{self.failures} ({self.tries} counted)",
            "since": self.since.astimezone(BRUSSELS).date(),
            "state": "quarantine" if self.in_quarantine else "",
            "next attempt": self.next_attempt_said(now),
        }

    def as_document(self, now: datetime) -> dict[str, Any]:
        """For programs: why, since when, and when next; `state` is `quarantine` or `back-off`."""
        return {
            "state": "quarantine" if self.in_quarantine else "back-off",
            "reason": self.code,
            "since": (self.entered_at or self.since).astimezone(BRUSSELS),
            "failed_in_a_row": self.failures,
            "towards_quarantine": self.tries,
            "sync_run_id": self.sync_run_id,
            "next_attempt": self.next_attempt.astimezone(BRUSSELS),
            "overdue": self.overdue_at(now),
        }
