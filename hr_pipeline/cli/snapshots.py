"""`snapshots` and `replay`: which lists are kept, and what today's rules would make of one of them.

May import: `operations`, `adapters.store`, `domain`, this room.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AnyConnectionId, AsJson, Lang
from hr_pipeline.cli.progress import interruptible
from hr_pipeline.cli.surroundings import how_to_sync, opened_store, workplace
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import field_label, text

if TYPE_CHECKING:
    from rich.console import Console

Row = dict[str, Any]

_RUNS_SHOWN = 4


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("snapshots", rich_help_panel=panel)(list_snapshots)
    app.command("replay", rich_help_panel=panel)(replay_snapshot)


@answering
def list_snapshots(connection_id: AnyConnectionId = None, as_json: AsJson = False, lang: Lang = "en") -> Answer:  # noqa: ARG001 - `answering`
    """List the kept snapshots, newest first, with the sync runs that used them."""
    from hr_pipeline.adapters.store.connections import stored_connection
    from hr_pipeline.adapters.store.snapshots import listed_snapshots

    with opened_store() as database:
        if connection_id is not None:
            stored_connection(database, connection_id)
        listed = listed_snapshots(database, connection_id)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import Column, say, show_rows

        if not listed:
            return say(to, f"No snapshot is kept. Next: {how_to_sync('--all')}")
        columns = [
            Column("Snapshot"),
            Column("Date"),
            Column("Connection", identity=True),
            Column("Pulled at (Brussels)", spare=1),
            Column("Employees", right=True),
            Column("Pay records", right=True, spare=2),
            Column("Runs", identity=True),
        ]
        rows = [
            (
                one["snapshot_id"],
                one["date"],
                one["connection_id"],
                one["pulled_at"],
                one["employees"],
                one["pay_records"],
                ", ".join(one["runs"][-_RUNS_SHOWN:]) or "preview only",
            )
            for one in listed
        ]
        show_rows(to, columns, rows, "hr-pipeline snapshots --json")
        return say(to, f"Next: hr-pipeline replay {listed[0]['snapshot_id']}")

    return Answer(listed, show)


@answering
def replay_snapshot(
    snapshot: Annotated[str, typer.Argument(metavar="SNAPSHOT", help="A kept snapshot, as `hr-pipeline snapshots` lists it.")],
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Show what today's mapping, settings and decisions would make of a kept snapshot. Nothing is written."""
    from hr_pipeline.operations.replaying import replay

    found = interruptible(lambda: replay(workplace(), snapshot))
    document = {
        **found,
        "now": told_hold(found["now"], lang, found["provider"]),
        "rows": [_told(row, lang, found["provider"]) for row in found["rows"]],
    }
    return Answer(document, lambda to: _show(to, document, lang))


def told_hold(summary: Row, lang: str, provider: str) -> Row:
    """A plan's buckets, with the guard that would hold it in words."""
    said = text(Code(summary["held_by"]), lang, provider=provider, **summary["detail"]) if summary["held_by"] else None
    words = {"message": said.message, "next": said.next} if said else {"message": None, "next": None}
    return {**{name: summary[name] for name in ("buckets", "left_out", "held_by")}, **words}


def titled_buckets(document: Row) -> list[tuple[str, int, str]]:
    """A plan's buckets as people read them: name, count, and the bucket it belongs to.

    The bucket `excluded` counts those out of scope as well, whom nobody has excluded: they are told apart here, as `left_out` does.
    """
    told: list[tuple[str, int, str]] = []
    for name, count in document["buckets"].items():
        parts = document["left_out"] if name == "excluded" else {name: count}
        told += [(part.replace("_", " "), people, name) for part, people in parts.items()]
    return told


def whole_hold(held_by: str, buckets: str = "the buckets") -> str:
    """What a hold of the whole plan means for its buckets, which count as if nothing held it."""
    if held_by == Code.SNAPSHOT_EMPTY:
        return "the whole plan is held and can't be released: nobody would be written."
    if held_by == Code.HELD_REVIEW:
        return f"the whole plan waits for a review: nobody is written before. {buckets.capitalize()} tell what happens once it is approved."
    return f"the whole plan is held: nobody would be written. {buckets.capitalize()} tell what would happen after a release."


def words(found: Row | None) -> str:
    """An outcome as a person reads it: `rejected FIELD_INVALID`."""
    return "-" if found is None else " ".join(part for part in (str(found["outcome"]).replace("_", " "), found["code"]) if part)


def fields(found: Row, lang: str) -> str:
    """The field in question, or those that would change."""
    return ", ".join(field_label(name, lang) for name in ([found["field"]] if found["field"] else found["changed"]))


def shown_moves(to: "Console", moves: Iterable[tuple[Row | None, Row]], titles: tuple[str, str]) -> None:
    """How many people go from which outcome to which, the most frequent first."""
    from hr_pipeline.cli.terminal import Column, show_table

    counted = Counter((words(before), words(after)) for before, after in moves)
    columns = [Column("Employees", right=True), *(Column(title, elastic=True) for title in titles)]
    show_table(to, columns, [(count, *move) for move, count in counted.most_common()])


def _told(row: Row, lang: str, provider: str) -> Row:
    """A row with the words of what it would be now."""
    now = row["now"]
    said = text(Code(now["code"]), lang, field=now["field"], provider=provider) if now["code"] else None
    return {**row, "message": said.message if said else None, "next": said.next if said else None}


def _show(to: "Console", document: Row, lang: str) -> None:
    from hr_pipeline.cli.terminal import Column, say, show_rows

    then, now, rows = document["then"], document["now"], document["rows"]
    say(to, f"Snapshot {document['snapshot_id']} of {document['date'].isoformat()}, planned with today's rules. Nothing is written.")
    if now["message"]:
        held = whole_hold(now["held_by"])
        say(to, f"{held[0].upper()}{held[1:]}", style="yellow")
        say(to, f"{now['held_by']}: {now['message']}", style="yellow")
    say(to, " · ".join(f"{count} {name}" for name, count, _ in titled_buckets(now)), style="bold")
    if then is None:
        say(to, "No sync run has used it yet.")
    elif then["code"]:
        say(to, f"{then['sync_run_id']} used it then, and ended with {then['code']}.")
    if rows:
        say(to, "")
        shown_moves(to, ((row["then"], row["now"]) for row in rows), (f"Then{', ' + then['sync_run_id'] if then else ''}", "Now"))
    told: Sequence[Row] = [row for row in rows if not row["settled"]]
    if told:
        columns = [
            Column("Employee", identity=True),
            Column("Then", elastic=True),
            Column("Now"),
            Column("Fields", elastic=True, spare=1),
            Column("Account", spare=2),
        ]
        cells = [(row["external_id"], words(row["then"]), words(row["now"]), fields(row["now"], lang), row["account_id"]) for row in told]
        show_rows(to, columns, cells, f"hr-pipeline replay {document['snapshot_id']} --json")
    if settled := len(rows) - len(told):
        say(to, f"{settled} went through then and need nothing now.", style="dim")
    if not rows:
        say(to, "The same for everybody as then." if then else "Everybody listed is as the platform has them.")
    _show_next(to, document)


def _show_next(to: "Console", document: Row) -> None:
    """How to do it in earnest: the newest snapshot can be planned and approved, an older one never wins over newer facts."""
    from hr_pipeline.cli.terminal import say

    say(to, "")
    if document["newest"]:
        say(
            to,
            f"Next: hr-pipeline preview {document['connection_id']} --snapshot {document['snapshot_id']}, which keeps a plan to approve.",
        )
    else:
        say(to, f"Newer facts than this snapshot's are kept: hr-pipeline snapshots {document['connection_id']}", style="dim")
