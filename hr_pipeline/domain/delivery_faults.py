"""Why a digest did not arrive: the `reason` inside `DIGEST_UNDELIVERED`, a key of the phrases. A server's own words are never repeated.

May import: `phrases`.
"""

from enum import StrEnum

from hr_pipeline.domain.phrases import Phrase


class DeliveryFault(StrEnum):
    """Why a server did not take a digest."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"  # {seconds}: the total deadline
    CERTIFICATE = "certificate"  # TLS refused: nothing was sent
    NO_ENCRYPTION = "no_encryption"  # nothing was sent
    LOGIN_REFUSED = "login_refused"
    NOBODY_ACCEPTED = "nobody_accepted"
    SOME_REFUSED = "some_refused"  # {times}: it arrived at the others, and is not sent again
    REFUSED = "refused"  # {status}
    REDIRECT = "redirect"  # not followed
    UNFORESEEN = "unforeseen"  # {kind}: of a failure that none of these is, as the library calls it


def fault(key: DeliveryFault, **params: object) -> Phrase:
    """The fault as a parameter of a refusal; parameters are counts, and names of kinds."""
    return Phrase(key, params)
