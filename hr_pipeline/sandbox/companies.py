"""Companies of the sandbox: who they are at their provider, and valid numbers for invented ones. May import: nothing of ours."""

from dataclasses import dataclass
from enum import StrEnum

from stdnum import luhn

MASK = (1 << 64) - 1


class ProviderName(StrEnum):
    """The two providers played here."""

    SECUREX = "securex"
    PAYFIT = "payfit"


class Resource(StrEnum):
    """Paged lists of a company, by the last part of their path."""

    WORKERS = "workers"
    REMUNERATIONS = "remunerations"
    COMPONENTS = "salary-components"
    COLLABORATORS = "collaborators"
    CONTRACTS = "contracts"


@dataclass(frozen=True, slots=True)
class Company:
    """A company as the demo connects it.

    Attributes:
        number: Position in the sandbox from 0; with the seed it fixes everything generated about the company.
        vat: Canonical VAT number (`BE0…` or `FR…`).
        company_id: Employer id at Securex, company id at PayFit.
        domain: Of its e-mail addresses; an example domain.
        key_env: Name of the environment variable that holds its PayFit API key.
    """

    provider: ProviderName
    number: int
    name: str
    vat: str
    company_id: str
    domain: str
    group: str | None = None
    key_env: str | None = None

    @property
    def siren(self) -> str:
        """French legal entity number: the VAT number without its prefix and key."""
        return self.vat[4:]

    @property
    def siret(self) -> str:
        """Number of the company's first establishment."""
        return f"{self.siren}0001{luhn.calc_check_digit(f'{self.siren}0001')}"

    @property
    def served_vat(self) -> str:
        """The VAT number as Securex writes it: with or without prefix, dots and blanks."""
        digits = self.vat[2:]
        forms = (self.vat, digits, f"BE {digits[:4]}.{digits[4:7]}.{digits[7:]}")
        return forms[self.number % 3]


def belgian_vat(base: int) -> str:
    """VAT number on these first eight digits. Rule: contracts/securex.md, last two = 97 − (first eight mod 97)."""
    return f"BE{base:08d}{97 - base % 97:02d}"


def french_vat(base: int) -> str:
    """VAT number on the first eight digits of a SIREN: Luhn check digit, then the key (12 + 3 × SIREN mod 97) mod 97."""
    siren = f"{base:08d}" + luhn.calc_check_digit(f"{base:08d}")
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def mixed(value: int) -> int:
    """Sixty-four well-spread bits for a number (splitmix64). A bijection: different numbers, different bits."""
    x = (value + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def opaque_id(kind: int, company: int, index: int) -> str:
    """A PayFit identifier: 24 hexadecimal digits that say nothing and never collide."""
    return f"65f0c0{kind:02x}{mixed((company << 32) | index):016x}"
