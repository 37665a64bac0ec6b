"""What Dagster is told of all connections at once: plans and what holds them, conflicts and their age, the nights and their pictures.

Counts, ids and codes, never a value of a person. May import: `operations`, `adapters`, `domain`, this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dagster as dg

from hr_pipeline.defs.connection_checks import stale_rows
from hr_pipeline.defs.launchpad import REVIEW, next_step
from hr_pipeline.defs.pictures import columns, picture, rows, strip
from hr_pipeline.defs.told import ROOM, SYNC_PLAN, many, table
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import HOLDS
from hr_pipeline.domain.messages import text
from hr_pipeline.domain.outcomes import Counts

Rows = Sequence[Mapping[str, Any]]

FEWEST_NIGHTS = 14  # a picture of less would be a few wide columns
MOST_SAID = 10  # holds told in words; the table has them all

_BUCKETS = {"excluded": "excluded or out of scope"}  # a plan's bucket has both
_SYNCHRONISED = ("linked", "updated", "unchanged", "transferred")

_GREEN, _AMBER, _RED, _PURPLE, _BLUE, _GREY, _LIGHT = "#2f9e6e", "#f0b429", "#d64550", "#8b6cc1", "#3f7cbf", "#5f6b76", "#8fd0b2"
_STATUSES = {"success": _GREEN, "partial": _AMBER, "held": _PURPLE, "error": _RED}
_CHANGES = {"created": _GREEN, "linked": _LIGHT, "updated": _BLUE, "transferred": _PURPLE}
_WAITING = {"conflict": _AMBER, "rejected": _RED, "held": _PURPLE, "failed": _GREY}
_STANDING = ("unchanged", "excluded", "out_of_scope", *_WAITING)
_AGES = {"today": "#cfe0f3", "1–7 days": "#8db6e2", "8–30 days": "#3f7cbf", "older": "#173f6e"}
# What the columns of its tables mean, where a name doesn't say it.
NIGHT_MEANINGS = {
    "date": "A day on which providers were asked, in Brussels; days that a backfill replayed are none.",
    "success": "Connections by the status of their newest sync run of the day.",
    "partial": "Applied, but some employees need somebody.",
    "held": "Status `error` with a code HELD_…: nothing broke, a guard or a review waits for somebody.",
    "error": "The other errors: no list, or nothing that could be applied.",
    "employees": "In the newest lists of the day.",
    "changed": "Created, linked, updated or transferred, summed over all sync runs of the day: whom two of them changed counts twice."
    " What an undo takes back stays counted.",
    "to look at": "In conflict, rejected, held or failed in the newest sync run of the day.",
    "seconds": "Of the day's longest run, from when connections were taken to when their statuses were stored.",
}
FAILING_MEANINGS = {
    "in a row": "Attempts since the last one that went through, those typed by hand too.",
    "counted": "Those that count: the first, and those that nobody typed. The fourth of what may pass is the quarantine.",
    "next attempt": "If nobody asks for it before, in Brussels. The daemon starts it.",
}

_BANDS = {"today": "today", "1–7 days": "week", "8–30 days": "month", "older": "older"}


@dataclass(frozen=True, slots=True)
class History:
    """What `sync_history` shows: all sync runs counted, the last nights, who is slow, and who waits for another attempt.

    Of `adapters.store.overview`; `failing` as `operations.retrying` lists it, `stale` as `adapters.store.health`.
    """

    runs: int
    nights: Rows
    slowest: Rows
    today: date
    failing: Rows = ()
    stale: Rows = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """What `conflicts` shows: by connection and code, by age, and the queue. Of `adapters.store.overview`."""

    groups: Rows
    ages: Rows
    queue: Rows


def plan_told(runs: Rows, conflicts: Rows, holds: Rows) -> dg.AssetMaterialization:
    """What was decided over all connections of a run, and everything that waits for somebody, of whichever run.

    Args:
        runs: Its sync runs, as `reports.sync_runs` gives them.
        conflicts: `overview.planned_conflicts` of them.
        holds: `overview.waiting_holds`.
    """
    planned = [run for run in runs if run["plan_id"]]
    held = sum(run["code"] in HOLDS for run in planned)
    count = {name: sum(run["counts"][name] for run in planned) for name in Counts.__slots__}
    return dg.AssetMaterialization(
        SYNC_PLAN,
        description=f"{many(len(planned), 'plan')}, {held} held before writing. {many(len(holds), 'hold waits', 'holds wait')} in all.",
        metadata={
            **{f"{hold['code']} {hold['connection_id']}": dg.MetadataValue.md(_hold_said(hold)) for hold in holds[:MOST_SAID]},
            **({"held_by": table(_hold_rows(holds), ROOM)} if holds else {}),
            "waiting": len(holds),
            "plans": len(planned),
            "plans_held": held,
            "new": count["created"],
            "synchronised": sum(count[name] for name in _SYNCHRONISED),
            "conflict": count["conflict"],
            "excluded": count["excluded"],
            "out_of_scope": count["out_of_scope"],
            "rejected": count["rejected"],
            "held": count["held"],
            **({"conflicts by code": table(conflicts)} if conflicts else {}),
            **{name: count[name] for name in (*_SYNCHRONISED, "missing")},
        },
    )


def conflicts_told(waiting: Waiting) -> dg.AssetMaterialization:
    """How many questions wait, for how long, and in which order to answer them."""
    groups = waiting.groups
    states = {state: sum(group[state] for group in groups) for state in ("open", "decided", "deferred")}
    oldest = max((group["oldest_days"] for group in groups), default=0)
    shown = [
        {
            "conflict": one["conflict_id"],
            "connection": one["connection_id"],
            **{name: one[name] for name in ("external_id", "code", "days", "runs")},
        }
        for one in waiting.queue
    ]
    said = ", ".join(f"{count} {state}" for state, count in states.items())
    return dg.AssetMaterialization(
        "conflicts",
        description=f"{said}. The oldest open one has waited {many(oldest, 'day')}.",
        metadata={
            **({"by age and code": picture(_ages(waiting.ages), "Open conflicts by code and age")} if waiting.ages else {}),
            **({"by connection and code": table([_group_row(group) for group in groups], ROOM)} if groups else {}),
            **({"queue": table(shown, ROOM), "decide": f"hr-pipeline conflict {shown[0]['conflict']}"} if shown else {}),
            "dagster/row_count": states["open"],
            **states,
            "oldest_days": oldest,
            "oldest_runs": max((group["oldest_runs"] for group in groups), default=0),
            "connections": len({group["connection_id"] for group in groups if group["open"]}),
        },
    )


def history_told(history: History) -> dg.AssetMaterialization:
    """The last nights: how many connections ended how, what became of employees, and who is slow to answer."""
    nights = _every_night(history)
    last = nights[-1] if nights else {}
    listed = [_night_row(night) for night in reversed(nights) if night["connections"]]
    return dg.AssetMaterialization(
        "sync_history",
        description=f"{many(history.runs, 'sync run')}. Last night: {', '.join(f'{last.get(name, 0)} {name}' for name in _STATUSES)}.",
        metadata={
            **({name: strip(*drawn) for name, drawn in _strips(nights).items()} if listed else {}),
            **({name: picture(svg, alt) for name, (svg, alt) in _pictures(nights, history.slowest).items()} if listed else {}),
            **({"stale connections": table(stale_rows(history.stale), ROOM)} if history.stale else {}),
            **({"tried again": table(history.failing, ROOM, FAILING_MEANINGS)} if history.failing else {}),
            **({"nights": table(listed, ROOM, NIGHT_MEANINGS)} if listed else {}),
            "stale": len(history.stale),
            "failing": len(history.failing),
            "dagster/row_count": history.runs,
            **{name: last.get(name, 0) for name in ("connections", *_STATUSES, "employees", "seconds")},
            **{f"employees_{name}": last.get(f"employees_{name}", 0) for name in (*_CHANGES, *_STANDING)},
        },
    )


def _strips(nights: Rows) -> dict[str, tuple[dict[str, list[int]], Mapping[str, str], str]]:
    """Metadata key → the nights, their colours and what is seen: small enough to be there without a click."""
    return {
        "last nights": (_series(nights, _STATUSES), _STATUSES, "Connections by status"),
        "last changes": (_series(nights, _CHANGES, "employees_"), _CHANGES, "Employees changed"),
        "last to look at": (_series(nights, _WAITING, "employees_"), _WAITING, "Employees who need somebody"),
    }


def _pictures(nights: Rows, slowest: Rows) -> dict[str, tuple[str, str]]:
    """Metadata key → picture and what it shows."""
    dates = [night["date"] for night in nights]

    def of(title: str, names: Mapping[str, str], prefix: str = "") -> str:
        return columns(title, dates, _series(nights, names, prefix), names)

    drawn = {
        "statuses per night": (
            of("Connections by status, last night in figures (held: somebody must look, nothing broke)", _STATUSES),
            "Connections by status, night by night",
        ),
        "employees changed": (
            of("Employees created, linked, updated or transferred, in all syncs of a day", _CHANGES, "employees_"),
            "Employees changed, night by night",
        ),
        "employees to look at": (
            of("Employees who need somebody after the last sync of a day", _WAITING, "employees_"),
            "Employees who need attention, night by night",
        ),
    }
    if slowest:
        seconds = [one["seconds"] for one in slowest]
        svg = rows(
            "Slowest connections: mean time of a pull",
            [one["connection_id"] for one in slowest],
            {"seconds": seconds},
            {"seconds": _BLUE},
            " s",
        )
        drawn["slowest connections"] = (svg, "Connections whose provider takes longest to answer")
    return drawn


def _series(nights: Rows, names: Mapping[str, str], prefix: str = "") -> dict[str, list[int]]:
    return {name: [night[f"{prefix}{name}"] for night in nights] for name in names}


def _every_night(history: History) -> list[dict[str, Any]]:
    """The nights as they are shown, from the first known one (and two weeks at least) to today, with gaps as zeros."""
    if not history.nights:
        return []
    known = {night["date"]: night for night in history.nights}
    last = max(history.today, *known)
    days = max((last - min(known)).days + 1, FEWEST_NIGHTS)
    return [_shown(on, known.get(on, {})) for on in (last - timedelta(days=days - 1 - n) for n in range(days))]


def _shown(on: date, night: Mapping[str, Any]) -> dict[str, Any]:
    held = night.get("held_runs", 0)
    return {
        "date": on,
        **{name: night.get(name, 0) for name in ("connections", "success", "partial", "employees", "seconds")},
        "held": held,  # a status of its own here: it waits for a person, an error for the next night
        "error": night.get("error", 0) - held,
        **{f"employees_{name}": night.get(name, 0) for name in (*_CHANGES, *_STANDING)},
    }


def _night_row(night: Mapping[str, Any]) -> dict[str, Any]:
    changed = sum(night[f"employees_{name}"] for name in _CHANGES)
    waiting = sum(night[f"employees_{name}"] for name in _WAITING)
    return {
        "date": night["date"],
        **{name: night[name] for name in (*_STATUSES, "employees")},
        "changed": changed,
        "to look at": waiting,
        "seconds": f"{night['seconds']:.1f}",
    }


def _ages(ages: Rows) -> str:
    series = {band: [one[name] for one in ages] for band, name in _BANDS.items()}
    return rows("Open conflicts by code, and for how long they have waited", [one["code"] for one in ages], series, _AGES)


def _hold_said(hold: Mapping[str, Any]) -> str:
    """What the catalogue says of a hold, since when, what the plan would do, whom to look at, and the link and the command that end it."""
    step = next_step(hold)
    provider = hold["connection_id"].partition("-")[0]
    said = text(Code(hold["code"]), "en", **{**hold["detail"], "provider": provider, "connection": hold["connection_id"]})
    buckets = ", ".join(f"{count} {_BUCKETS.get(bucket, bucket)}" for bucket, count in hold["buckets"].items() if count)
    waits = many(hold["people"], "of its employees waits", "of its employees wait")
    plan = f"The plan: {buckets}." if buckets else f"{waits}; the others were applied."
    times = f" ({hold['runs']} runs in a row)" if hold["runs"] > 1 else ""
    return (
        f"{said.message}  \n{plan}  \n{hold['sync_run_id']}, waiting since {hold['since']}{times}.  \n"
        f"Look first: `{step.look}`  \nThen, with your name{'' if hold['code'] == REVIEW else ' and why'}: "
        f"[{step.job} in the launchpad]({step.link}) or `{step.command}`"
    )


def _hold_rows(holds: Rows) -> list[dict[str, Any]]:
    return [
        {
            "connection": hold["connection_id"],
            "code": hold["code"],
            "observed": hold["detail"].get("observed") or (str(hold["people"]) if hold["scope"] == "rows" else ""),
            "limit": hold["detail"].get("limit", ""),
            "since": hold["since"],
            "look first": next_step(hold).look,
            "next step": next_step(hold).command,
        }
        for hold in holds
    ]


def _group_row(group: Mapping[str, Any]) -> dict[str, Any]:
    row = {"connection": group["connection_id"], "code": group["code"], "open": group["open"], "days": group["oldest_days"]}
    return {**row, "decided": group["decided"], "deferred": group["deferred"]}
