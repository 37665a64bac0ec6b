"""What is odd about employees of a run without keeping them back, in words: each warning once for each field, and whom it is about.

May import: `domain`, this room.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hr_pipeline.domain.codes import Code

if TYPE_CHECKING:
    from rich.console import Console

MOST_NAMED = 10  # ids below a warning


def named_warnings(row: dict[str, Any]) -> list[str]:
    """Each warning with the fields it is about: `CLEAR_BLOCKED (birth_date)`."""
    fields = {code: [one["field"] for one in row.get("details", []) if one["code"] == code and one["field"]] for code in row["warnings"]}
    return [f"{code} ({', '.join(dict.fromkeys(named))})" if named else code for code, named in fields.items()]


def warned(rows: Sequence[dict[str, Any]], told: Sequence[dict[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """Who has which warning about which field (empty: about none), of the people listed who have no code.

    A clear that was blocked leaves its employee unchanged, so it is told of those who are only counted too.
    """
    found: dict[tuple[str, str], list[str]] = {}
    listed = {id(row) for row in told if not row["code"]}
    for row in rows:
        named = row.get("details") or [{"code": code, "field": None} for code in row["warnings"]]
        for one in named:
            if id(row) in listed or one["code"] == Code.CLEAR_BLOCKED:
                people = found.setdefault((one["code"], one["field"] or ""), [])
                people += [who for who in [row["external_id"] or "?"] if who not in people[-1:]]
    return found


def show_warnings(to: "Console", told: dict[tuple[str, str], list[str]], provider: str, lang: str) -> None:
    """What the codes mean that keep nobody back, once for each field, and whom they are about where that has a field."""
    from hr_pipeline.cli.terminal import paragraph, say
    from hr_pipeline.domain.messages import field_label, text

    for (code, field), people in sorted(told.items()):
        said = text(Code(code), lang, provider=provider, field=field or None)
        say(to, "")
        paragraph(to, f"{said.code}: {said.message} {said.next}")
        if field:
            more = f" … and {len(people) - MOST_NAMED} more: --only {code}" if len(people) > MOST_NAMED else ""
            paragraph(to, f"{field_label(field, lang)}: {', '.join(people[:MOST_NAMED])}{more}")


def show_days(to: "Console", rows: Sequence[dict[str, Any]], lang: str) -> None:
    """Which days of whom were corrected, and what that asks for."""
    from hr_pipeline.cli.terminal import paragraph, say
    from hr_pipeline.domain.messages import field_label, text

    for row in rows:
        for one in row.get("details", []):
            say(to, f"{row['external_id']}: {field_label(one['field'], lang)} {one['rule']}")
    for field in dict.fromkeys(one["field"] for row in rows for one in row.get("details", [])):
        said = text(Code.PAY_RETROACTIVE, lang, field=field)
        say(to, "")
        paragraph(to, f"{said.code}: {said.message} {said.next}")
