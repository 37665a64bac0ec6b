"""The words around a conflict's explanation; they live in `catalogue.toml` under `[phrases.ConflictWord]`. May import: nothing of ours."""

from enum import StrEnum


class ConflictWord(StrEnum):
    """What is said of a conflict, part by part."""

    TITLE = "title"
    EMPLOYEE = "employee"
    SINCE = "since"
    CHANGED = "changed"
    DECIDED = "decided"
    OPEN = "open"
    DECIDED_STATE = "decided_state"
    DEFERRED = "deferred"
    CLOSED = "closed"
    PART_EMPLOYEE = "part_employee"
    PART_ACCOUNT = "part_account"
    NAME = "name"
    LINK = "link"
    CANDIDATE = "candidate"
    NO_CANDIDATE = "no_candidate"
    BASE = "base"
    COMMON = "common"
    ONLY_BEARER = "only_bearer"
    BEARERS = "bearers"
    OTHER_NAME = "other_name"
    SCORE = "score"
    EMPLOYMENT = "employment"
    COMPANY = "company"
    POSSIBLE = "possible"
    CHOOSE_LINK = "choose_link"
    CHOOSE_CREATE = "choose_create"
    CHOOSE_TRANSFER = "choose_transfer"
    CHOOSE_EXCLUDE = "choose_exclude"
    CHOOSE_DEFER = "choose_defer"
    WHY = "why"


class Answered(StrEnum):
    """What somebody is told who has just decided: what happens, and when. By the values of `decisions.Choice`."""

    LINK = "link"
    CREATE = "create"
    TRANSFER = "transfer"
    EXCLUDE = "exclude"
    DEFER = "defer"
