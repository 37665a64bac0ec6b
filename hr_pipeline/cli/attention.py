"""`attention`: who is told, what would be told now, and what became of what was told. May import: `operations`, `adapters`, `domain`, this room."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from hr_pipeline.cli.answers import Answer, answering, said
from hr_pipeline.cli.options import AsJson, Lang
from hr_pipeline.cli.surroundings import without_pandas, workplace
from hr_pipeline.domain.messages import language_of
from hr_pipeline.domain.refusals import Refusal

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.adapters.attention.settings import Attention
    from hr_pipeline.domain.attention import Digest

OFF = "Nobody is told: set HR_PIPELINE_ATTENTION_SMTP with …_FROM and …_TO, or HR_PIPELINE_ATTENTION_WEBHOOK (see .env.example)."


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("attention", rich_help_panel=panel)(tell_attention)


@answering
def tell_attention(
    send: Annotated[
        bool, typer.Option("--send", help="Send it now by every channel, marked as a trial; it is told again when its time comes.")
    ] = False,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Show who is told when something gets worse, what would be told now, and what became of the last digests."""
    from hr_pipeline.adapters.attention.settings import attention_settings
    from hr_pipeline.adapters.store.attention import listed_digests
    from hr_pipeline.domain.attention import Digest
    from hr_pipeline.domain.digest_words import as_rows, body
    from hr_pipeline.operations.attention import to_tell

    work = workplace()
    settings = attention_settings(work.environment)
    with without_pandas(), work.store.opened() as database:
        digest = to_tell(database, work.clock(), lambda _: False) or Digest({}, (), 0, 0)
        told = listed_digests(database, 10)
    trials = _tried(settings, digest, lang) if send else []
    untold = {
        "counts": digest.counts,
        "companies": digest.companies,
        "more": digest.more,
        "lines": as_rows(digest, language_of(lang), settings.dagster),
    }
    document = {"channels": [str(channel) for channel in settings.channels], "untold": untold, "digests": told, "trials": trials}

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, f"Told by: {', '.join(settings.channels)}." if settings.channels else OFF)
        say(to, "")
        for line in body(digest, language_of(lang), settings.dagster).rstrip().splitlines():
            say(to, *(("  ", line.strip()) if line.startswith("  ") else (line,)))
        for trial in trials:
            say(to, f"{trial['channel']}: {trial.get('message', 'sent.')}")
        _show_told(to, told)

    return Answer(document, show, failed=any("code" in trial for trial in trials))


def _tried(settings: "Attention", digest: "Digest", lang: str) -> list[dict[str, Any]]:
    """A trial by every channel.

    Raises:
        Refusal: `ENVIRONMENT_INCOMPLETE` when none is set.
    """
    from hr_pipeline.domain.codes import Code
    from hr_pipeline.operations.attention import send

    if not settings.channels:
        raise Refusal(Code.ENVIRONMENT_INCOMPLETE, variables="HR_PIPELINE_ATTENTION_SMTP, HR_PIPELINE_ATTENTION_WEBHOOK")
    trials: list[dict[str, Any]] = []
    for channel in settings.channels:
        try:
            left_out = send(settings, channel, digest, uuid4().hex, datetime.now(UTC), trial=True)
            refused = {"recipients_refused": left_out.params["times"]} if left_out else {}
            trials.append({"channel": str(channel), "state": "sent", **refused})
        except Refusal as refusal:
            trials.append({"channel": str(channel), "state": "failed", **said(refusal, lang).as_document()})
    return trials


def _show_told(to: "Console", told: list[dict[str, Any]]) -> None:
    from hr_pipeline.cli.terminal import Column, say, show_rows, word

    if not told:
        return
    say(to, "")
    columns = [
        Column("Digest", right=True),
        Column("Made (Brussels)"),
        Column("By"),
        Column("State"),
        Column("Attempts", right=True),
        Column("Next"),
        Column("Why"),
    ]
    rows = [
        (one["digest_id"], one["made_at"], one["channel"], word(one["state"]), one["attempts"], one["next_at"] or "", one["code"] or "")
        for one in told
    ]
    show_rows(to, columns, rows, "hr-pipeline attention --json")
