"""All companies of one sandbox and their people. Built at once whatever the size: people are drawn when a page asks for them.

May import: `companies`, `names`, `options`, `population`, `roster`.
"""

from dataclasses import replace

from hr_pipeline.sandbox.companies import Company, ProviderName, belgian_vat, french_vat, mixed, opaque_id
from hr_pipeline.sandbox.names import LAST_NAMES, TRADES, slug
from hr_pipeline.sandbox.options import MOST_COMPANIES, SandboxOptions
from hr_pipeline.sandbox.population import Generated, Population
from hr_pipeline.sandbox.roster import HEADCOUNT, ROSTER, Scripted, ScriptedCompany

USUAL_HEADCOUNT = 150  # of a generated company, when nobody says how many companies there are


class World:
    """Companies by id, and the population of each."""

    def __init__(self, options: SandboxOptions) -> None:
        self.roster: tuple[ScriptedCompany, ...] = ROSTER if _has_room_for_roster(options) else ()
        self.scripts = {script.company.company_id: script for script in self.roster}
        self.populations: dict[str, Population] = {}
        companies = [script.company for script in self.roster]
        for script in self.roster:
            self.populations[script.company.company_id] = Scripted(script, options.seed)
        for number, size in enumerate(_sizes(options, len(companies), sum(s.people(1) for s in self.roster)), start=len(companies)):
            company = generated_company(number, options.seed)
            companies.append(company)
            administrators = 1 if company.provider is ProviderName.PAYFIT and size > 1 else 0
            self.populations[company.company_id] = Generated(company, size, options.seed, administrators=administrators)
        keys = iter(range(1, len(companies) + 1))
        self.companies = tuple(
            replace(company, key_env=f"PAYFIT_KEY_{next(keys)}") if company.provider is ProviderName.PAYFIT else company
            for company in companies
        )
        self.by_id = {company.company_id: company for company in self.companies}

    def of(self, provider: ProviderName) -> tuple[Company, ...]:
        """A provider's companies, in order."""
        return tuple(company for company in self.companies if company.provider is provider)

    def next_to(self, company: Company) -> Company:
        """The provider's company after this one (the first after the last): whose rows or key turn up by mistake."""
        peers = self.of(company.provider)
        return peers[(peers.index(company) + 1) % len(peers)]


def generated_company(number: int, seed: int) -> Company:
    """A company beyond the roster: Securex at even positions, PayFit at odd ones."""
    bits = mixed((seed << 16) ^ number)
    names = LAST_NAMES["F"] + LAST_NAMES["N"]
    name = f"{TRADES[bits % len(TRADES)]} {names[(bits >> 8) % len(names)][0]} {number}"
    base = 4_100_000 + number * 131  # eight digits with a leading 0; the roster's numbers lie elsewhere
    if number % 2 == 0:
        return Company(ProviderName.SECUREX, number, name, belgian_vat(base), str(600_000 + number), f"{slug(name)}.be.example")
    return Company(ProviderName.PAYFIT, number, name, french_vat(30_000_000 + base), opaque_id(0, number, 0), f"{slug(name)}.example.com")


def _has_room_for_roster(options: SandboxOptions) -> bool:
    """The written companies take part when they fit, and when somebody works for each company beyond them."""
    left = options.size - HEADCOUNT
    further = min(left, 1) if options.companies is None else options.companies - len(ROSTER)
    return options.roster and 0 <= further <= left and (further > 0 or left == 0)


def _sizes(options: SandboxOptions, written: int, headcount: int) -> list[int]:
    """Employees of each generated company: what the roster leaves, spread evenly."""
    left = options.size - headcount
    sensible = min(MOST_COMPANIES - written, 1 + left // USUAL_HEADCOUNT)
    companies = min(sensible if options.companies is None else options.companies - written, left)
    return [left // companies + (position < left % companies) for position in range(companies)] if companies else []
