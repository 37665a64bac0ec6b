"""What one run is about: a partition or a range clicked in the UI, or the run config of the schedule and of commands.

Which connections may be synchronised now is `operations.syncing`'s question. May import: `operations`.
"""

from datetime import date, timedelta

import dagster as dg
from pydantic import Field

from hr_pipeline.adapters.store.connections import StoredConnection
from hr_pipeline.defs.partitions import CONNECTION, Pair, civil_date, pair_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal


class Wanted(dg.Config):
    """Run config of `select`. Left as it is: today, every active connection. A run on partitions takes only its trigger from here."""

    date: str = Field("", description="Civil date in Brussels (YYYY-MM-DD). Empty: today. A past date replays the kept snapshot.")
    until: str = Field("", description="Last date of several, the first being `date`: every kept snapshot from the one to the other.")
    connections: list[str] = Field([], description="Connection ids. Empty: all active ones.")
    pairs: list[str] = Field([], description="In place of both: any `connection|date` pairs.")
    trigger: str = Field("", description="nightly, manual, backfill or retry. Empty: told from the dates.")


def wanted_pairs(context: dg.OpExecutionContext, config: Wanted, stored: list[StoredConnection], today: date) -> list[Pair]:
    """The pairs a run is about. Connections that were disconnected leave a selection of several; alone, they are refused later on.

    Raises:
        Refusal: `INVALID_DATE`; `NOTHING_TO_DO` when nothing is left, as for a range clicked backwards.
    """
    active = [one.connection_id for one in stored if one.connection.active]
    if context.has_partition_key or context.has_partition_key_range:
        pairs = _clicked_pairs(context)
        pairs = [pair for pair in pairs if pair[0] in set(active)] or pairs[:1]
    elif config.pairs:
        pairs = [pair_of(key) for key in config.pairs]
    else:
        first = civil_date(config.date) if config.date else today
        last = civil_date(config.until) if config.until else first
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        pairs = [(one, on) for on in days for one in config.connections or active]
    if not pairs:
        raise Refusal(Code.NOTHING_TO_DO)
    stopped = {one.connection_id for one in stored if not one.connection.active}  # since the night's tick, since somebody asked
    return [pair for pair in pairs if pair[0] not in stopped] or pairs[:1]


def _clicked_pairs(context: dg.OpExecutionContext) -> list[Pair]:
    """The partition or the range a run is on, as Dagster would list it.

    Worked out here: Dagster refuses a date before the first one it lists by now, which may have moved on since the click.
    """
    clicked = context.partition_key_range
    (first, since), (last, until) = pair_of(clicked.start), pair_of(clicked.end)
    known = list(context.instance.get_dynamic_partitions(CONNECTION))
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
