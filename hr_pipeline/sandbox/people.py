"""The people of the two providers, and the rows each provider's lists show of them. No I/O; knows nothing of HTTP.

Row shapes: contracts/securex.md (resources assumed) and contracts/payfit.md. May import: nothing of ours.
"""

from dataclasses import dataclass, replace
from typing import Any

Row = dict[str, Any]

# Contracts that ended before are history: a collaborator still shows them, the contract list doesn't.
HISTORY_BEFORE = "2024-01-01"
IN_PROGRESS = "IN_PROGRESS"  # status of a contract that only `includeInProgressContracts` shows; the contract page names the switch alone


@dataclass(frozen=True, slots=True)
class Pay:
    """One remuneration of a Securex worker. Amounts are decimal strings, hours `HH:MM`, `end` inclusive or None for open."""

    gross: str
    start: str
    hours: str = "38:00"
    end: str | None = None
    occupation: int = 1
    kind: str = "monthly"
    reference: str = "38:00"
    contribution: str = "27.50"


@dataclass(frozen=True, slots=True)
class Component:
    """One salary component of a Securex worker."""

    code: str
    label: str
    amount: str
    start: str
    end: str | None = None
    frequency: str = "monthly"


@dataclass(frozen=True, slots=True)
class Worker:
    """A person at Securex."""

    ref: str
    first: str | None
    last: str | None
    email: str | None
    born: str | None
    start: str | None
    end: str | None = None
    language: str = "F"
    pays: tuple[Pay, ...] = ()
    components: tuple[Component, ...] = ()

    def identity_rows(self) -> list[Row]:
        """The worker's row of `workers`."""
        return [
            {
                "workerId": self.ref,
                "employeeNumber": self.ref.zfill(7),
                "firstName": self.first,
                "lastName": self.last,
                "birthDate": self.born,
                "email": self.email,
                "language": self.language,
                "startDate": self.start,
                "endDate": self.end,
            }
        ]

    def pay_rows(self) -> list[Row]:
        """The worker's rows of `remunerations`."""
        return [
            {
                "workerId": self.ref,
                "occupation": pay.occupation,
                "payType": pay.kind,
                "grossAmount": pay.gross,
                "currency": "EUR",
                "weeklyHours": pay.hours,
                "referenceWeeklyHours": pay.reference,
                "employerContributionPercentage": pay.contribution,
                "validFrom": pay.start,
                "validTo": pay.end,
            }
            for pay in self.pays
        ]

    def component_rows(self) -> list[Row]:
        """The worker's rows of `salary-components`."""
        return [
            {
                "workerId": self.ref,
                "code": part.code,
                "label": part.label,
                "amount": part.amount,
                "currency": "EUR",
                "frequency": part.frequency,
                "validFrom": part.start,
                "validTo": part.end,
            }
            for part in self.components
        ]


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract at PayFit; `share` is the full-time equivalent, 1 for full time."""

    ref: str
    start: str
    end: str | None = None
    status: str = "ACTIVE"
    hours: float = 35
    share: float = 1
    job: str = "Employé"


@dataclass(frozen=True, slots=True)
class Collaborator:
    """A person at PayFit. `emails` and `phones` are (type, value) pairs. Without a contract: an administrator."""

    ref: str
    first: str | None
    last: str | None
    emails: tuple[tuple[str, str], ...]
    born: str | None
    contracts: tuple[Contract, ...]
    company: str = ""
    birth_name: str | None = None
    matricule: str | None = None
    gender: str | None = None
    nationality: str | None = "FR"
    phones: tuple[tuple[str, str], ...] = ()
    manager: str | None = None
    team: str | None = None
    termination: str | None = None

    def without_in_progress(self) -> "Collaborator":
        """As shown without `includeInProgressContracts`."""
        return replace(self, contracts=tuple(c for c in self.contracts if c.status != IN_PROGRESS))

    def identity_rows(self) -> list[Row]:
        """The person's row of `collaborators`."""
        return [
            {
                "id": self.ref,
                "matricule": self.matricule,
                "firstName": self.first,
                "lastName": self.last,
                "birthName": self.birth_name,
                "birthDate": self.born,
                "gender": self.gender,
                "nationality": self.nationality,
                "emails": [{"type": kind, "email": email} for kind, email in self.emails],
                "phoneNumbers": [{"type": kind, "phoneNumber": number} for kind, number in self.phones],
                "managerId": self.manager,
                "teamName": self.team,
                "terminationDate": self.termination,
                "contracts": [{"id": c.ref, "startDate": c.start, "endDate": c.end, "status": c.status} for c in self.contracts],
            }
        ]

    def contract_rows(self) -> list[Row]:
        """The person's rows of `contracts`: active, pending and recently archived ones."""
        return [
            {
                "contractId": c.ref,
                "companyId": self.company,
                "collaboratorId": self.ref,
                "jobName": c.job,
                "status": c.status,
                "startDate": c.start,
                "endDate": c.end,
                "contactEmail": self.emails[-1][1] if self.emails else None,
                "standardWeeklyHours": c.hours,
                "fullTimeEquivalent": c.share,
                "isFullTime": c.share >= 1,
            }
            for c in self.contracts
            if c.end is None or c.end >= HISTORY_BEFORE
        ]
