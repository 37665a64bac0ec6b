"""What one run is about: a partition or a range clicked in the UI, or the run config of the schedule and of commands.

Which connections may be synchronised now is `operations.syncing`'s question. May import: `operations`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg

from hr_pipeline.adapters.store.connections import StoredConnection
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.defs.partitions import CONNECTION, LONGEST_VIEW, Pair, civil_date, pair_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.repeating import repeated_id
from hr_pipeline.operations.past_days import check_days

LONGEST_RANGE = LONGEST_VIEW + 7  # days: the grid lists no more, up to a week ago

# Plain fields, as in every job's config: a `dg.Config` would put the value of an environment variable in place of `{env: NAME}`.
WANTED = {
    "date": dg.Field(
        str, default_value="", description="Civil date in Brussels (YYYY-MM-DD). Empty: today. A past date replays the kept snapshot."
    ),
    "until": dg.Field(
        str, default_value="", description="Last date of several, the first being `date`: every kept snapshot from the one to the other."
    ),
    "connections": dg.Field([str], default_value=[], description="Connection ids. Empty: all active ones."),
    "pairs": dg.Field([str], default_value=[], description="In place of both: any `connection|date` pairs."),
    "trigger": dg.Field(str, default_value="", description="nightly, manual, backfill or retry. Empty: told from the dates."),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Run config of `select`. Left as it is: today, every active connection. A run on partitions takes only its trigger from here."""

    date: str = ""
    until: str = ""
    connections: Sequence[str] = ()
    pairs: Sequence[str] = ()
    trigger: str = ""


def check_wanted(context: dg.OpExecutionContext, config: Wanted, database: Database, today: date) -> None:
    """Refuse a config whole, before any of it is done; of a click, each partition says itself what is not kept.

    Raises:
        Refusal: `INVALID_DATE`, `UNKNOWN_CONNECTION`; `SNAPSHOT_NOT_KEPT` for days before the first that anything is kept of.
    """
    if not _is_clicked(context):
        ids = [pair_of(key)[0] for key in config.pairs] or list(config.connections)
        check_days(database, ids, _days(config, today), today)


def wanted_pairs(context: dg.OpExecutionContext, config: Wanted, stored: list[StoredConnection], today: date) -> list[Pair]:
    """The pairs a run is about. Connections that were disconnected leave a selection of several; alone, they are refused later on.

    Of a click, `left_out_pairs` says which those are.

    Raises:
        Refusal: `INVALID_DATE`; `NOTHING_TO_DO` when nothing is left, as for a range clicked backwards.
    """
    active = {one.connection_id: None for one in stored if one.connection.active}
    if _is_clicked(context):
        pairs = _clicked_pairs(context)
        pairs = [pair for pair in pairs if pair[0] in active] or pairs[:1]
    elif config.pairs:
        pairs = [pair_of(key) for key in config.pairs]
    else:
        first, last = _days(config, today)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        pairs = [(one, on) for on in days for one in config.connections or active]
    if not pairs:
        raise Refusal(Code.NOTHING_TO_DO)
    stopped = {one.connection_id for one in stored if not one.connection.active}  # since the night's tick, since somebody asked
    return [pair for pair in pairs if pair[0] not in stopped] or pairs[:1]


def left_out_pairs(context: dg.OpExecutionContext, stored: list[StoredConnection]) -> list[Pair]:
    """What a click asks for of companies that are stopped, or that only Dagster still knows: their partitions must say so, or end red."""
    if not _is_clicked(context):
        return []
    active = {one.connection_id for one in stored if one.connection.active}
    left_out = set(context.instance.get_dynamic_partitions(CONNECTION)) - active
    return [pair for pair in _clicked_pairs(context) if pair[0] in left_out]


def _days(config: Wanted, today: date) -> tuple[date, date]:
    """The first and the last day of a config."""
    if config.pairs:
        days = [on for _, on in map(pair_of, config.pairs)]
        return min(days), max(days)
    first = civil_date(config.date) if config.date else today
    return first, civil_date(config.until) if config.until else first


def _is_clicked(context: dg.OpExecutionContext) -> bool:
    return context.has_partition_key or context.has_partition_key_range


def _clicked_pairs(context: dg.OpExecutionContext) -> list[Pair]:
    """The partition or the range a run is on, as Dagster would list it.

    Worked out here: Dagster refuses a date before the first one it lists by now, which may have moved on since the click.

    Raises:
        Refusal: `INVALID_DATE`, also for a range that no click can make; `UNKNOWN_CONNECTION` at an end of it.
    """
    clicked = context.partition_key_range
    (first, since), (last, until) = pair_of(clicked.start), pair_of(clicked.end)
    if (until - since).days > LONGEST_RANGE:
        raise Refusal(Code.INVALID_DATE, date=since.isoformat(), expected="a range that the grid can show")
    known = list(context.instance.get_dynamic_partitions(CONNECTION))
    if unknown := [one for one in (first, last) if first != last and one not in known]:
        raise Refusal(Code.UNKNOWN_CONNECTION, connection=repeated_id(unknown[0]))
    connections = [first] if first == last else known[known.index(first) : known.index(last) + 1]
    return [(one, since + timedelta(days=n)) for n in range((until - since).days + 1) for one in connections]


def trigger_of(context: dg.OpExecutionContext, config: Wanted, pairs: list[Pair], today: date) -> Trigger:
    """What started a run: said in the config, or told from what it is.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if context.run.parent_run_id:
        return Trigger.RETRY
    if config.trigger:
        try:
            return Trigger(config.trigger)
        except ValueError:
            raise Refusal(Code.INVALID_SETTING, setting="trigger", expected=", ".join(Trigger)) from None
    return Trigger.MANUAL if all(on == today for _, on in pairs) else Trigger.BACKFILL
