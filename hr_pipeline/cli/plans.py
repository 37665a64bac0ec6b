"""`preview`, `approve` and `release`: what a sync would do, doing exactly that, and letting through what a guard holds.

May import: `operations`, `adapters.store`, `domain`, this room.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, By, ConnectionId, Lang, Reason, RunId, line
from hr_pipeline.cli.progress import interruptible, shown_progress
from hr_pipeline.cli.snapshots import titled_buckets, whole_hold
from hr_pipeline.cli.surroundings import opened_store, user, workplace
from hr_pipeline.cli.sync import runs_answer
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import GUARD_HOLDS
from hr_pipeline.domain.messages import field_label, text
from hr_pipeline.domain.outcomes import NOK

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.adapters.store.applying import SyncRun

Row = dict[str, Any]

MOST_IDS = 20  # of those whom one guard counted

# The buckets of a plan with the outcomes in each.
BUCKETS = {
    "new": ("created",),
    "synchronised": ("linked", "updated", "unchanged", "transferred"),
    "conflict": ("conflict",),
    "excluded": ("excluded", "out_of_scope"),
    "rejected": ("rejected",),
    "held": ("held",),
}


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("preview", rich_help_panel=panel)(preview_connection)
    app.command("approve", rich_help_panel=panel)(approve_plan)
    app.command("release", rich_help_panel=panel)(release_run)


@answering
def preview_connection(
    connection_id: ConnectionId,
    snapshot: Annotated[str | None, typer.Option(help="Plan from a kept snapshot instead of pulling.")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Show what a sync would make of each employee; writes nothing to accounts."""
    from hr_pipeline.operations.previewing import preview

    with shown_progress("Reading the company") as progress:
        found = interruptible(lambda: preview(workplace(), connection_id, snapshot, progress))
    document = _document(found, lang, connection_id.partition("-")[0])
    return Answer(document, lambda to: _show(to, document, lang))


@answering
def approve_plan(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A plan, as `preview`, `sync` or `history` shows it.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why; due for a plan that a guard holds.")] = None,
    by: By = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Apply a plan exactly as it was seen."""
    from hr_pipeline.operations.previewing import approve

    why = line(reason, "--reason") if reason is not None else None
    owner = line(by if by is not None else user(), "--by")
    return _answer(interruptible(lambda: approve(workplace(), plan, owner, why)), lang)


@answering
def release_run(
    run: RunId,
    reason: Reason = None,
    by: By = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Let through what a guard holds: the newest run of a connection, or its held employees. Counts for a day."""
    from hr_pipeline.operations.releasing import release

    if reason is None:
        raise typer.BadParameter("give --reason, for whoever reads it later")
    why = line(reason, "--reason")
    owner = line(by if by is not None else user(), "--by")
    return _answer(interruptible(lambda: release(workplace(), run, owner, why)), lang)


def _answer(runs: "Sequence[SyncRun]", lang: str) -> Answer:
    from hr_pipeline.adapters.store.reports import sync_runs

    with opened_store() as database:
        return runs_answer(sync_runs(database, run_nos=[run.run_no for run in runs]), lang)


def _document(found: Row, lang: str, provider: str) -> Row:
    """A preview with its words: the guard that would hold it, who becomes what, what is odd, and what to type next."""
    from hr_pipeline.operations.explaining import explained_plan_row

    odd: dict[str | None, list[str]] = {}
    for one in found["warnings"]:
        odd.setdefault(one["external_id"], []).append(one["code"])
    rows = [{**explained_plan_row(row, lang, provider), "warnings": sorted(set(odd.get(row["external_id"], ())))} for row in found["rows"]]
    held_by = found["held_by"]
    hold = text(Code(held_by), lang, provider=provider, **found["detail"]) if held_by else None
    return {
        **{
            name: found[name]
            for name in (
                "plan_id",
                "connection_id",
                "snapshot_id",
                "hash",
                "buckets",
                "left_out",
                "missing",
                "absences",
                "held_by",
                "counted",
            )
        },
        "message": hold.message if hold else None,
        "next": _next(found),
        "rows": rows,
        "warnings": _warnings(found["warnings"], lang, provider),
    }


def _next(found: Row) -> str | None:
    """What applies the plan; nothing does when the list is empty."""
    if found["held_by"] == Code.SNAPSHOT_EMPTY:
        return None
    because = ' --reason "…"' if found["held_by"] in GUARD_HOLDS else ""
    return f"hr-pipeline approve {found['plan_id']}{because}"


def _warnings(found: Sequence[Row], lang: str, provider: str) -> list[Row]:
    """What is odd, by code, field and rule, with how many people, the most frequent first."""
    counted = Counter((one["code"], one["field"], one["rule"]) for one in found)
    told = []
    for (code, field, rule), people in counted.most_common():
        said = text(Code(code), lang, provider=provider, field=field, rule=rule)
        told.append({**said.as_document(), "field": field, "people": people})
    return told


def _becomes(document: Row, bucket: str, lang: str) -> str:
    """What becomes of the people of a bucket: `2 updated, 29 unchanged`, or the codes of those who need somebody."""
    rows = [row for row in document["rows"] if row["outcome"] in BUCKETS[bucket]]
    if bucket in ("new", "synchronised"):
        counted = Counter(row["outcome"] for row in rows)
        plain = {"unchanged": document["buckets"][bucket] - len(rows)} if bucket == "synchronised" else {}
        return ", ".join(f"{count} {name}" for name, count in {**counted, **plain}.items() if count)
    if bucket == "excluded":
        return ""
    if bucket == "held" and not rows and document["held_by"]:
        return "nobody alone; the whole plan waits, see above"
    codes = Counter((row["code"], row["field"] if bucket == "rejected" else None) for row in rows)
    return ", ".join(f"{count} {code}{f' ({field_label(field, lang)})' if field else ''}" for (code, field), count in codes.most_common())


def _becomes_of_missing(absences: Row) -> str:
    """What the plan makes of those whom the list lacks: `linked, not listed: 1 for the first time, 1 closed by close_missing=absent`."""
    rules = Counter(one["rule"] for one in absences["closed_by_rule"])
    said = [
        *([f"{absences['first_time']} for the first time"] if absences["first_time"] else []),
        *(f"{count} closed by close_missing={rule}" for rule, count in rules.items()),
    ]
    left = "" if rules else "; closed by nobody but the connection's rule or a person"
    return f"linked, not listed{': ' if said else ''}{', '.join(said)}{left}"


def _show(to: "Console", document: Row, lang: str) -> None:
    from hr_pipeline.cli.terminal import NARROWEST_CODE, Column, paragraph, say, show_rows, show_table, word

    say(to, f"Plan {document['plan_id']} of snapshot {document['snapshot_id']}; nothing is written yet.")
    if document["held_by"]:
        held = whole_hold(document["held_by"])
        say(to, f"{held[0].upper()}{held[1:]}", style="yellow")
        say(to, f"{document['held_by']}: {document['message']}", style="yellow")
    for guard, counted in groupby(document["counted"], key=lambda one: one["guard"]):
        ids = [one["external_id"] or "(no id)" for one in counted]
        more = f" … and {len(ids) - MOST_IDS} more: --json" if len(ids) > MOST_IDS else ""
        paragraph(to, f"{guard} counts {', '.join(ids[:MOST_IDS])}{more}")
    buckets = [(title, count, _becomes(document, name, lang)) for title, count, name in titled_buckets(document)]
    missing = [("missing", document["missing"], _becomes_of_missing(document["absences"]))] if document["missing"] else []
    show_table(to, [Column("Bucket"), Column("Employees", right=True), Column("What becomes of them", elastic=True)], [*buckets, *missing])
    if document["rows"]:
        columns = [
            Column("Employee", identity=True),
            Column("Becomes"),
            Column("Code", elastic=True, narrowest=NARROWEST_CODE),
            Column("Fields", elastic=True, spare=1),
            Column("Account", spare=2),
        ]
        rows = [
            (
                row["external_id"],
                word(row["outcome"]),
                row["code"] or ", ".join(row["warnings"]),
                ", ".join(field_label(name, lang) for name in row["changed"]) or (field_label(row["field"], lang) if row["field"] else ""),
                row["account_id"],
            )
            for row in sorted(document["rows"], key=lambda row: row["outcome"] not in NOK)
        ]
        show_rows(to, columns, rows, f"hr-pipeline preview {document['connection_id']} --json")
    if document["warnings"]:
        say(to, "")
        odd = [(one["people"], one["code"], one["message"]) for one in document["warnings"]]
        show_table(to, [Column("People", right=True), Column("Warning"), Column("What it means", identity=True)], odd)
    _show_next(to, document, lang)


def _show_next(to: "Console", document: Row, lang: str) -> None:
    from hr_pipeline.cli.terminal import say

    say(to, "")
    if document["next"]:
        say(to, f"Next: {document['next']}")
    else:
        say(to, f"Next: {text(Code(document['held_by']), lang, provider=document['connection_id'].partition('-')[0]).next}")
    if any(row["code"] == Code.HELD_GROSS for row in document["rows"]):
        say(to, "Held employees stay held; they are let through afterwards: hr-pipeline release RUN --reason …", style="dim")
    if document["buckets"]["conflict"]:
        say(
            to, f"Conflicts are decided one by one, new ones after the sync: hr-pipeline conflicts {document['connection_id']}", style="dim"
        )
