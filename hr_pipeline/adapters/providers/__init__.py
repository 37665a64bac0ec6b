"""The payroll providers: one line each. How to add one: docs/adding-a-provider.md.

May import: `domain`, `adapters.http`, its own modules.
"""

from hr_pipeline.adapters.providers.payfit import Payfit
from hr_pipeline.adapters.providers.protocol import Provider
from hr_pipeline.adapters.providers.securex import Securex

PROVIDERS: dict[str, Provider] = {
    "securex": Securex(),
    "payfit": Payfit(),
}
