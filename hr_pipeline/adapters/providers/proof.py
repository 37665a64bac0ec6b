"""What a pull must show before its list counts as whole: the shape of every page, no row twice, the keys that always come.

Totals and cursors are each provider's own and stay in its module. May import: `domain`.
"""

from array import array
from collections.abc import Sequence
from datetime import date

import numpy as np
import orjson

from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.domain.absences import Found, Sighting
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.pull_faults import PullFault, reason
from hr_pipeline.domain.refusals import Permanent, Transient

Row = dict[str, object]


def changed(provider: str, resource: str, fault: PullFault, **params: object) -> Permanent:
    """`PROVIDER_CHANGED`: an answer that is not the contract's."""
    return Permanent(Code.PROVIDER_CHANGED, provider=provider, resource=resource, status=200, reason=reason(fault, **params))


def incomplete(provider: str, resource: str, fault: PullFault, **params: object) -> Transient:
    """`SNAPSHOT_INCOMPLETE`: the pages together are not proven to be the whole list."""
    return Transient(Code.SNAPSHOT_INCOMPLETE, provider=provider, resource=resource, reason=reason(fault, **params))


def rows_of(provider: str, resource: str, document: object, key: str) -> list[Row]:
    """The objects listed under a key of a page.

    Raises:
        Permanent: `PROVIDER_CHANGED` when there is no such list or it holds something else than objects. Never an empty list instead.
    """
    rows = document.get(key) if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(type(row) is dict for row in rows):
        raise changed(provider, resource, PullFault.SHAPE, expected=key)
    return rows


def page_rows(provider: str, page: Page, key: str) -> list[Row]:
    """The objects listed on a landed page. It was judged when it was pulled; here only its shape matters.

    Raises:
        Permanent: `PROVIDER_CHANGED`.
    """
    try:
        document = orjson.loads(page.body)
    except orjson.JSONDecodeError:
        raise changed(provider, page.resource, PullFault.NOT_JSON) from None
    return rows_of(provider, page.resource, document, key)


def sighting(provider: str, resource: str, document: object, key: str, external_id: str, last_day: object) -> Sighting:
    """What an answer about one person says: that they are known, and their last day where it gives one.

    Raises:
        Permanent: `PROVIDER_CHANGED` when it is not about this person.
    """
    if not isinstance(document, dict) or str(document.get(key)) != external_id:
        raise changed(provider, resource, PullFault.SHAPE, expected=key)
    try:
        return Sighting(Found.THERE, date.fromisoformat(last_day) if isinstance(last_day, str) else None)
    except ValueError:
        return Sighting(Found.THERE)


class ListProof:
    """Rows of one list of one pull, remembered as 64-bit hashes: 8 bytes a row, so that a million cost 8 MB.

    Two different rows that hash alike (3 in 10^8 for a million rows) would refuse a good snapshot once; the hash is seeded per
    process, so the next pull is not refused.
    """

    def __init__(self, provider: str, resource: str, required: Sequence[str]) -> None:
        self._provider, self._resource = provider, resource
        self._hashes = array("q")
        self._unseen = set(required)

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, rows: Sequence[Row]) -> None:
        """Take the rows of one page."""
        self._hashes.extend([hash(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)) for row in rows])
        if self._unseen:
            self._unseen = {key for key in self._unseen if not any(key in row for row in rows)}

    def check(self) -> None:
        """Prove what every list must show.

        Raises:
            Permanent: `PROVIDER_CHANGED` when a key that always comes is in no row. Asked first: rows without their id look alike.
            Transient: `SNAPSHOT_INCOMPLETE` when a row came twice with the same content: the list moved while it was read. The same
                id with other content is another row, judged later (`DUPLICATE_EXTERNAL_ID`).
        """
        if self._unseen and len(self):
            raise changed(self._provider, self._resource, PullFault.KEYS_MISSING, keys=", ".join(sorted(self._unseen)))
        if len(np.unique(np.frombuffer(self._hashes, np.int64))) < len(self):
            raise incomplete(self._provider, self._resource, PullFault.REPEATED_ROW)
