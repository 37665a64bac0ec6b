"""The bounds that pay is judged by; parameters, so that next year's minimum wage is configuration.

Source: contracts/securex.md, "Belgian facts that validation rests on". May import: nothing of ours.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

FIRST_DATE = date(1900, 1, 1)
LAST_DATE = date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class PayBounds:
    """Beyond a `hard` bound the person is rejected, beyond a `usual` one there is a warning; a bound itself is within.

    Money in EUR a month for full time, rates and regimes in per cent, hours a week.
    """

    gross_hard_max: Decimal = Decimal(200_000)  # and above zero
    gross_usual_max: Decimal = Decimal(25_000)
    minimum_wage: Decimal = Decimal("2070.48")  # Belgium, May 2024
    minimum_wage_share: Decimal = Decimal(90)
    regime_hard_max: Decimal = Decimal(110)  # with compensatory rest
    regime_usual_min: Decimal = Decimal("33.33")  # a third
    regime_usual_max: Decimal = Decimal(100)
    contribution_hard_max: Decimal = Decimal(60)
    contribution_usual_min: Decimal = Decimal(15)
    contribution_usual_max: Decimal = Decimal(45)
    hours_hard_max: Decimal = Decimal(168)
