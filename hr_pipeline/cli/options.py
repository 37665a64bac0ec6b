"""Options and arguments that several commands share, and the readers of what is typed in them. May import: `domain`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Relation
from hr_pipeline.domain.messages import Language, language_of
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.repeating import repeated_date

LARGEST_NUMBER = 2**63 - 1
LONGEST_FILE = 64 * 1024**2  # bytes: mappings and lists that people make by hand


def _language(context: typer.Context, parameter: typer.CallbackParam, value: str | None) -> str:
    """A language of the catalogue; the surroundings may name any, a person one that exists."""
    source = context.get_parameter_source(parameter.name or "lang")
    if source is not None and source.name == "COMMANDLINE" and value not in list(Language):
        raise typer.BadParameter("choose fr, nl or en")
    return language_of(value)


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")]
Lang = Annotated[
    str,
    typer.Option(
        "--lang",
        envvar="LANG",
        show_envvar=False,
        show_default=False,
        callback=_language,
        metavar="fr|nl|en",
        help="Language. (Default: LANG's.)",
    ),
]
ConnectionId = Annotated[str, typer.Argument(metavar="ID", help="A connection, as `hr-pipeline connections` lists it.")]
AnyConnectionId = Annotated[str | None, typer.Argument(metavar="ID", help="Only this connection.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A sync run, as `hr-pipeline history` lists it: r17.")]
Number = typer.Argument(min=1, max=LARGEST_NUMBER)
By = Annotated[str | None, typer.Option("--by", metavar="WHO", help="Who says so. (Default: your user name.)")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, for whoever reads it later.")]
Relations = Annotated[list[Relation] | None, typer.Option("--relation", help="Who takes part; may be repeated. (Default: employee.)")]
Values = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="LIMIT=VALUE", help="A limit (missing_pct=30) or a switch (link_on_birth_date=yes); may be repeated."),
]


def day(value: str | None, option: str) -> date | None:
    """A civil date as typed.

    Raises:
        Refusal: `INVALID_DATE`.
    """
    if value is None:
        return None
    try:
        if repeated_date(value) is None:
            raise ValueError(option)
        return date.fromisoformat(value)
    except ValueError:
        raise Refusal(Code.INVALID_DATE, date=repeated_date(value), expected="YYYY-MM-DD") from None


def line(value: str, option: str, longest: int = 200) -> str:
    """A line of text that a person types: not empty, not endless, nothing invisible in it.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    text = value.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise Refusal(Code.INVALID_SETTING, setting=option, expected="some text on one line")
    return text


def pairs(values: Sequence[str], option: str) -> dict[str, str]:
    """`NAME=VALUE` as typed, the last of a name counts."""
    split = [value.partition("=") for value in values]
    if any(not name.strip() or not equals for name, equals, _ in split):
        raise typer.BadParameter(f"{option} takes NAME=VALUE")
    return {name.strip(): value.strip() for name, _, value in split}


def content(path: Path) -> bytes:
    """The bytes of a file a person names.

    Raises:
        Refusal: `INVALID_FILE` when there is none to read, or it is far too large.
    """
    try:
        with path.open("rb") as file:
            read = file.read(LONGEST_FILE + 1)
    except (OSError, ValueError):
        raise Refusal(Code.INVALID_FILE, file=path.name[:63] or None, expected="a file that exists and can be read") from None
    if len(read) > LONGEST_FILE:
        raise Refusal(Code.INVALID_FILE, file=path.name[:63], expected="a file of at most 64 MB")
    return read


def document_text(path: Path) -> str:
    """The text of a file a person names.

    Raises:
        Refusal: `INVALID_FILE`.
    """
    try:
        return content(path).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(Code.INVALID_FILE, file=path.name[:63], expected="UTF-8 text") from None
