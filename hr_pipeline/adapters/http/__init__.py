"""The one door to the world over HTTP: deadlines, size caps, strict JSON, retries and pacing live here and nowhere else.

Knows no provider. May import: `domain`.
"""

from hr_pipeline.adapters.http.addresses import checked_address, header_value
from hr_pipeline.adapters.http.door import Answer, Ask, Door
from hr_pipeline.adapters.http.pace import Pace
from hr_pipeline.adapters.http.patience import Patience
from hr_pipeline.adapters.http.tokens import Grant, SharedToken

__all__ = ["Answer", "Ask", "Door", "Grant", "Pace", "Patience", "SharedToken", "checked_address", "header_value"]
