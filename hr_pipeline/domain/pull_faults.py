"""What can be wrong with a provider's answer, or with a whole pull: the `reason` inside a refusal.

Each member is a key of the phrases (`[phrases]` of `catalogue.toml`), so that a reason is said in the reader's language.
Source: quality.md ("Faults to survive"). May import: `phrases`.
"""

from enum import StrEnum

from hr_pipeline.domain.phrases import Phrase


class PullFault(StrEnum):
    """Why a provider could not be read."""

    # No answer (PROVIDER_UNAVAILABLE)
    UNREACHABLE = "unreachable"  # no connection, or one that broke
    TIMED_OUT = "timed_out"  # {seconds}: the total deadline of one request
    CUT_SHORT = "cut_short"  # the answer ended before its end
    THROTTLED = "throttled"  # 429
    SERVER_ERROR = "server_error"  # {status}
    QUOTA = "quota"  # 403 that names a call quota
    TOO_LONG = "too_long"  # the deadline of the whole pull
    CERTIFICATE = "certificate"  # TLS refused: nothing was sent

    # An answer that is not the contract's (PROVIDER_CHANGED)
    REDIRECT = "redirect"  # not followed
    STATUS = "status"  # {status}
    HTML = "html"
    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"  # {megabytes}
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    NUL = "nul"
    SHAPE = "shape"  # {expected}
    KEYS_MISSING = "keys_missing"  # {keys}: in no row of a list that has rows

    # Every answer was fine, together they are not the whole list (SNAPSHOT_INCOMPLETE)
    TOTAL_CHANGED = "total_changed"
    TOTAL_DIFFERS = "total_differs"  # {announced}, {found}
    REPEATED_ROW = "repeated_row"
    REPEATED_CURSOR = "repeated_cursor"
    OTHER_COMPANY = "other_company"  # rows that say they belong to another company

    # An address nothing may be sent to (ADDRESS_REFUSED)
    MALFORMED = "malformed"
    NOT_HTTPS = "not_https"
    UNKNOWN_HOST = "unknown_host"


def reason(fault: PullFault, **params: object) -> Phrase:
    """The fault as a parameter of a refusal. Parameters are counts, limits and names of keys, never a body's values."""
    return Phrase(fault, params)
