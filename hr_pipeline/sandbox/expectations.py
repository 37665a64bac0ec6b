"""What a correct pipeline says of this sandbox on night 1 and night 2: counts, statuses and the named cases of the script.

Holds for connections with default settings, the roster's groups, PLATFORM_ACCOUNTS typed in before the first sync, no fault
ordered beside the script's. May import: `options`, `people`, `population`, `roster`, `world`.
"""

import csv
from collections import Counter
from dataclasses import astuple, dataclass
from pathlib import Path

from hr_pipeline.sandbox.companies import Company, ProviderName
from hr_pipeline.sandbox.faults import SPECS
from hr_pipeline.sandbox.options import SandboxOptions
from hr_pipeline.sandbox.population import Generated
from hr_pipeline.sandbox.roster import PLATFORM_ACCOUNT_COLUMNS, PLATFORM_ACCOUNTS, ROSTER, Outcome, ScriptedCompany
from hr_pipeline.sandbox.world import World


@dataclass(frozen=True, slots=True)
class NightExpectation:
    """One sync run of one company.

    Attributes:
        source: T; None when the run ends before anybody is counted (`status` error with a code).
        counts: Outcomes that occur, by name; those not named are 0.
        missing: Linked people whom the snapshot doesn't list.
        named: External id → outcome, of the script's cases.
    """

    status: str
    code: str | None
    source: int | None
    counts: dict[str, int]
    missing: int
    named: dict[str, Outcome]


@dataclass(frozen=True, slots=True)
class CompanyExpectation:
    """The two written nights of one company."""

    company: Company
    nights: tuple[NightExpectation, NightExpectation]


def expected(options: SandboxOptions) -> tuple[CompanyExpectation, ...]:
    """What must come out for each company, in the order of `Sandbox.companies`."""
    world = World(options)
    result = []
    for company in world.companies:
        script, population = world.scripts.get(company.company_id), world.populations[company.company_id]
        if script is not None:
            nights = _scripted_night(script, 1), _scripted_night(script, 2)
        elif isinstance(population, Generated):
            nights = _generated_night(population, 1), _generated_night(population, 2)
        result.append(CompanyExpectation(company, nights))
    return tuple(result)


def write_platform_accounts(path: Path) -> None:
    """Writes PLATFORM_ACCOUNTS as CSV (UTF-8, header: vat_number, email, first_name, last_name, birth_date)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PLATFORM_ACCOUNT_COLUMNS)
        writer.writerows(astuple(account) for account in PLATFORM_ACCOUNTS)


def nights_document() -> str:
    """The script of nights as Markdown: docs/sandbox.md carries it word for word."""
    parts = []
    for script in ROSTER:
        company, (first, second) = script.company, (_scripted_night(script, night) for night in (1, 2))
        group = f" · group {company.group}" if company.group else ""
        parts.append(f"### {company.name}\n\n{company.provider.value} · {company.vat} · id `{company.company_id}`{group}\n")
        rows: list[tuple[str, ...]] = [("**the run**", _run_words(first, script.faults[0]), _run_words(second, script.faults[1]))]
        for case in script.cases:
            ref, name = case.people[1].ref, f"{case.people[1].first} {case.people[1].last}"
            rows.append((f"`{ref}` {name}: {case.what}", *(_case_words(case.outcomes[n], script.statuses[n]) for n in (0, 1))))
        rows.append((f"{script.plain} plain people", *(_plain_words(script, n) for n in (1, 2))))
        parts.append("| who | night 1 | night 2 |\n|---|---|---|\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n")
    typed = "\n".join(f"| {a.vat_number} | {a.first_name} {a.last_name} | {a.email} | {a.birth_date} |" for a in PLATFORM_ACCOUNTS)
    parts.append(
        "### Typed in on the platform before the first sync\n\n| company | name | e-mail | birth date |\n|---|---|---|---|\n" + typed + "\n"
    )
    return "\n".join(parts)


def faults_document() -> str:
    """The closed list of faults as Markdown."""
    rows = []
    for fault, spec in SPECS.items():
        choices = ", ".join(f"`{choice}`" for choice in spec.form.split("|")) if spec.form.replace("|", "").isalnum() else ""
        value = f"`{spec.value}`" + (f" (of {choices})" if choices else "") if spec.value else ""
        rows.append(f"| `{fault.value}` | {spec.what} | {value} | {spec.times or 'always'} |")
    return "| fault | what happens | VALUE | strikes |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _plain_outcome(script: ScriptedCompany, night: int) -> str:
    """Plain people are created by the first run that reads them."""
    return "created" if all(status == "error" for status, _ in script.statuses[: night - 1]) else "unchanged"


def _scripted_night(script: ScriptedCompany, night: int) -> NightExpectation:
    status, code = script.statuses[night - 1]
    if status == "error":
        return NightExpectation(status, code, None, {}, 0, {})
    named = {case.people[0].ref: outcome for case in script.cases if (outcome := case.outcomes[night - 1]) is not None}
    counts = Counter(outcome.name for outcome in named.values())
    counts[_plain_outcome(script, night)] += script.plain
    missing = counts.pop("missing", 0)
    return NightExpectation(status, code, script.people(night), dict(counts), missing, named)


def _generated_night(population: Generated, night: int) -> NightExpectation:
    source = population.people(night)
    updated = population.changes(night, night).total()
    created = source if night == 1 else source - population.people(night - 1)
    left_out = population.administrators if population.company.provider is ProviderName.PAYFIT else 0
    counts = {"created": created, "updated": updated, "out_of_scope": left_out}
    if night == 1:
        counts["created"] -= left_out
    counts["unchanged"] = source - sum(counts.values())
    return NightExpectation("success", None, source, {name: n for name, n in counts.items() if n}, 0, {})


def _run_words(night: NightExpectation, fault: str) -> str:
    counts = ", ".join(f"{n} {name}" for name, n in night.counts.items()) + (f", {night.missing} missing" if night.missing else "")
    words = [
        f"**{night.status}**",
        f"`{night.code}`" if night.code else "",
        f"(fault `{fault}`)" if fault else "",
        f"{night.source}: {counts}" if counts else "",
    ]
    return " ".join(filter(None, words))


def _case_words(outcome: Outcome | None, status: tuple[str, str | None]) -> str:
    if status[0] == "error":
        return "not read"
    return "not listed" if outcome is None else str(outcome)


def _plain_words(script: ScriptedCompany, night: int) -> str:
    return "not read" if script.statuses[night - 1][0] == "error" else _plain_outcome(script, night)
