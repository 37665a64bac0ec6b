"""Rows of the store with their words: what happened to a run, an employee or a conflict, who must act, and what to do next.

The words are `domain.messages`', the rows `adapters.store.reports`'. Pure. May import: `domain`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import possible
from hr_pipeline.domain.messages import Message, phrase_label, rule_label, text
from hr_pipeline.domain.outcomes import Reversal
from hr_pipeline.domain.phrases import Phrase

Row = dict[str, Any]


def explained_run(run: Mapping[str, Any], lang: str | None) -> Row:
    """A sync run of `reports.sync_runs` with `message`, `next` and `owner` of its code; its detail goes into the message."""
    ids = {"connection": run["connection_id"], "run": run["sync_run_id"], "plan": run.get("plan_id")}
    params = {**run["detail"], "provider": run["provider"], **ids}
    return {**{key: value for key, value in run.items() if key != "detail"}, **_words(run["code"], lang, params)}


def explained_outcome(outcome: Mapping[str, Any], lang: str | None, provider: str, run: Mapping[str, Any] | None = None) -> Row:
    """An outcome of `reports.outcomes` with `message`, `next` and `owner`; null where there is nothing to say.

    Args:
        outcome: The row.
        lang: Language.
        provider: Whose employee it is.
        run: The run it is an outcome of, for the ids that its next step takes.
    """
    ids = (
        {"connection": run["connection_id"], "run": run["sync_run_id"], "plan": run["plan_id"], "undone": run.get("undoes")} if run else {}
    )
    said = _words(
        outcome["code"],
        lang,
        {
            "field": outcome["field"],
            "rule": outcome["rule"],
            "provider": provider,
            "employee": outcome["external_id"],
            "times": outcome["runs"],
            "starts": outcome.get("takes_effect"),
            "by": outcome.get("by"),
            **ids,
        },
    )
    keys = ("external_id", "outcome", "code", "field")
    rest = {key: value for key, value in outcome.items() if key not in (*keys, "rule", "takes_effect")}
    if "details" in rest:
        rest["details"] = explained_warnings(rest["details"], lang, provider)
    return {**{key: outcome[key] for key in keys}, **said, **rest}


def explained_warnings(warnings: Sequence[Mapping[str, Any]], lang: str | None, provider: str) -> list[Row]:
    """Warnings about one employee, code, field and rule each, with the `message` and the `next` step that say so."""
    return [
        {
            **{name: one[name] for name in ("code", "field")},
            "rule": rule_label(one["rule"], lang) if one["rule"] else None,
            **{key: said for key, said in _words(one["code"], lang, {**one, "provider": provider}).items() if key != "owner"},
        }
        for one in warnings
    ]


def explained_conflict(conflict: Mapping[str, Any], lang: str | None) -> Row:
    """A conflict of `reports.conflicts` with `message`, `next` and `owner`, and the `choices` that it leaves."""
    choices = possible(Code(conflict["code"]), linked=bool(conflict.get("linked")))
    params = {
        "provider": conflict["connection_id"].partition("-")[0],
        "conflict": conflict.get("conflict_id"),
        "choices": "|".join(choices),
    }
    rest = {key: value for key, value in conflict.items() if key != "linked"}
    return {**rest, **_words(conflict["code"], lang, params), "choices": [str(choice) for choice in choices]}


def explained_missing(missing: Mapping[str, Any], lang: str | None) -> Row:
    """Somebody missing (`absences.missing_people`) with what is `known`, and `code`, `message`, `next` and `owner` once somebody should look."""
    known = phrase_label(
        Phrase(
            missing["rung"],
            {"times": missing["times"], "last_day": missing["last_day"], "by": missing["closed_by"], "closed_on": missing["closed_on"]},
        ),
        lang,
    )
    code = Code.CLOSED_MISSING if missing["closed_run_id"] else Code.STILL_MISSING if missing["needs_attention"] else None
    params = {
        "times": missing["times"],
        "provider": missing["provider"],
        "connection": missing["connection_id"],
        "employee": missing["external_id"],
    }
    rest = {key: value for key, value in missing.items() if key not in ("connection_no", "account_no", "provider")}
    return {**rest, "known": known, "code": code, **_words(code, lang, params)}


def explained_undo(undone: Mapping[str, Any], lang: str | None) -> Row:
    """An undo of `undoing.undo`, or one foreseen, with `message` and `next`; whoever was not reversed has theirs, and an `owner`."""
    ids = {"connection": undone["connection_id"], "run": undone["sync_run_id"], "undone": undone["undone"]}
    code = Code.RUN_UNDONE if undone["sync_run_id"] else Code.UNDO_FORESEEN
    said = _words(code, lang, ids)
    lists = {
        str(word): [{**one, **(_words(one["code"], lang, {**ids, "by": one["by"]}) if "code" in one else {})} for one in undone[word]]
        for word in Reversal
    }
    return {**undone, "code": code.value, "message": said["message"], "next": said["next"], **lists}


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


def _fields(field: str | None) -> str | list[str] | None:
    """The field an outcome is about, or those: of a drift there may be several."""
    return field.split(", ") if field and ", " in field else field
