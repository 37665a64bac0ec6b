"""What Dagster is told of the nights: how many connections ended how, what became of employees, who is slow, failing or stale; with pictures.

Counts, ids and codes, never a value of a person. May import: this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dagster as dg

from hr_pipeline.defs.connection_checks import stale_rows
from hr_pipeline.defs.pictures import columns, picture, rows, strip
from hr_pipeline.defs.told import ROOM, many, table

Rows = Sequence[Mapping[str, Any]]

FEWEST_NIGHTS = 14  # a picture of less would be a few wide columns

_GREEN, _AMBER, _RED, _PURPLE, _BLUE, _GREY, _LIGHT = "#2f9e6e", "#f0b429", "#d64550", "#8b6cc1", "#3f7cbf", "#5f6b76", "#8fd0b2"
NAMED = {_GREEN: "green", _AMBER: "amber", _RED: "red", _PURPLE: "purple", _BLUE: "blue", _GREY: "grey", _LIGHT: "pale green"}
_STATUSES = {"success": _GREEN, "partial": _AMBER, "held": _PURPLE, "error": _RED}
_CHANGES = {"created": _GREEN, "linked": _LIGHT, "updated": _BLUE, "transferred": _PURPLE}
_WAITING = {"conflict": _AMBER, "rejected": _RED, "held": _PURPLE, "failed": _GREY}
_STANDING = ("unchanged", "excluded", "out_of_scope", *_WAITING)
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
    "failures": "Attempts in a row since the last one that went through, those typed by hand too. In brackets those that count, if fewer:"
    " the first, and those that nobody typed. The fourth of what may pass is the quarantine.",
    "state": "In quarantine it is probed 1, 6, 12 and 24 hours after it came in, then every night; otherwise after growing pauses.",
    "next attempt": "If nobody asks for it before, in Brussels. The daemon starts it.",
}


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


def history_told(history: History) -> dg.AssetMaterialization:
    """The last nights: how many connections ended how, what became of employees, and who is slow to answer."""
    nights = _every_night(history)
    last = nights[-1] if nights else {}
    listed = [_night_row(night) for night in reversed(nights) if night["connections"]]
    return dg.AssetMaterialization(
        "sync_history",
        description=f"{many(history.runs, 'sync run')}. Last night: {', '.join(f'{last.get(name, 0)} {name}' for name in _STATUSES)}.",
        metadata={
            **({name: strip(*drawn, NAMED) for name, drawn in _strips(nights).items()} if listed else {}),
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
            "Slowest connections: mean time of the pulls that gave a whole list; failed ones not counted",
            [one["connection_id"] for one in slowest],
            {"seconds": seconds},
            {"seconds": _BLUE},
            " s",
        )
        drawn["slowest connections"] = (svg, "Connections whose provider takes longest to give a whole list; failed pulls are not counted")
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
