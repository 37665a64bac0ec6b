"""What a sandbox is asked to be: how many people, which night, which faults, which limits. May import: `faults`."""

from dataclasses import dataclass
from typing import Literal

from hr_pipeline.sandbox.faults import ordered

MOST_EMPLOYEES = 1_000_000
MOST_COMPANIES = 5_000


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Everything the answers depend on. Same options, same bytes (tokens and authorisation codes aside).

    Attributes:
        size: Employees of all companies together on night 1, 10 to 1 000 000.
        companies: Companies they work for, at most 5 000; None: a sensible number for the size.
        seed: Draws another population.
        night: 1 is the first sync; each further night changes about 1 % of the generated people, night 2 also the roster.
        faults: Orders `NAME[=VALUE][*TIMES][:TARGET…]`, see `faults`.
        latency_seconds: Waited before each answer of the two APIs.
        payfit_reads_per_second: Limit per client application; None: no limit.
        securex_calls_per_second: Limit per subscription; None: no limit.
        token_seconds: Life of an access token.
        page_limit: The server returns at most this many rows a page, whatever is asked; None: the contract's limits.
        payfit_count: What `meta.count` counts; the contract doesn't say, so a client must cope with both.
        roster: Whether the six written companies of `roster` take part. They need 6 companies and their own headcount;
            a smaller sandbox goes without them.

    Raises:
        ValueError: An option out of its range, or an unknown fault.
    """

    size: int = 200
    companies: int | None = None
    seed: int = 1
    night: int = 1
    faults: tuple[str, ...] = ()
    latency_seconds: float = 0.0
    payfit_reads_per_second: int | None = 50
    securex_calls_per_second: int | None = 200
    token_seconds: int = 3600
    page_limit: int | None = None
    payfit_count: Literal["page", "total"] = "page"
    roster: bool = True

    def __post_init__(self) -> None:
        """Refuse what no sandbox can be."""
        if not 10 <= self.size <= MOST_EMPLOYEES:
            raise ValueError(f"a sandbox holds 10 to {MOST_EMPLOYEES} employees")
        if self.companies is not None and not 1 <= self.companies <= min(MOST_COMPANIES, self.size):
            raise ValueError(f"a sandbox holds 1 to {MOST_COMPANIES} companies, each with an employee or more")
        if self.night < 1:
            raise ValueError("nights count from 1")
        for order in self.faults:
            ordered(order)
