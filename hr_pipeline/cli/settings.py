"""`connection ID check|change`: what other settings would make of the last kept snapshot, and putting them in force.

May import: `operations`, `domain`, this room.
"""

from typing import TYPE_CHECKING, Any

from hr_pipeline.cli.answers import Answer
from hr_pipeline.cli.progress import interruptible
from hr_pipeline.cli.snapshots import fields, shown_moves, titled_buckets, told_hold, whole_hold, words
from hr_pipeline.cli.surroundings import workplace

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.operations.settings import Wish

Row = dict[str, Any]

# What each limit of `domain.connections.Limits` means; the glossary has the same words. They fit 80 columns beside name and value.
LIMITS = {
    "missing_pct": "% of linked people who may be missing",
    "missing_floor": "people who may be missing, however few are linked",
    "new_pct": "% of linked people who may be new",
    "new_floor": "people who may be new, however few are linked",
    "pay_changed_pct": "% of people with pay whose pay may change",
    "pay_changed_floor": "people whose pay may change, however few have pay",
    "pay_factor_pct": "% of people with pay: holds from this on ×12, ×100",
    "column_emptied_pct": "% of people with a value whose field may empty",
    "rejected_pct": "% of people asked for who may have unusable data",
    "gross_pct": "% by which a gross may move; above, they alone wait",
}
LIMITS_RULE = (
    "A guard holds above the larger of the share (_pct) and the floor (_floor, in people); pay_factor_pct holds from the share on,",
    "÷12 and ÷100 too. A first sync is not held by new_*. People asked for are those listed without those left out.",
)


def checked(connection_id: str, wish: "Wish", lang: str) -> Answer:
    """What would differ, for whom."""
    from hr_pipeline.operations.settings import settings_effect

    found = interruptible(lambda: settings_effect(workplace(), connection_id, wish))
    told = {name: told_hold(found[name], lang, found["provider"]) if found[name] else None for name in ("before", "after")}
    document = {**found, **told}
    return Answer(document, lambda to: _show(to, document, lang))


def changed(connection_id: str, wish: "Wish") -> Answer:
    """Put in force."""
    from hr_pipeline.operations.settings import change_settings

    settings, differing = change_settings(workplace(), connection_id, wish)
    document = {"connection_id": connection_id, "changed": differing, "settings": settings.as_document()}

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        if not differing:
            return say(to, "The connection has these settings already; nothing was changed.")
        _show_settings(to, differing)
        say(to, "In force from the next sync on; plans that wait for an approval have to be made again.")
        return say(to, f"Next: hr-pipeline preview {connection_id}")

    return Answer(document, show)


def _show_settings(to: "Console", differing: list[Row]) -> None:
    from hr_pipeline.cli.terminal import Column, show_table

    rows = [(one["setting"], _value(one["before"]), _value(one["after"])) for one in differing]
    show_table(to, [Column("Setting"), Column("Now"), Column("With this change", elastic=True)], rows)


def show_limits(to: "Console", limits: dict[str, str]) -> None:
    """The limits with what each means."""
    from hr_pipeline.cli.terminal import Column, say, show_table

    columns = [Column("Limit"), Column("Now", right=True), Column("What it means", elastic=True)]
    show_table(to, columns, [(name, value, LIMITS[name]) for name, value in limits.items()])
    for sentence in LIMITS_RULE:
        say(to, sentence, style="dim")


def _value(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else "none" if value is None else value


def _show(to: "Console", document: Row, lang: str) -> None:
    from hr_pipeline.cli.terminal import Column, say, show_rows, show_table

    if not document["changed"]:
        return say(to, "The connection has these settings already.")
    _show_settings(to, document["changed"])
    if document["after"] is None:
        return say(to, "No snapshot is kept yet; the effect on people can be told after the first sync or preview.")
    before, after, rows = document["before"], document["after"], document["rows"]
    say(to, f"On the snapshot of {document['date'].isoformat()} ({document['snapshot_id']}); nothing is written:")
    _show_holds(to, before, after)
    counts = [
        (title, was, would_be) for (title, was, _), (_, would_be, _) in zip(titled_buckets(before), titled_buckets(after), strict=True)
    ]
    show_table(to, [Column("Employees"), Column("Now", right=True), Column("With this change", right=True)], counts)
    if rows:
        shown_moves(to, ((row["before"], row["after"]) for row in rows), ("Would be", "Would become"))
        columns = [
            Column("Employee", identity=True),
            Column("Would be", elastic=True),
            Column("Would become"),
            Column("Fields", elastic=True, spare=1),
            Column("Account", spare=2),
        ]
        cells = [
            (row["external_id"], words(row["before"]), words(row["after"]), fields(row["after"], lang), row["account_id"]) for row in rows
        ]
        show_rows(to, columns, cells, f"hr-pipeline connection {document['connection_id']} check … --json")
    else:
        say(to, "Nobody would become something else.")
    if frozen := sum(row["frozen"] for row in rows):
        who = "1 linked person would be" if frozen == 1 else f"{frozen} linked people would be"
        say(to, f"{who} left out: their accounts stay as they are, frozen; nobody is closed or deleted.", style="yellow")
    return say(to, f"Next: hr-pipeline connection {document['connection_id']} change, with the same options.")


def _show_holds(to: "Console", before: Row, after: Row) -> None:
    """What would hold the run, above numbers that count as if nothing did."""
    from hr_pipeline.cli.terminal import say

    for title, plan in (("Now", before), ("With this change", after)):
        if not plan["message"]:
            continue
        say(to, f"{title} {whole_hold(plan['held_by'], 'its numbers')}", style="yellow")
        if plan is before or plan["message"] != before["message"]:
            say(to, f"{title} the run would wait: {plan['held_by']}: {plan['message']}", style="yellow")
    if before["held_by"] and not after["held_by"]:
        say(to, "With this change no guard would hold the run.")
