"""Rows of the store with their words: what happened to a run, an employee or a conflict, who must act, and what to do next.

The words are `domain.messages`', the rows `adapters.store.reports`'. Pure. May import: `domain`.
"""

from collections.abc import Mapping
from typing import Any

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import Message, text

Row = dict[str, Any]


def explained_run(run: Mapping[str, Any], lang: str | None) -> Row:
    """A sync run of `reports.sync_runs` with `message`, `next` and `owner` of its code; its detail goes into the message."""
    params = {**run["detail"], "provider": run["provider"], "connection": run["connection_id"]}
    return {**{key: value for key, value in run.items() if key != "detail"}, **_words(run["code"], lang, params)}


def explained_outcome(outcome: Mapping[str, Any], lang: str | None, provider: str) -> Row:
    """An outcome of `reports.outcomes` with `message`, `next` and `owner`; null where there is nothing to say."""
    said = _words(outcome["code"], lang, {"field": outcome["field"], "rule": outcome["rule"], "provider": provider})
    keys = ("external_id", "outcome", "code", "field")
    rest = {key: value for key, value in outcome.items() if key not in (*keys, "rule")}
    return {**{key: outcome[key] for key in keys}, **said, **rest}


def explained_conflict(conflict: Mapping[str, Any], lang: str | None) -> Row:
    """A conflict of `reports.conflicts` with `message`, `next` and `owner`."""
    provider = conflict["connection_id"].partition("-")[0]
    return {**conflict, **_words(conflict["code"], lang, {"provider": provider})}


def explained_plan_row(row: Mapping[str, Any], lang: str | None, provider: str) -> Row:
    """A row of `reports.plan_rows` with `message` and `next`; the store's own numbers are left out."""
    said = _words(row["code"], lang, {"field": row["field"], "provider": provider})
    keys = ("external_id", "outcome", "code", "field", "account_id", "changed")
    return {**{key: row[key] for key in keys}, **said}


def _words(code: str | None, lang: str | None, params: Mapping[str, object]) -> dict[str, str | None]:
    if code is None:
        return {"message": None, "next": None, "owner": None}
    said: Message = text(Code(code), lang, **params)
    return {"message": said.message, "next": said.next, "owner": str(said.owner)}
