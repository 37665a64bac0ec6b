"""The edge of every command: its answer as JSON or for people, its refusal as one sentence and the next step, never a traceback.

Exit status: 0 done (also partial), 1 refused or any sync run in error, 2 wrong usage (typer's), 130 interrupted. May import: `domain`,
this room.
"""

import logging
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec
from uuid import uuid4

import typer

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import Language, Message, explained, language_of, text
from hr_pipeline.domain.refusals import Refusal

if TYPE_CHECKING:
    from rich.console import Console

log = logging.getLogger(__name__)

P = ParamSpec("P")

INTERRUPTED = 130  # what shells say of Ctrl-C

_ERROR = {Language.FR: "Erreur", Language.NL: "Fout", Language.EN: "Error"}
_NEXT = {Language.FR: "À faire", Language.NL: "Volgende stap", Language.EN: "Next"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command came to.

    Attributes:
        document: For `--json`: the one document on stdout.
        show: For people: prints to a console on stdout.
        failed: Done, but something in it is an error: exit 1.
    """

    document: object
    show: "Callable[[Console], None]"
    failed: bool = False


def answering(command: Callable[P, Answer]) -> Callable[P, None]:
    """A command whose answer is printed. It has the options `as_json` and `lang`."""

    @wraps(command)
    def answered(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json, lang = bool(kwargs["as_json"]), str(kwargs["lang"])
        try:
            _check_text(kwargs)
            answer = command(*args, **kwargs)
            if as_json:
                print_document(answer.document)
            else:
                from hr_pipeline.cli.terminal import console

                answer.show(console())
        except Refusal as refusal:
            _refuse(refusal, as_json=as_json, lang=lang)
        except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            from hr_pipeline.cli.surroundings import end_process

            typer.echo("Stopped.", err=True)
            end_process(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody is shown a traceback
            _refuse(internal_error(error), as_json=as_json, lang=lang)
        else:
            if answer.failed:
                raise typer.Exit(1)

    return answered


def print_document(document: object) -> None:
    """One JSON document on stdout: dates as ISO, decimals as text."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    typer.echo(orjson.dumps(document, default=str, option=options), nl=False)


def said(refusal: Refusal, lang: str) -> Message:
    """A refusal in words; the sentence of its cause follows where it has one."""
    message = explained(refusal, lang) if refusal.code is not Code.CONFLICT_CHANGED else _changed_question(refusal, lang)
    if isinstance(cause := refusal.params.get("cause"), Refusal):
        message = replace(message, message=f"{message.message} {explained(cause, lang).message}")
    if refusal.code is Code.FIELD_INVALID and "provider" not in refusal.params:  # typed in here, so not to be corrected at a provider
        message = replace(message, next=text(Code.INVALID_SETTING, lang, setting=refusal.params.get("field")).next)
    return message


def _changed_question(refusal: Refusal, lang: str) -> Message:
    """What changed of a question, in words."""
    from hr_pipeline.cli.conflict_text import part_label

    changed = ", ".join(part_label(part, lang) for part in str(refusal.params.get("changed") or "").split(", ") if part)
    return text(refusal.code, lang, **{**refusal.params, "changed": changed})


def internal_error(error: Exception) -> Refusal:
    """The refusal for what nobody foresaw. Its text may quote anything, so only its kind and where it came from are logged."""
    correlation_id = uuid4().hex[:12]
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    log.error("%s at %s (%s)", type(error).__name__, place, correlation_id)
    return Refusal(Code.INTERNAL_ERROR, correlation_id=correlation_id)


def _check_text(arguments: Mapping[str, object]) -> None:
    """Refuse what a terminal of another encoding, or an accident, made of an argument: half characters that no database takes.

    Raises:
        Refusal: `INVALID_SETTING` naming the argument.
    """
    for name, value in arguments.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and any("\ud800" <= c <= "\udfff" for c in one):
                raise Refusal(Code.INVALID_SETTING, setting=name, expected="UTF-8 text")


def _refuse(refusal: Refusal, *, as_json: bool, lang: str) -> None:
    message = said(refusal, lang)
    if as_json:
        print_document({**message.as_document(), **_more(refusal)})
    else:
        language = language_of(lang)
        typer.echo(f"{_ERROR[language]}: {message.message} ({message.code})", err=True)
        typer.echo(f"{_NEXT[language]}: {message.next}", err=True)
    sys.stdout.flush()
    raise typer.Exit(1) from None


def _more(refusal: Refusal) -> dict[str, Any]:
    """What a program can use beside the words."""
    more: dict[str, Any] = {}
    if isinstance(cause := refusal.params.get("cause"), Refusal):
        more["cause"] = str(cause.code)
    if correlation_id := refusal.params.get("correlation_id"):
        more["correlation_id"] = correlation_id
    return more
