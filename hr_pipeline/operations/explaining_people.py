"""People who were found, with their words: where they stand in one sentence, and what to do next. Pure.

The facts are `finding`'s, the sentences `domain.standings`' in the catalogue. May import: `domain`, `explaining`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import phrase_label, provider_label, text
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.standings import PersonWord, Standing, Step, standing_of
from hr_pipeline.operations.explaining import explained_missing, explained_outcome, explained_run, explained_warnings

Row = dict[str, Any]

_TOLD_BY_CODE = (Standing.REJECTED, Standing.HELD, Standing.FAILED, Standing.OUT_OF_SCOPE, Standing.UPCOMING)
_NEXT_BY_CODE = (Standing.REJECTED, Standing.HELD, Standing.FAILED, Standing.UPCOMING, Standing.MISSING, Standing.MISSING_HELD)
_ASKED = (Standing.CONFLICT, Standing.DECIDED, Standing.DEFERRED)
_BY_THE_NEXT_SYNC = (Standing.DECIDED, Standing.PENDING, Standing.UNDECIDED)
_STEPS = {
    **{standing: Step(standing.value) for standing in Standing if standing.value in set(Step)},
    **dict.fromkeys(_BY_THE_NEXT_SYNC, Step.DECIDED),
    Standing.DEFERRED: Step.CONFLICT,
    Standing.FROZEN: Step.NOT_LISTED,
}


def explained_person(facts: Mapping[str, Any], lang: str | None, today: date, how_to_sync: Callable[[str], str]) -> Row:
    """Somebody found: `state`, `code`, `message`, `next`, `owner` and `since`, the ids that commands take, `warnings`, and the last `outcomes`.

    Args:
        facts: Of `finding.find_people`.
        lang: Language.
        today: Civil date.
        how_to_sync: The command that synchronises a connection here.
    """
    standing = standing_of(facts, today)
    said = _of_code(facts, standing, lang)
    params = {
        **_params(facts, standing, said, how_to_sync),
        "provider": provider_label(facts["provider"], lang) if facts["provider"] else None,
    }
    message = [phrase_label(Phrase(standing, params), lang), said["message"] if standing in (*_TOLD_BY_CODE, Standing.CONFLICT) else None]
    following = _following(facts, standing, said["next"], params, lang)
    if facts["connection_id"] is not None and (word := _of_connection(facts)):
        message.append(phrase_label(Phrase(word, params), lang))
        following.insert(0, phrase_label(Phrase(Step.CONNECTION, params), lang))
    return {
        **{name: facts[name] for name in ("connection_id", "external_id", "account_id")},
        "state": standing.value,
        "code": said["code"],
        "message": " ".join(filter(None, message)),
        "next": " ".join(following),
        "owner": said["owner"],
        "field": facts["field"] if standing in _TOLD_BY_CODE else None,
        "since": params["since"],
        "conflict_id": params["conflict"],
        "warnings": explained_warnings(facts["warnings"], lang, facts["provider"]),
        "outcomes": facts["outcomes"],
    }


def _following(facts: Mapping[str, Any], standing: Standing, of_code: str | None, params: Row, lang: str | None) -> list[str]:
    """What to do next: what the code says (to be corrected at the provider, a hold to release), then the standing's own step."""
    following = [of_code] if of_code and standing in _NEXT_BY_CODE else []
    step = _step(facts, standing)
    if step is None or (step is Step.MISSING and following):
        return following
    return [*following, phrase_label(Phrase(step, params), lang)]


def _step(facts: Mapping[str, Any], standing: Standing) -> Step | None:
    """The standing's own step: of an account that a conflict proposes, and of whom a decision that was taken back is about, a more telling one."""
    if standing is Standing.UNLINKED and facts["candidate_of"]:
        return Step.CANDIDATE
    if standing is Standing.UNDONE and facts["taken_back"]:
        return Step.UNDONE_DECIDED
    return _STEPS.get(standing)


def _of_connection(facts: Mapping[str, Any]) -> PersonWord | None:
    """What keeps the whole connection from going on, whoever it is."""
    if not facts["active"]:
        return PersonWord.STOPPED
    return PersonWord.FAILED_SINCE if facts["failed_since"] else None


def _of_code(facts: Mapping[str, Any], standing: Standing, lang: str | None) -> Row:
    """Code, message, next step and owner, where a code says why."""
    if standing in _TOLD_BY_CODE:
        row = {name: facts[name] for name in ("external_id", "outcome", "code", "field", "rule", "runs", "takes_effect")}
        run = {"connection_id": facts["connection_id"], "sync_run_id": facts["sync_run_id"], "plan_id": facts["plan_id"]}
        return explained_outcome(row, lang, facts["provider"], run)
    if standing in (Standing.MISSING, Standing.CLOSED_MISSING):
        return explained_missing(facts["missing"], lang)
    if standing is Standing.MISSING_HELD:
        held = facts["missing_held"]
        return explained_run(
            {**held, "connection_id": facts["connection_id"], "provider": facts["provider"], "sync_run_id": f"r{held['run_no']}"}, lang
        )
    if facts["conflict"] and standing in _ASKED:
        question = text(Code(facts["conflict"]["code"]), lang, provider=facts["provider"])
        return {"code": question.code, "message": question.message, "owner": str(question.owner), "next": None}
    return {"code": Code.EXCLUDED if standing is Standing.EXCLUDED else None, "message": None, "owner": None, "next": None}


def _params(facts: Mapping[str, Any], standing: Standing, said: Row, how_to_sync: Callable[[str], str]) -> Row:
    """Values for the placeholders of every sentence; None counts as not given."""
    missing, excluded, conflict = facts["missing"] or {}, facts["excluded"] or {}, facts["conflict"] or {}
    ended, failed, held = facts["ended"] or {}, facts["failed_since"] or {}, facts["missing_held"] or {}
    is_undone = standing in (Standing.UNDONE, Standing.MOVED)
    account = f"a{ended['account_no']}" if standing is Standing.MOVED else facts["account_id"]
    return {
        "account": account,
        "employee": facts["external_id"],
        "connection": facts["connection_id"],
        "sync": how_to_sync(facts["connection_id"]) if facts["connection_id"] else None,
        "run": f"r{ended['run_no']}" if is_undone else facts["outcomes"][0]["sync_run_id"] if facts["outcomes"] else None,
        "date": ended["on_date"] if is_undone else facts["outcomes"][0]["date"] if facts["outcomes"] else None,
        "last_day": facts["exit_date"],
        "conflict": conflict.get("conflict_id") or facts["candidate_of"] or (facts["taken_back"] if standing is Standing.UNDONE else None),
        "since": _since(facts, standing),
        "times": facts["runs"],
        "owner": excluded.get("owner"),
        "until": excluded.get("until"),
        "reason": excluded.get("reason") or missing.get("closed_reason"),
        "known": said.get("known"),
        "last_listed": missing.get("last_listed"),
        "closed_on": missing.get("closed_on"),
        "by": missing.get("closed_by"),
        "code": failed.get("code"),
        "failed_run": f"r{failed['run_no']}" if failed else None,
        "failed_on": failed.get("on_date"),
        "held_run": f"r{held['run_no']}" if held else None,
        "held_on": held.get("on_date"),
    }


def _since(facts: Mapping[str, Any], standing: Standing) -> date | None:
    """Since when it has been so, where that is known."""
    for states, source in (
        ((Standing.EXCLUDED,), facts["excluded"]),
        (_ASKED, facts["conflict"]),
        ((Standing.MISSING, Standing.CLOSED_MISSING), facts["missing"]),
        ((Standing.MISSING_HELD,), {"since": (facts["missing_held"] or {}).get("on_date")}),
        (_TOLD_BY_CODE, facts),
    ):
        if standing in states:
            since: date | None = source["since"]
            return since
    return None
