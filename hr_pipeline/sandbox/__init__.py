"""PayFit and Securex as local HTTP servers that follow both contracts: any population, scripted nights, faults on demand.

`Sandbox` and `run` (server), `SandboxOptions` (options), `expected` and the platform accounts (expectations, roster). Everybody
in here is invented. May import: nothing of ours outside this room.
"""

from hr_pipeline.sandbox.expectations import CompanyExpectation, NightExpectation, expected, write_platform_accounts
from hr_pipeline.sandbox.faults import Fault
from hr_pipeline.sandbox.options import SandboxOptions
from hr_pipeline.sandbox.roster import PLATFORM_ACCOUNTS
from hr_pipeline.sandbox.server import Sandbox, run

__all__ = [
    "PLATFORM_ACCOUNTS",
    "CompanyExpectation",
    "Fault",
    "NightExpectation",
    "Sandbox",
    "SandboxOptions",
    "expected",
    "run",
    "write_platform_accounts",
]
