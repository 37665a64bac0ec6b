"""Contracts that follow each other: one without a last day lasts until the next one of the same person begins.

PayFit lists a contract to come beside the one in force, which has no last day before somebody ends it. Both together would add up to more
than a full-time job, of which no day is announced. Contracts that have begun are not touched: who works under two has both. May import:
`contract`.
"""

from bisect import bisect_right
from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hr_pipeline.adapters.providers.payfit import contract as c

_REF, _START, _END = "employee_ref", c.PAY[c.START].name, c.PAY[c.END].name


def successive(contracts: pa.Table, on: date) -> pa.Table:
    """The contracts, of which those without a last day end on the eve of the next one of their person that begins after a date."""
    coming = pc.greater(contracts[_START], on.isoformat())
    if not pc.any(coming).as_py():
        return contracts
    starts: defaultdict[str | None, list[str]] = defaultdict(list)
    to_come = contracts.filter(coming)
    for reference, start in zip(to_come[_REF].to_pylist(), to_come[_START].to_pylist(), strict=True):
        starts[reference].append(start)
    for listed in starts.values():
        listed.sort()
    followed = pc.and_(pc.is_null(contracts[_END]), pc.is_in(contracts[_REF], value_set=to_come[_REF].combine_chunks()))
    ends = contracts[_END].to_numpy(zero_copy_only=False).copy()
    for row in np.flatnonzero(pc.fill_null(followed, pa.scalar(value=False)).to_numpy(zero_copy_only=False)):
        ends[row] = _eve(starts[contracts[_REF][row].as_py()], contracts[_START][row].as_py())
    return contracts.set_column(contracts.schema.get_field_index(_END), _END, pa.array(ends, pa.string()))


def _eve(starts: list[str], own: str | None) -> str | None:
    """The day before the first start after one's own; None without any, and where what was sent is no date."""
    following = bisect_right(starts, own) if own is not None else len(starts)
    try:
        return (date.fromisoformat(starts[following]) - timedelta(days=1)).isoformat() if following < len(starts) else None
    except ValueError:
        return None
